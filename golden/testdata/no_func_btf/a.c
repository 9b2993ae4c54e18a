// A function without BTF cannot be part of a program that has it.
//
// Link all-orders: a.c b.c
// Expect-warning: no-btf "b.o: warning: the object has no BTF"
// Expect-error: no-func-btf "(?s)'verdict' has no BTF, and is used by an object that has.*a.c.*declared as 'int verdict\(int\)'.*compile all objects with -g"
#include "bpf.h"

int verdict(int queue);

SEC("xdp") int prog_a(struct xdp_md *ctx)
{
	return verdict(ctx->rx_queue_index);
}
