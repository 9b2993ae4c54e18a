#include "probes.h"

int hits;

/* clang drops a static function that nothing calls; a retained one stays, and the linker's own sweep does not take it. */
__attribute__((noinline, used)) static int count(int len)
{
	hits += len;
	return 0;
}

__noinline int narrow_seen(signed char a, unsigned short b, _Bool c)
{
	hits += a + b + c;
	return 0;
}
