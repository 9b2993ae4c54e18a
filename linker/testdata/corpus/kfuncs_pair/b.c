// The second.
// Run: packet_b tc
#include "shared.h"

extern int bpf_dynptr_from_skb(struct __sk_buff *skb, __u64 flags, struct bpf_dynptr *ptr) __ksym;
extern void *bpf_dynptr_slice(const struct bpf_dynptr *ptr, __u32 offset, void *buffer, __u32 size) __ksym __weak;
extern __u32 no_such_kfunc(const struct bpf_dynptr *ptr) __ksym __weak;

SEC("tc") int packet_b(struct __sk_buff *skb)
{
	struct bpf_dynptr ptr;
	__u8 buffer[4], *data;

	if (no_such_kfunc)
		return 1;
	if (bpf_dynptr_from_skb(skb, 0, &ptr))
		return 1000;
	data = bpf_dynptr_slice(&ptr, 20, buffer, sizeof(buffer));
	return data ? data[0] + 2 : 2000;
}
