// Jump tables (.jumptables) of two objects, in a subprogram and a program.
// Compilers: clang22
// Compile: -mcpu=v4
#include "shared.h"

SEC("xdp") int table_a(struct xdp_md *ctx)
{
	unsigned n = ctx->data_end - ctx->data;
	int r = 1;

	OPAQUE(n);
	switch (n & 31) {
	CASES(3)
	}
	return r + table_b(n);
}

LICENSE_GPL;
