#include "bpf.h"

extern struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 4);
	__type(key, __u32);
	__type(value, __u64);
} counters __in(".maps");
int f(int n);

SEC("xdp") int prog(struct xdp_md *ctx)
{
	__u32 key = f(ctx->data);

	return bpf_map_lookup_elem(&counters, &key) ? XDP_PASS : XDP_DROP;
}
