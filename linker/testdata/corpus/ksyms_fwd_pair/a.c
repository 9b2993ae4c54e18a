// One kernel variable of a struct that neither object completes. bpftool 7.1 refuses that.
#include "../bpf.h"

struct rq;
extern const struct rq runqueues __ksym;
int forward_b(void);

SEC("tc") int forward_a(struct __sk_buff *skb)
{
	return THERE(runqueues) + forward_b() * 2;
}

LICENSE_GPL;
