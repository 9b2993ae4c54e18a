// Maps of one name whose attributes differ, each in another one.
//
// Link: a.c b.c
// Expect-error: type-mismatch "(?s)'entries' has different types.*map attribute 'max_entries': 8.*map attribute 'max_entries': 16"
// Expect-error: type-mismatch "(?s)'keys' has different types.*map attribute 'key': __u32.*map attribute 'key': struct"
// Expect-error: type-mismatch "(?s)'flags' has different types.*map attribute 'map_flags': 1.*map attribute 'map_flags': 0"
// Expect-error: type-mismatch "(?s)'extra' has different types.*map attribute 'map_extra': 3.*map attribute 'map_extra': 5"
#include "bpf.h"

#define MAP(name, entries, key_type, flags, extra)                                                                     \
	struct {                                                                                                       \
		__uint(type, BPF_MAP_TYPE_HASH);                                                                       \
		__uint(max_entries, entries);                                                                          \
		__type(key, key_type);                                                                                 \
		__type(value, __u64);                                                                                  \
		flags;                                                                                                 \
		enum { name##_extra = extra } map_extra;                                                               \
	} name

extern MAP(entries, 8, __u32, __uint(map_flags, 1), 3) __in(".maps");
extern MAP(keys, 8, __u32, __uint(map_flags, 1), 3) __in(".maps");
extern MAP(flags, 8, __u32, __uint(map_flags, 1), 3) __in(".maps");
extern MAP(extra, 8, __u32, __uint(map_flags, 1), 3) __in(".maps");

SEC("xdp") int prog(struct xdp_md *ctx)
{
	__u32 key = ctx->rx_queue_index;

	return !!bpf_map_lookup_elem(&entries, &key) + !!bpf_map_lookup_elem(&keys, &key) +
	       !!bpf_map_lookup_elem(&flags, &key) + !!bpf_map_lookup_elem(&extra, &key);
}
