// A static struct of which the compiler keeps one member: the variable has four bytes and the type of all of it, which
// the kernel refuses. What comes in must come out.
#include "../bpf.h"

struct counts {
	int in[4];
	unsigned out[4];
};

static struct counts counts;

SEC("xdp") int count(struct xdp_md *ctx)
{
	return counts.out[2]++;
}

LICENSE_GPL;
