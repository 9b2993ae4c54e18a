// What is static in another object does not resolve a reference, and the warning says so.
//
// Link all-orders: a.c b.c
// Expect-symbol: GLOBAL NOTYPE check UND
// Expect-symbol: GLOBAL NOTYPE level UND
// Expect-no-text: \.extern
// Expect-warning: undefined "(?s)'check' is not defined.*\./a\.c:\d+.*\./b\.c:\d+.*b\.o: \.text.*it is static here.*remove static"
// Expect-warning: undefined "(?s)'level' is not defined.*\./a\.c:\d+.*b\.o: \.data.*it is static here.*remove static"
#include "bpf.h"

int check(int n);
extern int level;

SEC("xdp") int prog_a(struct xdp_md *ctx)
{
	return check(level);
}
