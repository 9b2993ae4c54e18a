#include "bpf.h"

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)
struct mm {
	int users;
};
struct task {
	int pid;
	struct mm *mm;
	struct {
		char comm[16];
		unsigned flag : 3;
	};
};
#pragma clang attribute pop
enum state { RUNNING, DEAD = 7 };
