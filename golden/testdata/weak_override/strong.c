#include "bpf.h"
#include "bpf_sdt.h"

BPF_SDT_DECLARE1(strong_only, int);

__noinline int decide(int len)
{
	BPF_SDT_PROBE1(strong_only, len);
	return len - 1;
}
