// The second.
#include "shared.h"

extern struct arena arena IN(".maps");
long __arena of_b SEC(".addr_space.1") = 2;
static char __arena local SEC(".addr_space.1") = 'b';

__noinline int arena_b(void)
{
	asm volatile("" ::"r"(&arena));
	return of_b + of_a + local++;
}
