#include "bpf.h"

struct item {
	char text[8];
};

struct holder {
	struct item *item;
	struct holder *next;
};

typedef unsigned long word_t;

struct holder holder_b;
word_t word_b;
struct item item_b; /* else BTF has but the name of it */

SEC("xdp") int prog_b(struct xdp_md *ctx)
{
	return word_b + (holder_b.next != 0);
}
