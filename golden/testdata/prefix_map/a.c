// Source files get other names in line information: the last rule that fits decides.
//
// Link: a.c
// Options rules: --prefix-map=./=src/ --prefix-map=./b=unused --prefix-map=src=not/again
// Expect-text: src/a\.c:[0-9]
// Expect-no-text: \./a\.c|not/again
//
// Link: a.c
// Options whole: --prefix-map=./=first/ --prefix-map=./a.c=/other.c
// Expect-text: /other\.c:[0-9]
// Expect-no-text: first|a\.c:
#include "bpf.h"

SEC("xdp") int prog(struct xdp_md *ctx)
{
	return ctx->rx_queue_index > 3 ? XDP_PASS : XDP_DROP;
}
