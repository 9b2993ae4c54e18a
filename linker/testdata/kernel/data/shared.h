#ifndef SHARED_H
#define SHARED_H
#include "bpf.h"

struct flow {
	__u64 bytes;
	__u32 packets;
	__u16 last;
	__u16 flags; /* no padding: its bytes could be anything */
};

struct flows {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 16);
	__type(key, __u32);
	__type(value, struct flow);
};

struct counts {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 4);
	__type(key, __u32);
	__type(value, __u64);
};

extern struct flows flows __in(".maps");   /* a.c */
extern struct counts counts __in(".maps"); /* b.c */

extern __u32 total;                /* a.c, .data */
extern const volatile __u32 limit; /* b.c, .rodata */
extern __u64 bytes_seen;           /* c.c, .bss */
extern struct flow last_flow;      /* c.c, .data */

#endif
