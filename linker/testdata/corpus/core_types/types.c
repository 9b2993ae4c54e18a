// CO-RE relocations of types: exists, size, local and target id; enumerators: exists, value.
// Run: types tc
#include "../bpf.h"
#include <bpf/bpf_core_read.h>

struct task_struct {
	int pid;
} CORE;

struct surely_not_in_the_kernel {
	int x;
} CORE;

typedef struct {
	int counter;
} CORE atomic_t;

enum bpf_map_type {
	BPF_MAP_TYPE_UNSPEC,
	BPF_MAP_TYPE_RINGBUF_NOT = 999,
};

enum pid_type {
	PIDTYPE_PID = 77,
	PIDTYPE_NOT = 78,
};

union thing {
	int a;
	long b;
} CORE;

SEC("tc") int types(struct __sk_buff *skb)
{
	int r = 0;

	if (bpf_core_type_exists(struct task_struct))
		r += 1;
	if (bpf_core_type_exists(struct surely_not_in_the_kernel))
		r += 2;
	if (bpf_core_type_exists(union thing))
		r += 4;
	r += bpf_core_type_size(atomic_t) * 8;
	if (bpf_core_type_id_local(struct surely_not_in_the_kernel))
		r += 64;
	if (bpf_core_type_id_kernel(struct task_struct))
		r += 128;
	if (bpf_core_enum_value_exists(enum pid_type, PIDTYPE_PID))
		r += 256;
	if (bpf_core_enum_value_exists(enum pid_type, PIDTYPE_NOT))
		r += 512;
	r += bpf_core_enum_value(enum pid_type, PIDTYPE_PID) * 1024;
	return r;
}

LICENSE_GPL;
