// A struct_ops map whose members are a global and a static program: the static one is a relocation against a section.
//
// Link all-orders: a.c b.c
// Expect-probe: opened(int) at start
// Expect-warning: static-program "(?s)program 'stop' is static: cilium/ebpf runs it, libbpf refuses the object.*a.c:"
// Expect-warning: static-program "(?s)program 'hidden_stop' is static.*b.c:"
// Expect-text: (?s)data \.struct_ops ops_a:.*\.quad start\n.*\.quad stop\n
// Expect-text: (?s)data \.struct_ops ops_b:.*\.quad start_b\n.*\.quad hidden_stop\n
#include "bpf.h"
#include "bpf_sdt.h"

BPF_SDT_DECLARE1(opened, int);

struct dummy_ops {
	int (*start)(int *state);
	void (*stop)(void);
	int flags;
};

SEC("struct_ops/start") int start(__u64 *ctx)
{
	BPF_SDT_PROBE1(opened, (int)ctx[0]);
	return 0;
}

SEC("struct_ops/stop") static int stop(__u64 *ctx)
{
	return 1;
}

SEC(".struct_ops") struct dummy_ops ops_a = { .start = (void *)start, .stop = (void *)stop, .flags = 3 };
