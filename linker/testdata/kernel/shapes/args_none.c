#include "args.c"
#include "none.c"
