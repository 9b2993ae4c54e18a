// Structs of one name that differ only in what their arrays hold: both stay.
//
// Link all-orders: a.c b.c
// Expect-text: (?s)struct s#1 \{.*struct s#2 \{
// Expect-text: long \(\*q\)\[4\]
// Expect-text: int \(\*q\)\[4\]
// Expect-text: unsigned int b\[4\]
#include "bpf.h"

struct s {
	int (*p)[4];
	int (*q)[4];
};
struct v {
	int a[4];
	int b[4];
};
struct s s_a;
struct v v_a;

SEC("xdp") int prog_a(struct xdp_md *ctx)
{
	return s_a.p == s_a.q && v_a.a[0] == v_a.b[0];
}
