#include "args.c"
#include "none.c"
#include "ctx.c"
