#include "args.c"
#include "ctx.c"
