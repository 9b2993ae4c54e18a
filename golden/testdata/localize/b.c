#include "bpf.h"

extern long total;

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} seen SEC(".maps");

static __noinline int helper(int n)
{
	asm volatile("" : "+r"(n));
	return n * 3;
}

__noinline int step(int n)
{
	total += helper(n);
	return n + 7;
}

__noinline int unused_here(int n)
{
	asm volatile("" : "+r"(n));
	return n - 1;
}
