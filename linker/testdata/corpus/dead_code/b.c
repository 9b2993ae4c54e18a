// The second object has only one function that is called, and a map that only the other uses.
#include "../bpf.h"

#define USED __attribute__((used))

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, int);
	__type(value, int);
} dead_map SEC(".maps");

static USED __noinline int dead_first(int n)
{
	return bpf_map_lookup_elem(&dead_map, &n) != 0;
}

static USED long dead_callback(__u32 i, void *ctx)
{
	return dead_first(i);
}

static USED __noinline int dead_loop(void)
{
	return bpf_loop(3, dead_callback, NULL, 0);
}

__noinline int live_b(int n)
{
	OPAQUE(n);
	return n * 11;
}
