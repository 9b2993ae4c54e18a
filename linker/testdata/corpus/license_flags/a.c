// A license that is not constant, and a version.
// Run: writable xdp
#include "../bpf.h"

char Gpl[] SEC("license") = "GPL";
__u32 Version SEC("version") = 0x60c00;

SEC("xdp") int writable(struct xdp_md *ctx)
{
	return XDP_PASS;
}
