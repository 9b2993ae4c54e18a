// A syscall program and a sleepable one, with a context of its own type.
#include "../bpf.h"

struct args {
	__u64 a, b;
	__u32 result;
};

SEC("syscall") int add(struct args *ctx)
{
	ctx->result = ctx->a + ctx->b;
	return 0;
}

SEC("lsm.s/bprm_committed_creds") int committed(unsigned long long *ctx)
{
	return 0;
}

SEC("lsm_cgroup/socket_bind") int bind(unsigned long long *ctx)
{
	return 1;
}

LICENSE_GPL;
