// A spin lock in a map value.
// Run: locked tc
#include "../bpf.h"

struct bpf_spin_lock {
	__u32 val;
};

struct value {
	struct bpf_spin_lock lock;
	int count;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, int);
	__type(value, struct value);
} values SEC(".maps");

SEC("tc") int locked(struct __sk_buff *skb)
{
	int zero = 0, n;
	struct value *v = bpf_map_lookup_elem(&values, &zero);

	if (!v)
		return -1;
	bpf_spin_lock(&v->lock);
	v->count += skb->len;
	n = v->count;
	bpf_spin_unlock(&v->lock);
	return n;
}

LICENSE_GPL;
