#include "../bpf.h"

#define __arena __attribute__((address_space(1)))

struct arena {
	__uint(type, BPF_MAP_TYPE_ARENA);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 10);
};

extern int __arena of_a;
extern long __arena of_b;
int arena_b(void);
