#include "bpf.h"

struct state {
	int n;
};

extern struct state state;

SEC("tc") int prog_b(struct __sk_buff *skb)
{
	return state.n;
}
