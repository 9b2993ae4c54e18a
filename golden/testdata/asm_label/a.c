// A global that assembly defines has no BTF, and is linked.
//
// Link all-orders: a.c b.c
// Expect-symbol: GLOBAL OBJECT words in .data
// Expect-no-text: FAULT|MISPLACED|UND
#include "bpf.h"

extern const int words[];

SEC("xdp") int prog(struct xdp_md *ctx)
{
	return words[1];
}
