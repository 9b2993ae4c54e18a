// The other object completes the forward declaration.
#include "../bpf.h"

enum later { NOW, THEN };
enum small { A = 1, B = 2, C = -3 };
enum big { BIG_A = 1ULL << 40, BIG_B = 0xffffffffffffffffULL };
enum big_signed { MINUS = -1LL << 40, PLUS = 1LL << 40 };

struct holder {
	enum small s;
	enum big b;
	enum big_signed g;
	enum later *l;
	enum { ONE = 1, TWO } anonymous;
};

enum later when = THEN;

__hidden int more(struct holder *h, enum big b)
{
	return h->s * 2 + (b == BIG_A) + when;
}
