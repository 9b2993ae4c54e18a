// A timer with a callback that takes the map, its key and its value.
// Run: start_timer tc
#include "../bpf.h"

struct bpf_timer {
	__u64 opaque[2];
} __attribute__((aligned(8)));

struct value {
	int n;
	struct bpf_timer timer;
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 4);
	__type(key, int);
	__type(value, struct value);
} timers SEC(".maps");

int fired;

static int on_timer(void *map, int *key, struct value *v)
{
	fired += *key;
	bpf_map_delete_elem(map, key);
	return 0;
}

SEC("tc") int start_timer(struct __sk_buff *skb)
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
	return bpf_timer_start(&v->timer, 1000000000ULL, 0) ? 3 : 4;
}

LICENSE_GPL;
