// One typeless kernel symbol in two objects, and one more in each.
// Run: symbols_a xdp
#include "../bpf.h"

extern const void bpf_prog_put __ksym;
extern const void bpf_map_put __ksym;
int symbols_b(void);

SEC("xdp") int symbols_a(struct xdp_md *ctx)
{
	return (&bpf_prog_put != &bpf_map_put) + symbols_b() * 2;
}

LICENSE_GPL;
