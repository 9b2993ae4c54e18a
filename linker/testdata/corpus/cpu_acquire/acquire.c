// Load-acquire and store-release, of all widths.
// Compilers: clang22
// Compile: -mcpu=v4
// Run: ordered xdp
#include "../bpf.h"

static __u8 b;
static __u16 h;
static __u32 w = 5;
static __u64 d;

SEC("xdp") int ordered(struct xdp_md *ctx)
{
	__atomic_store_n(&b, 1, __ATOMIC_RELEASE);
	__atomic_store_n(&h, 2, __ATOMIC_RELEASE);
	__atomic_store_n(&w, __atomic_load_n(&w, __ATOMIC_ACQUIRE) + 3, __ATOMIC_RELEASE);
	__atomic_store_n(&d, 4, __ATOMIC_RELEASE);
	return __atomic_load_n(&b, __ATOMIC_ACQUIRE) + __atomic_load_n(&h, __ATOMIC_ACQUIRE) +
	       __atomic_load_n(&w, __ATOMIC_ACQUIRE) + (int)__atomic_load_n(&d, __ATOMIC_ACQUIRE);
}

LICENSE_GPL;
