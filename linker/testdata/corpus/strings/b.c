// More of them, some equal to those of the first.
#include "../bpf.h"

static const char local[] = "a local string";

__hidden const char *pick(int i)
{
	return i > 2 ? "first" : "second string";
}

__hidden int text_b(int i)
{
	return local[i & 7] + pick(i)[1];
}
