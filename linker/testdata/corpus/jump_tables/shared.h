#include "../bpf.h"

#define CASE(n, x) case n: r = r * (x) + n; OPAQUE(r); break;
#define CASES(x) \
	CASE(0, x + 1) CASE(1, x + 9) CASE(2, x * 2) CASE(3, x ^ 7) CASE(4, x + 5) CASE(5, x + 8) CASE(6, x * 3) \
	CASE(7, x + 6) CASE(8, x + 30) CASE(9, x + 21) CASE(10, x * 5) CASE(11, x ^ 3) CASE(12, x + 77) CASE(13, x + 14) \
	CASE(14, x * 9) CASE(15, x + 2)

int table_b(unsigned n);
