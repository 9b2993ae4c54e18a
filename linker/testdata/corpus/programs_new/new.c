// Program types that older copies of libbpf do not know.
#include "../bpf.h"

struct bpf_nf_ctx;

SEC("netfilter") int filter(struct bpf_nf_ctx *ctx)
{
	return 1;
}

SEC("tcx/ingress") int tcx(struct __sk_buff *skb)
{
	return TC_ACT_OK;
}

SEC("netkit/primary") int pair(struct __sk_buff *skb)
{
	return TC_ACT_OK;
}

SEC("kprobe.multi/do_exit") int many(void *ctx)
{
	return 0;
}

SEC("cgroup/connect_unix") int connect_unix(void *ctx)
{
	return 1;
}

LICENSE_GPL;
