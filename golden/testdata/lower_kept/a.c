// A site with no safe place to save registers stays a NOP, and the static function that it was to call goes, as nothing else
// calls it.
//
// Link: a.c
// Options kept: --probes=call,best-effort --attach=deep=seen
// Expect-probe: deep(...) at full
// Expect-warning: lower-frame "it stays a NOP"
// Expect-no-text: FUNC seen
#include "bpf.h"
#include "bpf_sdt.h"

BPF_SDT_DECLARE2(deep, char *, unsigned long);

unsigned long last;

__attribute__((noinline, used)) static int seen(char *room, unsigned long n)
{
	last = n + (unsigned long)room;
	return 0;
}

__noinline int full(unsigned long n)
{
	unsigned long a = n * 3, b = n * 5, c = n * 7, d = n * 11, e = n * 13, f = n * 17, g = n * 19, h = n * 23;
	char room[480];

	asm volatile("" : "+r"(a), "+r"(b), "+r"(c), "+r"(d), "+r"(e), "+r"(f), "+r"(g), "+r"(h));
	BPF_SDT_PROBE2(deep, room, n);
	asm volatile("" : "+r"(a), "+r"(b), "+r"(c), "+r"(d), "+r"(e), "+r"(f), "+r"(g), "+r"(h));
	return a + b + c + d + e + f + g + h;
}

SEC("xdp") int prog(struct xdp_md *ctx)
{
	return full(ctx->data_end - ctx->data);
}
