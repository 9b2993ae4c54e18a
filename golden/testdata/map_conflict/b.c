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

MAP(entries, 16, __u32, __uint(map_flags, 1), 3) SEC(".maps");
MAP(keys, 8, struct { __u32 v; }, __uint(map_flags, 1), 3) SEC(".maps");
MAP(flags, 8, __u32, , 3) SEC(".maps");
MAP(extra, 8, __u32, __uint(map_flags, 1), 5) SEC(".maps");
