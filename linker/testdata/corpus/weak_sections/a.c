// Weak variables whose strong definitions are in another section: bss against data, data against rodata.
// Run: moved xdp
#include "../bpf.h"

int before = 1, before_too = 2;
int empty;
__weak int in_bss;
__weak int in_data = 3;
__weak long wide_in_bss;

SEC("xdp") int moved(struct xdp_md *ctx)
{
	empty++;
	return before + before_too + in_bss + in_data + (int)wide_in_bss + empty;
}

LICENSE_GPL;
