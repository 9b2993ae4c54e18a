// The object of the tests of this package: probes of 0, 2 and 5 arguments, in programs and in a
// subprogram. probes.el.o.zst and probes.eb.o.zst are made of it by, in this folder,
//
//	for e in el eb; do
//		clang-19 -O2 -g -target bpf$e -mcpu=v3 -I../../include -ffile-prefix-map=$PWD=. -c probes.c -o probes.$e.o
//		llvm-strip-19 -g --keep-section=.BTF --keep-section=.BTF.ext \
//			--keep-section='.debug_bpf_sdt_*' --wildcard probes.$e.o
//		zstd -19 --rm probes.$e.o
//	done
#include "bpf_sdt.h"

struct message {
	int length;
	long body;
};

enum color { RED, GREEN };

struct node;

BPF_SDT_DECLARE2(pair, int, struct message *);
BPF_SDT_DECLARE(plain);
BPF_SDT_DECLARE5(five, char, unsigned short, long, enum color, struct node *);

static __attribute__((noinline)) int sub(struct message *m, struct node *n)
{
	BPF_SDT_PROBE5(five, (char)m->length, (unsigned short)m->body, m->body, GREEN, n);
	return m->length;
}

__attribute__((section("xdp"), used)) int first(struct message *m)
{
	BPF_SDT_PROBE2(pair, m->length, m);
	return sub(m, 0);
}

__attribute__((section("tc"), used)) int second(struct message *m)
{
	BPF_SDT_PROBE(plain);
	return sub(m, (struct node *)m) + 1;
}
