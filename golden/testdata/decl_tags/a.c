// Declaration tags, on globals, functions, parameters and members, survive with what they are on, and those that two
// objects have in common are merged.
//
// Link all-orders: a.c b.c
// Expect-text: (?m)tag "counter"$
// Expect-text: (?m)tag "of a"$
// Expect-text: (?m)tag "of b"$
// Expect-text: (?m)tag "arg" on component 0$
// Expect-text: (?m)tag "member" on component 1$
#include "bpf.h"

#define __tag(x) __attribute__((btf_decl_tag(x)))

struct pair {
	int a;
	int b __tag("member");
} __tag("pair");

struct pair pair_a __tag("of a");
int counter __tag("counter") = 3;

__noinline int sum(struct pair *p __tag("arg"))
{
	return p ? p->a + p->b : 0;
}

SEC("xdp") int prog_a(struct xdp_md *ctx)
{
	return sum(&pair_a) + counter;
}
