// Type ids in immediates: local ids of types that both objects have, which must follow the merged types.
// Run: ids_a tc
#include "shared.h"

struct in_a {
	int only;
} CORE;

SEC("tc") int ids_a(struct __sk_buff *skb)
{
	__u32 common = bpf_core_type_id_local(struct common), own = bpf_core_type_id_local(struct in_a);

	return (common == common_id_of_b()) + 2 * (own != own_id_of_b()) + 4 * (own && common);
}

LICENSE_GPL;
