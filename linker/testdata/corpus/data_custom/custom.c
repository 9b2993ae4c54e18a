// Sections .data.x and .rodata.x, which are maps of their own; a zero-length array.
// Run: custom tc
#include "../bpf.h"

int in_data SEC(".data.settings") = 2;
static int in_data_too SEC(".data.settings") = 3;
const volatile int in_rodata SEC(".rodata.limits") = 40;
__u64 hidden_state[3] SEC(".data.hidden") __hidden = { 1, 2, 3 };

struct tail {
	int n;
	int rest[];
};

struct tail empty_tail = { .n = 6 };
struct tail long_tail = { .n = 1, .rest = { 70, 80 } };
int nothing[0];
int something;
int after_nothing = 9;

SEC("tc") int custom(struct __sk_buff *skb)
{
	in_data += skb->len;
	in_data_too++;
	hidden_state[2] += in_data;
	return in_data + in_data_too + in_rodata + hidden_state[2] +
	       empty_tail.n + long_tail.rest[1] + after_nothing + something;
}

LICENSE_GPL;
