/* Programs with probes of every kind of argument, at every kind of place. A packet's byte i is i. */
#include "bpf.h"
#include <bpf_sdt.h>

enum level { LOW = -7, HIGH = 9 };
struct pair {
	__u32 first;
	__u16 second;
	__u16 third;
};

/* The shapes of the kernel RFC's selftests. */
BPF_SDT_DECLARE2(my_trace, int, int);
BPF_SDT_DECLARE1(xdp_hit, int);
BPF_SDT_DECLARE1(tc_hit, struct __sk_buff *);
BPF_SDT_DECLARE1(sub_ctx, struct xdp_md *);

BPF_SDT_DECLARE5(five, __u64, char, void *, __u16, struct xdp_md *);
BPF_SDT_DECLARE5(narrow, signed char, unsigned char, short, unsigned short, _Bool);
BPF_SDT_DECLARE5(wide, int, unsigned int, long long, __u64, enum level);
BPF_SDT_DECLARE5(pointers, const void *, __u64 *, __u64 *, struct xdp_md *, const char *);
BPF_SDT_DECLARE1(aggregate, struct pair);
BPF_SDT_DECLARE2(beside, void *, struct xdp_md *);
BPF_SDT_DECLARE2(sites, int, int);
BPF_SDT_DECLARE1(tally, int);
BPF_SDT_DECLARE1(costly, __u64);

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} counts SEC(".maps");

__u64 work;

SEC("xdp") int read_args(struct xdp_md *ctx)
{
	int len = ctx->data_end - ctx->data, ret = XDP_PASS;

	BPF_SDT_PROBE2(my_trace, len, ret);
	return ret;
}

SEC("xdp") int multi_xdp(struct xdp_md *ctx)
{
	int len = ctx->data_end - ctx->data;

	BPF_SDT_PROBE1(xdp_hit, len);
	return XDP_PASS;
}

SEC("tc") int multi_tc(struct __sk_buff *skb)
{
	BPF_SDT_PROBE1(tc_hit, skb);
	return 0;
}

static __noinline int process(struct xdp_md *ctx)
{
	BPF_SDT_PROBE1(sub_ctx, ctx);
	return ctx->data_end - ctx->data > 20 ? XDP_PASS : XDP_DROP;
}

SEC("xdp") int subprog(struct xdp_md *ctx)
{
	return process(ctx);
}

SEC("xdp") int arguments(struct xdp_md *ctx)
{
	const unsigned char *data = (void *)(long)ctx->data;
	__u32 key = 0;
	__u64 *value = bpf_map_lookup_elem(&counts, &key);
	__u64 stack = 0x5544332211, full;
	struct pair pair;

	if (!value || data + 8 > (unsigned char *)(long)ctx->data_end)
		return XDP_DROP;
	*value = 77;
	full = ~*(const __u64 *)data; /* all bits of every register are set to something */
	asm volatile("" : "+r"(full));
	pair = (struct pair){ full, data[1], data[2] };
	BPF_SDT_PROBE5(five, full, (char)full, (void *)&stack, (__u16)full, ctx);
	BPF_SDT_PROBE5(narrow, (signed char)full, (unsigned char)full, (short)full, (unsigned short)full, (_Bool)(full & 1));
	BPF_SDT_PROBE5(wide, (int)full, (unsigned int)full, (long long)full, full, (enum level)(full & 1 ? LOW : HIGH));
	BPF_SDT_PROBE5(pointers, (const void *)data, &stack, value, ctx, (const char *)data + 3);
	BPF_SDT_PROBE1(aggregate, pair);
	BPF_SDT_PROBE2(beside, (void *)&stack, ctx);
	return (full & 0xff) == 0xff ? XDP_PASS : XDP_DROP;
}

static __noinline int in_static(int x)
{
	BPF_SDT_PROBE2(sites, 1, x);
	asm volatile("" : "+r"(x));
	return x + 1;
}

__noinline int in_global(int x)
{
	BPF_SDT_PROBE2(sites, 2, x);
	asm volatile("" : "+r"(x));
	return x + 1;
}

static int in_callback(__u32 i, __u64 *sum)
{
	int at = 3 + (i & 1);

	*sum += i;
	BPF_SDT_PROBE2(sites, at, (int)*sum);
	return 0;
}

SEC("xdp") int places(struct xdp_md *ctx)
{
	int x = ctx->data_end - ctx->data;
	__u64 sum = 100;

	BPF_SDT_PROBE2(sites, 0, x);
	x = in_static(x);
	x = in_global(x);
	bpf_loop(2, in_callback, &sum, 0);
	BPF_SDT_PROBE2(sites, 5, x);
	return x == 66 && sum == 101 ? XDP_PASS : XDP_DROP;
}

/* What sites of tally call in a link with an attachment. */
__noinline int on_tally(int len)
{
	__u32 key = 0;
	__u64 *value = bpf_map_lookup_elem(&counts, &key);

	if (value)
		__sync_fetch_and_add(value, len);
	return 0;
}

SEC("xdp") int tallied(struct xdp_md *ctx)
{
	int len = ctx->data_end - ctx->data;

	BPF_SDT_PROBE1(tally, len);
	return len == 64 ? XDP_PASS : XDP_DROP;
}

SEC("xdp") int guarded(struct xdp_md *ctx)
{
	if (BPF_SDT_ENABLED(costly)) {
		work++;
		BPF_SDT_PROBE1(costly, (__u64)(ctx->data_end - ctx->data));
	}
	return XDP_PASS;
}
