/* The probes of the three shapes that the selftests of the kernel RFC have. */
#ifndef PROBES_H
#define PROBES_H
#include "bpf.h"
#include "bpf_sdt.h"

BPF_SDT_DECLARE2(verdict, int, int);
BPF_SDT_DECLARE(entry);
BPF_SDT_DECLARE1(parse, struct xdp_md *);

#endif
