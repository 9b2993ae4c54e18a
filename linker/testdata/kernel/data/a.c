// Defines a map and a variable in .data; uses what b.c and c.c define. Has statics of the names that b.c's have.
#include "shared.h"

struct flows flows SEC(".maps");

__u8 odd_a = 3;
__u32 total = 5;

static __u32 state;
static const __u16 weights[4] = { 3, 5, 7, 11 };
static volatile __u32 bias = 1000;

SEC("xdp") int prog_a(struct xdp_md *ctx)
{
	__u32 len = ctx->data_end - ctx->data, key = len % 3, index = 1;
	struct flow fresh = { .bytes = len, .packets = 1, .last = len, .flags = 1 }, *f;
	__u64 *n;

	state += len;
	total += weights[len & 3];
	bytes_seen += len;
	f = bpf_map_lookup_elem(&flows, &key);
	if (f) {
		f->bytes += len;
		f->packets++;
		f->last = len;
		last_flow = *f;
	} else {
		bpf_map_update_elem(&flows, &key, &fresh, 0);
	}
	n = bpf_map_lookup_elem(&counts, &index);
	if (n)
		*n += len;
	return state + bias + (len > limit) + odd_a;
}
