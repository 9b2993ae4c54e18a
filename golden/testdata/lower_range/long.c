// The same for a processor with longer jumps. Its text would be as long: linker.TestLowerRange looks at it.
//
// Compile: -mcpu=v4
#include "range.h"
