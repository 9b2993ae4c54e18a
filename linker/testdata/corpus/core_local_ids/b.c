// The other object, whose types come in another order.
#include "shared.h"

struct first_in_b {
	long x, y;
	char z[3];
} CORE;

__noinline __u32 own_id_of_b(void)
{
	return bpf_core_type_id_local(struct first_in_b);
}

__noinline __u32 common_id_of_b(void)
{
	return bpf_core_type_id_local(struct common);
}
