// Ring buffers by output and by reserve, a perf event array, a stack trace map.
// Run: send tc
#include "../bpf.h"

struct event {
	__u32 len;
	char text[12];
};

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096);
} events SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERF_EVENT_ARRAY);
	__uint(key_size, sizeof(int));
	__uint(value_size, sizeof(int));
} perf SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_STACK_TRACE);
	__uint(max_entries, 16);
	__uint(key_size, 4);
	__uint(value_size, 16 * 8);
} stacks SEC(".maps");

SEC("tc") int send(struct __sk_buff *skb)
{
	struct event copy = { .len = skb->len, .text = "copy" }, *e;

	bpf_ringbuf_output(&events, &copy, sizeof(copy), 0);
	bpf_perf_event_output(skb, &perf, 0xffffffff, &copy, sizeof(copy));
	e = bpf_ringbuf_reserve(&events, sizeof(*e), 0);
	if (!e)
		return 1;
	__builtin_memset(e, 0, sizeof(*e));
	e->len = skb->len;
	bpf_ringbuf_submit(e, 0);
	return 2;
}

SEC("raw_tp/sys_enter") int trace(void *ctx)
{
	return bpf_get_stackid(ctx, &stacks, 0) & 0;
}

LICENSE_GPL;
