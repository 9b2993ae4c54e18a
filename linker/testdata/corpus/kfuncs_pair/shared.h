#include "../bpf.h"

struct bpf_dynptr {
	__u64 opaque[2];
} __attribute__((aligned(8)));
