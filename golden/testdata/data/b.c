#include "bpf.h"

int shared = 7;
const int table[] = { 1, 2, 3, 4, 5 };
static volatile int count = 9;
int aligned __attribute__((aligned(64))) = 11;
extern char two;

SEC("xdp") int prog_b(struct xdp_md *ctx)
{
	count += two;
	return shared + aligned + table[ctx->data & 3];
}
