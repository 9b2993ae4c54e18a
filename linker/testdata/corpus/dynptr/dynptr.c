// Dynamic pointers to ring buffer records and to memory.
// Run: pointers xdp
#include "../bpf.h"

struct bpf_dynptr {
	__u64 opaque[2];
} __attribute__((aligned(8)));

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096);
} records SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, int);
	__type(value, char[32]);
} memory SEC(".maps");

SEC("xdp") int pointers(struct xdp_md *ctx)
{
	struct bpf_dynptr record, mem;
	int zero = 0, out = 0, in = 42;
	char *m = bpf_map_lookup_elem(&memory, &zero);

	if (!m)
		return 1;
	if (bpf_dynptr_from_mem(m, 32, 0, &mem))
		return 2;
	bpf_dynptr_write(&mem, 8, &in, sizeof(in), 0);
	bpf_dynptr_read(&out, sizeof(out), &mem, 8, 0);
	if (!bpf_ringbuf_reserve_dynptr(&records, 16, 0, &record))
		bpf_dynptr_write(&record, 0, &out, sizeof(out), 0);
	bpf_ringbuf_submit_dynptr(&record, 0);
	return out;
}

LICENSE_GPL;
