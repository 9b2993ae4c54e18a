// The reference.
// Run: referring xdp
#include "../bpf.h"

int chosen(int x);
extern int number;

SEC("xdp") int referring(struct xdp_md *ctx)
{
	return chosen(2) + number;
}
