// A buffer that is written at an index of any sign: no one can tell from the code how deep the stack frame is. clang can,
// and says so if it is asked.
//
// Link: plain.c
// Options call: --probes=call
// Expect-error: lower-frame "there is no telling how deep the stack frame is"
#include "frame.h"
