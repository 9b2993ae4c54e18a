#define state state_a
#define weights weights_a
#define bias bias_a
#include "a.c"
#undef state
#undef weights
#undef bias
#include "b.c"
#include "c.c"
