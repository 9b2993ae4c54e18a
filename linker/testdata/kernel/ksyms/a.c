// Asks for addresses that b.c asks for as well, and for a switch of its own.
#include "ksyms.h"

extern _Bool CONFIG_NO_SUCH_SWITCH __weak __in(".kconfig");

SEC("xdp") int prog_a(struct xdp_md *ctx)
{
	return (&schedule != 0) + (&no_such_symbol != 0) * 10 + CONFIG_NO_SUCH_SWITCH * 100;
}
