#include "../bpf.h"

struct cells {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, int);
	__type(value, int);
};

int hidden_b(int *key);
