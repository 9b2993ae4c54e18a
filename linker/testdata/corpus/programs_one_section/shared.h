#include "../bpf.h"

int shared(int x);
