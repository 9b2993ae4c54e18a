/* Observers of the probes of target.c. Each is loaded alone, and writes what it gets to its own copy of seen. */
#include "bpf.h"

static __u64 (*const bpf_xdp_get_buff_len)(void *xdp) = (void *)188;

/* How often it ran, and what it got, last. */
__u64 seen[7];

static __attribute__((always_inline)) int saw(__u64 a, __u64 b, __u64 c, __u64 d, __u64 e)
{
	__sync_fetch_and_add(&seen[0], 1);
	seen[1] = a;
	seen[2] = b;
	seen[3] = c;
	seen[4] = d;
	seen[5] = e;
	return 0;
}

static __attribute__((always_inline)) __u64 at(__u64 address)
{
	__u64 value = 0;

	bpf_probe_read_kernel(&value, sizeof(value), (void *)address);
	return value;
}

SEC("fentry") int see_args(__u64 *ctx)
{
	return saw((int)ctx[0], (int)ctx[1], 0, 0, 0);
}

/* The same, as it is written for the kernel RFC. */
SEC("bpf_sdt") int see_rfc(__u64 *ctx)
{
	return saw((int)ctx[0], (int)ctx[1], 0, 0, 0);
}

SEC("bpf_sdt/my_trace") int see_named(__u64 *ctx)
{
	return saw((int)ctx[0], (int)ctx[1], 0, 0, 0);
}

SEC("fentry") int see_one(__u64 *ctx)
{
	return saw((int)ctx[0], 0, 0, 0, 0);
}

SEC("fentry") int see_hit(__u64 *ctx)
{
	return saw(0, 0, 0, 0, 0);
}

SEC("fentry") int see_ctx(__u64 *ctx)
{
	return saw(bpf_xdp_get_buff_len((void *)ctx[0]), 0, 0, 0, 0);
}

SEC("fentry") int see_five(__u64 *ctx)
{
	return saw(ctx[0], (signed char)ctx[1], at(ctx[2]), (__u16)ctx[3], bpf_xdp_get_buff_len((void *)ctx[4]));
}

SEC("fentry") int see_narrow(__u64 *ctx)
{
	return saw((signed char)ctx[0], (unsigned char)ctx[1], (short)ctx[2], (unsigned short)ctx[3], (unsigned char)ctx[4]);
}

SEC("fentry") int see_wide(__u64 *ctx)
{
	return saw((int)ctx[0], (unsigned int)ctx[1], ctx[2], ctx[3], (int)ctx[4]);
}

SEC("fentry") int see_pointers(__u64 *ctx)
{
	return saw(at(ctx[0]), at(ctx[1]), at(ctx[2]), bpf_xdp_get_buff_len((void *)ctx[3]), at(ctx[4]));
}

SEC("fentry") int see_aggregate(__u64 *ctx)
{
	return saw(ctx[0], 0, 0, 0, 0);
}

SEC("fentry") int see_beside(__u64 *ctx)
{
	return saw(at(ctx[0]), bpf_xdp_get_buff_len((void *)ctx[1]), 0, 0, 0);
}

/* One value for each site, which is the first argument. */
SEC("fentry") int see_sites(__u64 *ctx)
{
	__u32 site = ctx[0];

	seen[0]++;
	if (site < 6)
		seen[1 + site] = (int)ctx[1];
	return 0;
}
