#include "bpf.h"

struct s {
	int (*p)[4];
	long (*q)[4];
};
struct v {
	int a[4];
	unsigned b[4];
};
struct s s_b;
struct v v_b;

SEC("tc") int prog_b(struct __sk_buff *skb)
{
	return (void *)s_b.p == (void *)s_b.q && v_b.a[0] == v_b.b[0];
}
