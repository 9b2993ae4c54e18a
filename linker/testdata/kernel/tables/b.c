// What the maps of a.c point to.
#include "tables.h"

struct inner inner SEC(".maps");

SEC("xdp") int prog_other(struct xdp_md *ctx)
{
	return 21;
}

SEC("xdp") int prog_second(struct xdp_md *ctx)
{
	__u32 zero = 0, *value = bpf_map_lookup_elem(&inner, &zero);

	BPF_SDT_PROBE1(jumped, ctx);
	return value ? *value : 22;
}
