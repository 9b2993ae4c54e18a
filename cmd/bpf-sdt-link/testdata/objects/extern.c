#include "test.h"

int missing(int length);

struct {
	int (*type)[1];
} weak_map __attribute__((section(".maps"), weak));

static noinline __attribute__((used)) int helper_only(int n)
{
	return n * 7;
}

SEC("xdp") int prog_e(struct xdp_md *ctx)
{
	return missing((long)&weak_map);
}
