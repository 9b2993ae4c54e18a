// The strong ones.
#include "../bpf.h"

short pad = 7;
int in_bss = 100;
int in_data;
long wide_in_bss = 1000;
