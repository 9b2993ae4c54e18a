#include "bpf.h"
#include "bpf_sdt.h"

BPF_SDT_DECLARE1(hit, int);
BPF_SDT_DECLARE3(narrow, signed char, unsigned short, _Bool);
