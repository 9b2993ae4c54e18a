// Network program types that are not XDP or TC.
#include "../bpf.h"

struct sk_reuseport_md;
struct bpf_sk_lookup {
	__u64 cookie;
	__u32 family;
};

SEC("flow_dissector") int dissect(struct __sk_buff *skb)
{
	return 0;
}

SEC("lwt_in") int in(struct __sk_buff *skb)
{
	return 0;
}

SEC("lwt_out") int out(struct __sk_buff *skb)
{
	return 0;
}

SEC("lwt_xmit") int transmit(struct __sk_buff *skb)
{
	return skb->len & 0;
}

SEC("lwt_seg6local") int segment(struct __sk_buff *skb)
{
	return 0;
}

SEC("sk_reuseport") int reuse(struct sk_reuseport_md *ctx)
{
	return 1;
}

SEC("sk_lookup") int lookup(struct bpf_sk_lookup *ctx)
{
	return ctx->family != 0;
}

SEC("classifier") int classify(struct __sk_buff *skb)
{
	return TC_ACT_OK;
}

SEC("action") int act(struct __sk_buff *skb)
{
	return TC_ACT_OK;
}

SEC("xdp.frags") int fragments(struct xdp_md *ctx)
{
	return XDP_PASS;
}

SEC("xdp/devmap") int forwarded(struct xdp_md *ctx)
{
	return ctx->egress_ifindex ? XDP_PASS : XDP_DROP;
}

SEC("xdp/cpumap") int on_cpu(struct xdp_md *ctx)
{
	return XDP_PASS;
}

LICENSE_GPL;
