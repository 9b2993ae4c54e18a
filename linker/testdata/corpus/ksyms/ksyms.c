// Kernel variables without a type, and typed ones that are missing, which are weak.
// Run: kernel_symbols xdp
#include "../bpf.h"

extern const int not_in_any_kernel __ksym __weak;
extern const void bpf_prog_put __ksym;
extern const void not_a_symbol_either __ksym __weak;

SEC("xdp") int kernel_symbols(struct xdp_md *ctx)
{
	return THERE(not_in_any_kernel) * 2 + THERE(bpf_prog_put) * 4 + THERE(not_a_symbol_either) * 8;
}

LICENSE_GPL;
