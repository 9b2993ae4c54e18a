#include "../bpf.h"

struct tagged {
	int member TAG("member");
	int other;
} TAG("struct");

typedef int tagged_t TAG("typedef");

int tagged_b(int x);
