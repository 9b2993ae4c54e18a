// Data of all sections, static and global, with alignments that leave gaps, and externs that another object defines.
//
// Link all-orders: a.c b.c c.c
// Expect-symbol: GLOBAL OBJECT shared in .data
// Expect-symbol: GLOBAL OBJECT table in .rodata
// Expect-symbol: GLOBAL OBJECT aligned in .data
// Expect-symbol: GLOBAL OBJECT zeroed in .bss
// Expect-no-text: FAULT|MISPLACED|UND
// Orders-differ: padding between objects, and so the sizes of sections, depends on their order
#include "bpf.h"

extern int shared;
extern const int table[];
extern int zeroed[];

static volatile char one = 1;
volatile char two = 2;
static volatile const long limit = 100;
static volatile int count;

SEC("xdp") int prog_a(struct xdp_md *ctx)
{
	count++;
	return shared + table[2] + one + two + limit + zeroed[1];
}
