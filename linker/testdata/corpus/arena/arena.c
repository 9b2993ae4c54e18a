// An arena map, variables in .addr_space.1 and casts between address spaces.
// Compilers: clang19 clang22
#include "../bpf.h"

#define __arena __attribute__((address_space(1)))

struct {
	__uint(type, BPF_MAP_TYPE_ARENA);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 10);
} arena SEC(".maps");

struct cell {
	struct cell __arena *next;
	int value;
};

int __arena counter SEC(".addr_space.1") = 3;
struct cell __arena cells[4] SEC(".addr_space.1");
struct cell __arena *head;

SEC("syscall") int use_arena(void *ctx)
{
	struct cell __arena *c = &cells[1];

	/* So that the verifier sees the map. */
	asm volatile("" ::"r"(&arena));
	c->value = ++counter;
	c->next = head;
	head = c;
	return (int)(long)(void *)head;
}

LICENSE_GPL;
