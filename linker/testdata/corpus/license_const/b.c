// The same license under another name, constant as well.
#include "../bpf.h"

const char license_of_b[] SEC("license") = "Dual BSD/GPL";

SEC("xdp") int second_letter(struct xdp_md *ctx)
{
	return 1;
}
