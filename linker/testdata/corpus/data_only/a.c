// An object that has data and no code, with the license.
#include "../bpf.h"

int table[4] = { 4, 3, 2, 1 };
const char names[3][4] = { "one", "two", "six" };
__u64 total;

LICENSE_GPL;
