// Compile: -mcpu=v4
#include "bpf.h"

#define CASE(n) case n: return x * (n + 9) - y;

static __noinline int pick_b(int n, int x, int y)
{
	switch (n) {
	CASE(0) CASE(1) CASE(2) CASE(3) CASE(4) CASE(5) CASE(6) CASE(7)
	CASE(8) CASE(9) CASE(10) CASE(11) CASE(12) CASE(13) CASE(14) CASE(15)
	}
	return y;
}

SEC("xdp") int prog_b(struct xdp_md *ctx)
{
	return pick_b(ctx->data, ctx->data_end, ctx->data_meta);
}
