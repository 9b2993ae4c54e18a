// The second license has another name and a tag, the third is static. One is left, and what refers to the others
// finds it.
//
// Link all-orders: a.c b.c c.c
// Expect-text: (?m)^  license: PROGBITS WA align 1 size 4$
// Expect-no-text: FAULT|MISPLACED|UND|FOO
// Orders-differ: the variable that describes the section is that of the first object
#include "bpf.h"

char LICENSE[] SEC("license") = "GPL";

SEC("xdp") int prog_a(struct xdp_md *ctx)
{
	return LICENSE[0];
}
