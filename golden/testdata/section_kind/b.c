#include "bpf.h"

int value SEC("both") = 1;
