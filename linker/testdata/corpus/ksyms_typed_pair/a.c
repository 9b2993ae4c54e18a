// One typed kernel variable in two objects. Not to be run: a kernel without CONFIG_KALLSYMS_ALL does not find it.
#include "../bpf.h"

struct rq {
	int cpu;
};
extern const struct rq runqueues __ksym;
int typed_b(void);

SEC("tc") int typed_a(struct __sk_buff *skb)
{
	return THERE(runqueues) + typed_b() * 2;
}

LICENSE_GPL;
