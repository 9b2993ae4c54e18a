#include "../bpf.h"

extern int defined_in_a, defined_in_b;
extern long zero_in_b;
extern int array_in_b[];
extern const volatile int limit_in_b;
extern int weak_in_a, weak_in_both;
int twice(int x);
