// Jumps with a 32-bit offset, which instruction set v4 has; two objects in one section.
// Compilers: clang19 clang22
// Compile: -mcpu=v4 -mllvm -gotol-abs-low-bound=2
// Run: far_a xdp
#include "../bpf.h"

int far_b(int n);

SEC("xdp") int far_a(struct xdp_md *ctx)
{
	int n = ctx->data_end - ctx->data, r = 0;

	if (n > 60) {
		for (int i = 0; i < (n & 7) + 3; i++) {
			OPAQUE(r);
			r += i;
			if (r > 20)
				goto out;
		}
		return r + far_b(r);
	}
	r = 7;
out:
	OPAQUE(r);
	return r + 100;
}

LICENSE_GPL;
