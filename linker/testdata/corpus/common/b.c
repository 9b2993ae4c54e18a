// One of them has a value here.
// Compile: -fcommon
#include "../bpf.h"

int tentative = 30;
extern long wider[4];

__noinline int common_b(void)
{
	return tentative + (int)wider[0] * 100;
}
