// A jump over 32,767 instructions and a site: with the call it would lead further than its 16 bits can say.
//
// Compilers: clang19 clang22
// Link: short.c
// Options call: --probes=call
// Expect-error: lower-range "further than 16 bits can say"
#include "range.h"
