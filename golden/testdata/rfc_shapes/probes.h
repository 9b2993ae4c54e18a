/* One header declares the probes of all objects, as a project would have it. */
#include "bpf.h"
#include "bpf_sdt.h"

BPF_SDT_DECLARE2(xdp_result, int, int);
BPF_SDT_DECLARE(tc_entry);
BPF_SDT_DECLARE1(xdp_sub, struct xdp_md *);
