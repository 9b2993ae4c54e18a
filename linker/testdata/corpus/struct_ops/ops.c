// A struct_ops map and one of .struct_ops.link, with programs and values.
#include "../bpf.h"

struct sock;
struct ack_sample {
	__u32 pkts_acked;
};

struct tcp_congestion_ops {
	void (*init)(struct sock *sk);
	__u32 (*ssthresh)(struct sock *sk);
	void (*cong_avoid)(struct sock *sk, __u32 ack, __u32 acked);
	__u32 (*undo_cwnd)(struct sock *sk);
	void (*pkts_acked)(struct sock *sk, const struct ack_sample *sample);
	char name[16];
	__u32 flags;
} CORE;

SEC("struct_ops/init") void init(unsigned long long *ctx)
{
}

SEC("struct_ops/ssthresh") __u32 ssthresh(unsigned long long *ctx)
{
	return 2;
}

SEC("struct_ops/cong_avoid") void avoid(unsigned long long *ctx)
{
}

SEC("struct_ops") __u32 undo(unsigned long long *ctx)
{
	return 10;
}

SEC(".struct_ops") struct tcp_congestion_ops simple = {
	.init = (void *)init,
	.ssthresh = (void *)ssthresh,
	.cong_avoid = (void *)avoid,
	.undo_cwnd = (void *)undo,
	.name = "corpus_simple",
};

SEC(".struct_ops.link") struct tcp_congestion_ops linked = {
	.ssthresh = (void *)ssthresh,
	.cong_avoid = (void *)avoid,
	.undo_cwnd = (void *)undo,
	.flags = 1,
	.name = "corpus_linked",
};

LICENSE_GPL;
