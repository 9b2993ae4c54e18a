// Global and static variables in data, bss, rodata, of all sizes and alignments, strings, const volatile.
// Run: use xdp
#include "../bpf.h"

int data_int = 7;
char data_char = 3;
long data_long = -4;
short data_shorts[5] = { 1, 2, 3, 4, 5 };
__u64 data_aligned __attribute__((aligned(64))) = 9;
static int data_static = 21;
static char data_static_char = 'x';
char data_string[] = "text";

int bss_int;
char bss_bytes[13];
static long bss_static;
static volatile int bss_volatile;
int bss_aligned[4] __attribute__((aligned(64)));

const int rodata_int = 5;
const volatile int rodata_volatile = 6;
const volatile char rodata_text[8] = "hello";
static const volatile __u16 rodata_static[3] = { 1, 2, 3 };
const volatile bool rodata_bool = true;

SEC("xdp") int use(struct xdp_md *ctx)
{
	__u32 i = rodata_volatile & 3;
	int sum = 0;

	data_static += data_int + data_static_char;
	bss_static += data_long;
	bss_volatile++;
	bss_bytes[i] = rodata_text[1];
	bss_aligned[i] = bss_bytes[i] + rodata_static[2];
	data_aligned += bss_aligned[2];
	sum += data_static + data_char + data_shorts[i] + data_string[i];
	if (rodata_bool)
		sum += rodata_int + bss_int + (int)data_aligned;
	return sum + bss_volatile + (int)bss_static;
}

LICENSE_GPL;
