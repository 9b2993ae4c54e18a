// Compile: -fstack-size-section
// Link: sized.c
// Options call: --probes=call
// Expect-call: crowded -> crowded in prog
// Expect-text: \*\(u64 \*\)\(r10 - 72\) = r
#include "frame.h"
