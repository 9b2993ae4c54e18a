// The other object declares some of them hidden, some not.
#include "shared.h"

extern int variable;
extern const volatile int constant __hidden;
extern long zero;
extern struct cells cells IN(".maps") __hidden;

__hidden __weak int hidden_b(int *key)
{
	int *v = bpf_map_lookup_elem(&cells, key);

	variable += 10;
	return (v ? *v : 0) + constant + (int)zero;
}
