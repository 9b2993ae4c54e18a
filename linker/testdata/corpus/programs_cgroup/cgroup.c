// Programs of control groups.
#include "../bpf.h"

struct bpf_sock {
	__u32 bound_dev_if, family, type, protocol, mark, priority;
};
struct bpf_sock_addr {
	__u32 user_family, user_ip4, user_ip6[4], user_port;
};
struct bpf_sysctl;
struct bpf_sockopt {
	struct bpf_sock *sk;
	void *optval, *optval_end;
	__s32 level, optname, optlen, retval;
};
struct bpf_cgroup_dev_ctx {
	__u32 access_type, major, minor;
};

SEC("cgroup_skb/ingress") int ingress(struct __sk_buff *skb)
{
	return skb->len > 0;
}

SEC("cgroup/sock_create") int create(struct bpf_sock *sk)
{
	return sk->family != 0xff;
}

SEC("cgroup/post_bind4") int bound(struct bpf_sock *sk)
{
	return 1;
}

SEC("cgroup/connect4") int connect4(struct bpf_sock_addr *ctx)
{
	ctx->user_port = ctx->user_port;
	return 1;
}

SEC("cgroup/sendmsg6") int send6(struct bpf_sock_addr *ctx)
{
	return 1;
}

SEC("cgroup/dev") int device(struct bpf_cgroup_dev_ctx *ctx)
{
	return ctx->major != 1;
}

SEC("cgroup/sysctl") int sysctl(struct bpf_sysctl *ctx)
{
	return 1;
}

SEC("cgroup/getsockopt") int get(struct bpf_sockopt *ctx)
{
	ctx->retval = 0;
	return 1;
}

SEC("cgroup/setsockopt") int set(struct bpf_sockopt *ctx)
{
	return ctx->level != 99;
}

LICENSE_GPL;
