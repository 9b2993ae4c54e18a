#include "bpf.h"
#include "bpf_sdt.h"

BPF_SDT_DECLARE2(shared, struct xdp_md *, int);
