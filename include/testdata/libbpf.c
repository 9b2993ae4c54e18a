// SPDX-License-Identifier: (LGPL-2.1 OR BSD-2-Clause)
// Beside vmlinux.h and libbpf's headers, after them or, with HEADER_FIRST, before them.
#ifdef HEADER_FIRST
#include "bpf_sdt.h"
#endif
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#ifndef HEADER_FIRST
#include "bpf_sdt.h"
#endif

BPF_SDT_DECLARE4(task, struct task_struct *, int, __u64, bool);

SEC("tp_btf/sched_switch") int program(struct xdp_md *ctx)
{
	struct task_struct *task = (void *)bpf_get_current_task();
	__u64 now = bpf_ktime_get_ns();

	BPF_SDT_PROBE4(task, task, BPF_CORE_READ(task, real_parent, pid), now, ctx->data == ctx->data_end);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
