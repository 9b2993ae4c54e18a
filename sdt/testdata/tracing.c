/* A tracing program with a probe: a kernel before 6.8 or so does not let one tracing program observe another. */
#include "bpf.h"
#include <bpf_sdt.h>

BPF_SDT_DECLARE1(syscall_in, long);

SEC("tp_btf/sys_enter") int enter(__u64 *ctx)
{
	BPF_SDT_PROBE1(syscall_in, (long)ctx[1]);
	return 0;
}
