// The second.
#include "../bpf.h"

extern const void bpf_prog_put __ksym;
extern const void bpf_prog_inc __ksym __weak;

__noinline int symbols_b(void)
{
	return &bpf_prog_put != &bpf_prog_inc;
}
