// Sockmap and sockhash, with the program types that use them.
#include "../bpf.h"

struct sk_msg_md;
struct bpf_sock_ops {
	__u32 op;
};

struct {
	__uint(type, BPF_MAP_TYPE_SOCKMAP);
	__uint(max_entries, 2);
	__type(key, __u32);
	__type(value, __u64);
} by_index SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_SOCKHASH);
	__uint(max_entries, 2);
	__type(key, __u64);
	__type(value, __u32);
} by_key SEC(".maps");

SEC("sk_msg") int message(struct sk_msg_md *msg)
{
	return bpf_msg_redirect_map(msg, &by_index, 0, 0);
}

SEC("sk_skb/stream_parser") int parse(struct __sk_buff *skb)
{
	return skb->len;
}

SEC("sk_skb/stream_verdict") int verdict(struct __sk_buff *skb)
{
	return bpf_sk_redirect_map(skb, &by_index, 0, 0);
}

SEC("sockops") int established(struct bpf_sock_ops *ops)
{
	__u64 key = 7;

	if (ops->op == 4)
		bpf_sock_hash_update(ops, &by_key, &key, BPF_ANY);
	return 1;
}

LICENSE_GPL;
