#include "bpf.h"

/* A header that defines maps: each object that includes it has them. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, ENTRIES);
	__type(key, __u32);
	__type(value, __u64);
} flows SEC(".maps");

extern int tail(struct xdp_md *ctx);

struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, 2);
	__uint(key_size, 4);
	__array(values, int (struct xdp_md *));
} jumps SEC(".maps") = { .values = { [1] = &tail } };
