/* Observers of the probes of target.c and tracing.c. Each writes what it gets to one ring buffer. */
#include "bpf.h"

enum { BPF_MAP_TYPE_RINGBUF = 27 };
static long (*const bpf_ringbuf_output)(void *ringbuf, void *data, __u64 size, __u64 flags) = (void *)130;
static __u64 (*const bpf_xdp_get_buff_len)(void *xdp) = (void *)188;

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 1 << 16);
} events SEC(".maps");

enum kind { IN = 1, SHORT, SIZED, COSTLY, SYSCALL };

struct event {
	__u64 kind;
	__u64 args[5];
};

static __attribute__((always_inline)) int report(struct event e)
{
	bpf_ringbuf_output(&events, &e, sizeof(e), 0);
	return 0;
}

/* The second argument is the context, which helpers take. */
SEC("fentry") int watch_in(__u64 *ctx)
{
	return report((struct event){ IN, { (int)ctx[0], bpf_xdp_get_buff_len((void *)ctx[1]) } });
}

SEC("bpf_sdt/packet_short") int watch_short(__u64 *ctx)
{
	return report((struct event){ SHORT, { (int)ctx[0] } });
}

SEC("bpf_sdt") int watch_sized(__u64 *ctx)
{
	return report((struct event){ SIZED, { (unsigned char)ctx[0], (short)ctx[1], (unsigned int)ctx[2], ctx[3], (int)ctx[4] } });
}

SEC("fentry/packet_costly") int watch_costly(__u64 *ctx)
{
	return report((struct event){ COSTLY, { ctx[0] } });
}

SEC("fentry") int watch_syscall(__u64 *ctx)
{
	return report((struct event){ SYSCALL, { ctx[0] } });
}

/* Reads a third argument on every path. */
SEC("fentry") int read_third(__u64 *ctx)
{
	__u64 first = ctx[0];

	return report((struct event){ IN, { first > 100 ? first + ctx[2] : ctx[2] } });
}

const volatile int wants_third;

/* Reads a third argument only where whoever loads it says so. */
SEC("fentry") int may_read_third(__u64 *ctx)
{
	if (wants_third) {
		__u64 third = ctx[2];

		asm volatile("" : "+r"(third)); /* or there is one load, of an address that depends on the condition */
		return report((struct event){ IN, { third } });
	}
	return report((struct event){ IN, { ctx[0] } });
}

SEC("fexit") int leave(__u64 *ctx)
{
	return 0;
}
