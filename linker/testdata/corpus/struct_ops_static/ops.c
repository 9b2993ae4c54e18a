// Members set to static functions: relocations of data against a section symbol. bpftool 7.1 refuses that.
#include "../bpf.h"

struct corpus_ops {
	int (*call)(unsigned long long *ctx);
	int value;
};

SEC("struct_ops/call") static int call(unsigned long long *ctx)
{
	return 1;
}

SEC("struct_ops/other") static int other(unsigned long long *ctx)
{
	return 2;
}

SEC(".struct_ops") struct corpus_ops ops = { .call = other, .value = 4 };
SEC(".struct_ops") struct corpus_ops more = { .call = call };

LICENSE_GPL;
