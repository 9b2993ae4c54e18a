// Variables of an arena in two objects, one of them used across.
// Compilers: clang19 clang22
#include "shared.h"

struct arena arena SEC(".maps");
int __arena of_a SEC(".addr_space.1") = 1;
static char __arena local SEC(".addr_space.1") = 'a';

SEC("syscall") int arena_a(void *ctx)
{
	asm volatile("" ::"r"(&arena));
	return of_a + of_b + local++ + arena_b();
}

LICENSE_GPL;
