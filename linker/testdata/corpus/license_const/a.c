// A constant license.
// Run: first_letter xdp
#include "../bpf.h"

const char license_of_a[] SEC("license") = "Dual BSD/GPL";

SEC("xdp") int first_letter(struct xdp_md *ctx)
{
	return ctx->data_end - ctx->data;
}
