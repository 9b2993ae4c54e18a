// The programs, and a second struct_ops map.
#include "shared.h"

SEC("struct_ops/first") int first(struct arg *a)
{
	return a->x;
}

SEC("struct_ops/second") int second(struct arg *a, int n)
{
	return n;
}

SEC(".struct_ops") struct corpus_ops of_b = {
	.second = second,
	.value = 4,
};
