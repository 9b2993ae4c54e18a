#include "../bpf.h"
#include <bpf/bpf_core_read.h>

struct common {
	int a;
	struct common *next;
} CORE;

__u32 own_id_of_b(void);
__u32 common_id_of_b(void);
