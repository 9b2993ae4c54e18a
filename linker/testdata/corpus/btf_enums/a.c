// Enumerations: signed, unsigned, 64 bits wide, anonymous, forward-declared, in both objects.
// Run: enums xdp
#include "../bpf.h"

enum small { A = 1, B = 2, C = -3 };
enum big { BIG_A = 1ULL << 40, BIG_B = 0xffffffffffffffffULL };
enum big_signed { MINUS = -1LL << 40, PLUS = 1LL << 40 };
enum later;

struct holder {
	enum small s;
	enum big b;
	enum big_signed g;
	enum later *l;
	enum { ONE = 1, TWO } anonymous;
};

struct holder held = { .s = C, .b = BIG_A, .g = MINUS, .anonymous = TWO };
int more(struct holder *h, enum big b);

SEC("xdp") int enums(struct xdp_md *ctx)
{
	return held.s + (int)(held.b >> 36) + held.anonymous + more(&held, held.b) + (held.g < 0);
}

LICENSE_GPL;
