// The same license, constant: the section has other flags. bpftool 7.1 refuses that.
// Run: constant xdp
#include "../bpf.h"

const char Gpl[] SEC("license") = "GPL";
__u32 Version SEC("version") = 0x60c00;

SEC("xdp") int constant(struct xdp_md *ctx)
{
	return XDP_DROP;
}
