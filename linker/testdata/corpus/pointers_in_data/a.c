// Tables of pointers in data: to global functions and variables of both objects.
#include "../bpf.h"

int variable_a = 1;
extern int variable_b;
int function_b(int x);

__noinline int function_a(int x)
{
	OPAQUE(x);
	return x + 1;
}

struct operations {
	const char *name;
	int (*call)(int x);
	int *variable;
};

struct operations table[] = {
	{ "a", function_a, &variable_a },
	{ "b", function_b, &variable_b },
};
static int hidden_from_b = 5;
int *const to_static[] = { &hidden_from_b, &variable_a + 1 };

SEC("syscall") int count(void *ctx)
{
	return table[0].variable != to_static[1];
}

LICENSE_GPL;
