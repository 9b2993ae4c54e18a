#include "bpf.h"

struct dummy_ops {
	int (*start)(int *state);
	void (*stop)(void);
	int flags;
};

SEC("struct_ops/start") int start_b(__u64 *ctx)
{
	return 2;
}

SEC("struct_ops/stop") static int hidden_stop(__u64 *ctx)
{
	return ctx[0] + 3;
}

SEC(".struct_ops") struct dummy_ops ops_b = { .start = (void *)start_b, .stop = (void *)hidden_stop, .flags = 4 };
