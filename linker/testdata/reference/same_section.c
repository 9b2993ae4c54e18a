// Two sections of one name in one object, as the attribute retain makes them. clang puts the records of .BTF.ext of both
// together; their relocations tell them apart.
#include "bpf.h"
#include "bpf_sdt.h"

BPF_SDT_DECLARE1(seen, int);

SEC("xdp") int first(struct xdp_md *ctx)
{
	BPF_SDT_PROBE1(seen, (int)ctx->data);
	return XDP_PASS;
}

__attribute__((retain)) SEC("xdp") int second(struct xdp_md *ctx)
{
	BPF_SDT_PROBE1(seen, (int)ctx->data_end);
	return XDP_DROP;
}
