#include "bpf.h"

#define __tag(x) __attribute__((btf_decl_tag(x)))

struct pair {
	int a;
	int b __tag("member");
} __tag("pair");

struct pair pair_b __tag("of b");
extern int counter;
int sum(struct pair *p);

SEC("xdp") int prog_b(struct xdp_md *ctx)
{
	return sum(&pair_b) + counter;
}
