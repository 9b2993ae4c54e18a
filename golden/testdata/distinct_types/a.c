// Types of one name that are not the same type: all stay, and each is referred to by what meant it. A typedef of the
// same name and a struct that differs only in what it points to are among them.
//
// Link all-orders: a.c b.c
// Expect-probe: saw(struct item *) at prog_a
// Expect-text: (?s)struct item#1 \{.*struct item#2 \{
// Expect-text: (?s)struct holder#1 \{.*struct item#[12] \*.*struct holder#2 \{.*struct item#[12] \*
#include "bpf.h"
#include "bpf_sdt.h"

struct item {
	long a;
};

struct holder {
	struct item *item;
	struct holder *next;
};

typedef long word_t;

BPF_SDT_DECLARE1(saw, struct item *);

struct holder holder_a;
word_t word_a;
struct item item_a;

SEC("xdp") int prog_a(struct xdp_md *ctx)
{
	struct item *item = holder_a.item;

	BPF_SDT_PROBE1(saw, item);
	return word_a;
}
