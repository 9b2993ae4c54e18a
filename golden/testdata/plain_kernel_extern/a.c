// One object takes a symbol from the kernel, the other declares a plain extern: it is the kernel's.
//
// Link all-orders: a.c b.c
// Expect-text: (?m)^  \.kconfig: 0 bytes\n(    .*\n){1}\n?
// Expect-text: (?m)^  \.ksyms: 0 bytes\n(    .*\n){1}
#include "bpf.h"

extern int CONFIG_HZ __kconfig;
int bpf_count(int n) __ksym;

SEC("xdp") int prog_a(struct xdp_md *ctx)
{
	return CONFIG_HZ + bpf_count(1);
}
