// Declarations of a map that leave something out, and two definitions.
//
// Link: a.c b.c
// Expect-error: duplicate-symbol "(?s)'twice' is defined in two objects"
// Expect-error: type-mismatch "(?s)'partial' has different types.*map attribute"
// Expect-error: type-mismatch "(?s)'sizes' has different types.*map attribute"
// Expect-error: type-mismatch "(?s)'value' has different types.*map attribute 'value'"
// Expect-error: type-mismatch "(?s)'inner' has different types.*max_entries"
// Expect-error: type-mismatch "(?s)'pinned' has different types.*pinning"
#include "bpf.h"

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 4);
	__type(key, __u32);
	__type(value, __u64);
} twice SEC(".maps"), partial SEC(".maps"), sizes SEC(".maps"), value SEC(".maps"), pinned SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, 4);
	__type(key, __u32);
	__array(values, struct {
		__uint(type, BPF_MAP_TYPE_ARRAY);
		__uint(max_entries, 1);
		__type(key, __u32);
		__type(value, __u32);
	});
} inner SEC(".maps");
