#define WHOLE
#include "weak.c"
#include "strong.c"
