/* What the sources of this folder share. */
#include "bpf_sdt.h"

#define SEC(name) __attribute__((section(name), used))
#define noinline __attribute__((noinline))

struct xdp_md {
	unsigned data;
	unsigned data_end;
};

enum { XDP_DROP = 1, XDP_PASS };
