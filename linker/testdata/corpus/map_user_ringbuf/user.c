// A user ring buffer drained by a callback that takes a dynptr.
#include "../bpf.h"

struct bpf_dynptr {
	__u64 opaque[2];
} __attribute__((aligned(8)));

struct {
	__uint(type, BPF_MAP_TYPE_USER_RINGBUF);
	__uint(max_entries, 4096);
} commands SEC(".maps");

__u64 sum;

static long add(struct bpf_dynptr *d, void *ctx)
{
	__u32 *v = bpf_dynptr_data(d, 0, sizeof(*v));

	if (!v)
		return 1;
	sum += *v;
	*(__u32 *)ctx += 1;
	return 0;
}

/* Helper 209, which older copies of libbpf do not name. */
static long (*drain)(void *map, void *callback, void *ctx, __u64 flags) = (void *)209;

SEC("tp/syscalls/sys_enter_getpgid") int on_getpgid(void *ctx)
{
	__u32 n = 0;

	drain(&commands, add, &n, 0);
	return n;
}

LICENSE_GPL;
