#include "bpf.h"

int zeroed[3];
static volatile char one = 3;
static volatile long total;
char custom[3] SEC(".data.custom") = { 1, 2, 3 };
static volatile const char text[] = "in .rodata";

SEC("xdp") int prog_c(struct xdp_md *ctx)
{
	const char *s = "in .rodata.str1.1";

	total += zeroed[0];
	one++;
	__asm__ volatile("" : "+r"(s));
	return custom[1] + text[ctx->data & 7] + s[ctx->data_end & 7];
}
