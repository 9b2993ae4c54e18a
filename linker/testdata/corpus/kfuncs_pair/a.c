// Kernel functions in two objects: the same one in both, weak in one.
// Run: packet_a xdp
#include "shared.h"

extern int bpf_dynptr_from_xdp(struct xdp_md *xdp, __u64 flags, struct bpf_dynptr *ptr) __ksym;
extern void *bpf_dynptr_slice(const struct bpf_dynptr *ptr, __u32 offset, void *buffer, __u32 size) __ksym;

SEC("xdp") int packet_a(struct xdp_md *ctx)
{
	struct bpf_dynptr ptr;
	__u8 buffer[4], *data;

	if (bpf_dynptr_from_xdp(ctx, 0, &ptr))
		return 1000;
	data = bpf_dynptr_slice(&ptr, 20, buffer, sizeof(buffer));
	return data ? data[0] + 1 : 2000;
}

LICENSE_GPL;
