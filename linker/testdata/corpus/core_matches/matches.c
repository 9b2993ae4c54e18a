// CO-RE relocations that ask whether a type matches, which clang 14 does not know.
// Compilers: clang19 clang22
// Run: matches xdp
#include "../bpf.h"
#include <bpf/bpf_core_read.h>

#ifndef bpf_core_type_matches
#define bpf_core_type_matches(type) __builtin_preserve_type_info(*(typeof(type) *)0, 2)
#endif

struct list_head {
	struct list_head *next, *prev;
} CORE;

struct list_head___other {
	struct list_head *next;
	int prev;
} CORE;

SEC("xdp") int matches(struct xdp_md *ctx)
{
	return bpf_core_type_matches(struct list_head) * 2 + bpf_core_type_matches(struct list_head___other);
}

LICENSE_GPL;
