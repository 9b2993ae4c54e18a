// CO-RE relocations in two objects, against types that both have: records follow their instructions, and their types
// are merged.
//
// Link all-orders: a.c b.c
// Expect-text: CO-RE: byte offset of field 0:0 of struct task
// Expect-text: CO-RE: byte offset of field 0:2:0:3 of struct task
// Expect-text: CO-RE: local id of type 0 of struct task
// Expect-text: CO-RE: value of enumerator 1 of enum state
// Expect-no-text: struct task .*x2
#include "types.h"

struct task *current;

SEC("xdp") int prog_a(struct xdp_md *ctx)
{
	return current->pid + current->mm->users + current->comm[3];
}
