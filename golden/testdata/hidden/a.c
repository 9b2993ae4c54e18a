// A hidden function satisfies another object's reference and stays hidden.
//
// Link all-orders: a.c b.c
// Expect-probe: inside(int) at helper
// Expect-symbol: GLOBAL FUNC helper HIDDEN in .text
// Expect-symbol: GLOBAL OBJECT limit HIDDEN in .data
#include "bpf.h"
#include "bpf_sdt.h"

BPF_SDT_DECLARE1(inside, int);

__hidden int limit = 5;

__hidden __noinline int helper(int n)
{
	BPF_SDT_PROBE1(inside, n);
	return n < limit ? n : limit;
}
