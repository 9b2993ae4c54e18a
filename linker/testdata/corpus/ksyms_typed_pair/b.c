// The second, where it is weak.
#include "../bpf.h"

struct rq {
	int cpu;
};
extern const struct rq runqueues __ksym __weak;
extern const int not_in_any_kernel __ksym __weak;

__hidden int typed_b(void)
{
	return THERE(runqueues) + THERE(not_in_any_kernel) * 2;
}
