#include "../bpf.h"

struct bpf_timer {
	__u64 opaque[2];
} __attribute__((aligned(8)));

struct value {
	int n;
	struct bpf_timer timer;
};

struct timers {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 4);
	__type(key, int);
	__type(value, struct value);
};

int on_timer(void *map, int *key, struct value *v);
