#define WHOLE
#include "a.c"
#include "b.c"
