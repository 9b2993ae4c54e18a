// Sections that are const in one object and not in the other, and functions of which some are to be retained.
//
// Compilers: clang19 clang22
// Link all-orders: a.c b.c
// Expect-text: (?m)^  \.rodata\.tables: PROGBITS WA
// Expect-no-text: FAULT|MISPLACED|UND
#include "bpf.h"

const volatile int table_a SEC(".rodata.tables") = 1;

__attribute__((retain)) SEC("xdp") int prog_a(struct xdp_md *ctx)
{
	return table_a;
}
