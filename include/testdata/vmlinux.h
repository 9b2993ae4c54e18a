// SPDX-License-Identifier: (LGPL-2.1 OR BSD-2-Clause)
// As much of a kernel's vmlinux.h as libbpf's headers need.
#ifndef __VMLINUX_H__
#define __VMLINUX_H__

typedef signed char __s8;
typedef unsigned char __u8;
typedef short __s16;
typedef unsigned short __u16;
typedef int __s32;
typedef unsigned int __u32;
typedef long long __s64;
typedef unsigned long long __u64;
typedef __u16 __be16;
typedef __u32 __be32;
typedef __u32 __wsum;
typedef _Bool bool;

enum { BPF_MAP_TYPE_ARRAY = 2 };

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)
struct task_struct {
	int pid;
	struct task_struct *real_parent;
};
struct xdp_md {
	__u32 data;
	__u32 data_end;
};
#pragma clang attribute pop

#endif
