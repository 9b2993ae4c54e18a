// Atomic instructions of both widths, with and without a result.
// Run: atomics tc
#include "../bpf.h"

static __u64 wide = 10;
static __u32 narrow = 20;

SEC("tc") int atomics(struct __sk_buff *skb)
{
	__u64 r = 0;

	__sync_fetch_and_add(&wide, 1);
	__sync_fetch_and_add(&narrow, 2);
	r += __sync_fetch_and_or(&wide, 0x100);
	r += __sync_fetch_and_and(&wide, 0xff0);
	r += __sync_fetch_and_xor(&narrow, 3);
	r += __sync_lock_test_and_set(&wide, 77);
	r += __sync_val_compare_and_swap(&narrow, 21, 9);
	return r + wide + narrow;
}

LICENSE_GPL;
