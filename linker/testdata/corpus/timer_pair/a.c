// A timer whose callback is in the other object, in the same map.
// Run: start_there xdp
#include "shared.h"

struct timers timers SEC(".maps");

SEC("xdp") int start_there(struct xdp_md *ctx)
{
	struct value init = {}, *v;
	int key = 3;

	bpf_map_update_elem(&timers, &key, &init, 0);
	v = bpf_map_lookup_elem(&timers, &key);
	if (!v)
		return 1;
	if (bpf_timer_init(&v->timer, &timers, 1))
		return 2;
	bpf_timer_set_callback(&v->timer, on_timer);
	return bpf_timer_cancel(&v->timer) + 5;
}

LICENSE_GPL;
