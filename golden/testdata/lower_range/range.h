#include "bpf.h"
#include "bpf_sdt.h"

BPF_SDT_DECLARE1(far, int);

SEC("xdp") int prog(struct xdp_md *ctx)
{
	int len = ctx->data_end - ctx->data, kept = (signed char)len;

	asm volatile goto("if %0 == 7 goto %l2" : : "r"(len), "r"(kept) : : out);
	BPF_SDT_PROBE1(far, len);
	asm volatile(".rept 32766\n\tr0 = r0\n\t.endr" : : "r"(kept) : "r0");
out:
	return kept;
}
