// What cannot be done is refused, with the place and a remedy: a frame that is full, names that are taken, functions
// that are not there, do not fit or come back to the probe.
//
// Link: a.c
// Options stack: --probes=call:deep
// Expect-error: lower-stack "no room on the stack to save .*the frame already uses \d+ of 512 bytes"
// Link: a.c
// Options best-effort: --probes=call:deep,best-effort
// Expect-probe: deep(...) at full
// Expect-probe: again(...) at recursive
// Expect-probe: fits(...) at prog
// Expect-warning: lower-stack "it stays a NOP"
// Link: a.c
// Options typo: --probes=call:dep
// Expect-error: no-probe "no object has a probe 'dep'"
// Link: a.c
// Options missing: --attach=fits=recursiv
// Expect-error: attach "did you mean 'recursive'"
// Link: a.c
// Options program: --attach=fits=prog
// Expect-error: attach "it is a program"
// Link: a.c
// Options types: --attach=deep=recursive
// Expect-error: attach "does not take the arguments of probe 'deep'"
// Link: a.c
// Options circle: --attach=again=recursive
// Expect-error: lower-code "it calls itself"
// Link: a.c
// Options name: --probes=call:fits --stub-prefix=re
// Expect-error: stub-name "needs a function of the name 'refits'"
#include "bpf.h"
#include "bpf_sdt.h"

BPF_SDT_DECLARE2(deep, char *, unsigned long);
BPF_SDT_DECLARE1(again, int);
BPF_SDT_DECLARE1(fits, int);

__noinline int full(unsigned long n)
{
	unsigned long a = n * 3, b = n * 5, c = n * 7, d = n * 11, e = n * 13, f = n * 17, g = n * 19, h = n * 23;
	char room[480];

	asm volatile("" : "+r"(a), "+r"(b), "+r"(c), "+r"(d), "+r"(e), "+r"(f), "+r"(g), "+r"(h));
	BPF_SDT_PROBE2(deep, room, n);
	asm volatile("" : "+r"(a), "+r"(b), "+r"(c), "+r"(d), "+r"(e), "+r"(f), "+r"(g), "+r"(h));
	return a + b + c + d + e + f + g + h;
}

__noinline int recursive(int n)
{
	BPF_SDT_PROBE1(again, n);
	return n + 1;
}

__noinline int refits(int n)
{
	return n * 2;
}

SEC("xdp") int prog(struct xdp_md *ctx)
{
	int len = ctx->data_end - ctx->data;

	BPF_SDT_PROBE1(fits, len);
	return full(len) + recursive(len) + refits(len);
}
