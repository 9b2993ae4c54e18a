// Format strings and literals, which go to .rodata and .rodata.str1.1.
// Run: text_a xdp
#include "../bpf.h"

int text_b(int i);
extern const char *pick(int i);

static const char local[] = "a local string";

SEC("xdp") int text_a(struct xdp_md *ctx)
{
	char out[24];
	__u64 args[2] = { 5, 6 };
	static const char fmt[] = "%d and %d";

	bpf_snprintf(out, sizeof(out), fmt, args, sizeof(args));
	bpf_printk("printed by %s", local);
	return out[0] + text_b(1) + pick(3)[1];
}

LICENSE_GPL;
