#include "none.c"
#include "ctx.c"
