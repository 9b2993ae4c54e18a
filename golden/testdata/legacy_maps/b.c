#include "bpf.h"

struct bpf_map_def {
	__u32 type, key_size, value_size, max_entries, map_flags;
};

struct bpf_map_def old_b SEC("maps") = { 1, 8, 8, 16, 0 };

SEC("tc") int prog_b(struct __sk_buff *skb)
{
	__u64 key = 0;

	return !bpf_map_lookup_elem(&old_b, &key);
}
