// An object that has functions and no program.
#include "../bpf.h"

extern int table[4];
extern const char names[3][4];
extern __u64 total;

__noinline int pick(int i)
{
	total += names[i & 1][0];
	return table[i & 3];
}
