#define each each_a
#define twice twice_a
#include "a.c"
#undef each
#undef twice
#include "b.c"
#include "c.c"
