// The same tags in a second object, and others.
#include "shared.h"

static TAG("static") int tagged_static = 5;
tagged_t value TAG("of a typedef") = 4;

TAG("function") TAG("of b") __noinline int tagged_b(int x TAG("argument"))
{
	OPAQUE(x);
	tagged_static += x;
	return tagged_static + value;
}
