#include "bpf.h"
#include "bpf_sdt.h"

enum color { RED, GREEN };

BPF_SDT_DECLARE2(seen, struct xdp_md *, int);
BPF_SDT_DECLARE1(step, int);
BPF_SDT_DECLARE5(five, unsigned long, char, void *, unsigned short, enum color);
BPF_SDT_DECLARE1(unread, const struct xdp_md *);

int mix(struct xdp_md *ctx, int len);
