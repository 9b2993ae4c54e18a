// The second, whose code is behind other code.
// Compile: -mcpu=v4
#include "shared.h"

__noinline int before(int n)
{
	OPAQUE(n);
	return n * 7;
}

__noinline int table_b(unsigned n)
{
	int r = 2;

	OPAQUE(n);
	switch (n & 15) {
	CASES(5)
	}
	return r + before(r);
}

SEC("xdp") int table_c(struct xdp_md *ctx)
{
	unsigned n = ctx->rx_queue_index;
	int r = 3;

	OPAQUE(n);
	switch (n & 15) {
	CASES(7)
	}
	return r;
}
