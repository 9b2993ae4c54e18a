// The rest of the map types, and a map pinned by its name.
#include "../bpf.h"

struct {
	__uint(type, BPF_MAP_TYPE_CGROUP_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u32);
} cgroups SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_REUSEPORT_SOCKARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} listeners SEC(".maps");

struct storage_key {
	__u64 cgroup;
	__u32 attach_type;
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_CGROUP_STORAGE);
	__type(key, struct storage_key);
	__type(value, __u64);
} percpu_storage SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1);
	__uint(pinning, LIBBPF_PIN_BY_NAME);
	__type(key, __u32);
	__type(value, __u64);
} corpus_pinned SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 4);
	__uint(map_flags, BPF_F_MMAPABLE | BPF_F_RDONLY_PROG);
	__type(key, __u32);
	__type(value, __u64);
} read_only SEC(".maps");

SEC("cgroup_skb/egress") int egress(struct __sk_buff *skb)
{
	__u32 zero = 0;
	__u64 *v = bpf_get_local_storage(&percpu_storage, 0), *r = bpf_map_lookup_elem(&read_only, &zero);

	if (r)
		*v += *r;
	if (bpf_map_lookup_elem(&corpus_pinned, &zero))
		return 0;
	return 1;
}

SEC("tc") int under(struct __sk_buff *skb)
{
	return bpf_skb_under_cgroup(skb, &cgroups, 0) == 1;
}

SEC("sk_reuseport") int choose(void *ctx)
{
	__u32 zero = 0;

	return bpf_sk_select_reuseport(ctx, &listeners, &zero, 0) ? 1 : 0;
}

LICENSE_GPL;
