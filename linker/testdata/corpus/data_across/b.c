// The other side.
#include "shared.h"

int defined_in_b = 200;
long zero_in_b;
int array_in_b[3] = { 7, 8, 9 };
const volatile int limit_in_b = 33;
int weak_in_a = 1000;
__weak int weak_in_both = 4;
static int same = 6;

__noinline int twice(int x)
{
	same++;
	return x * 2 + same + defined_in_a + weak_in_both;
}
