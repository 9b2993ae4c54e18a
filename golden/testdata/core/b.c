#include "types.h"

extern struct task *current;

static __noinline int users(struct mm *mm)
{
	return mm->users;
}

SEC("xdp") int prog_b(struct xdp_md *ctx)
{
	int id = __builtin_btf_type_id(*(struct task *)0, 0);
	int size = __builtin_preserve_type_info(*(struct task *)0, 1);
	int dead = __builtin_preserve_enum_value(*(enum state *)DEAD, 1);
	int flag = __builtin_preserve_field_info(current->flag, 3);

	return users(current->mm) + id + size + dead + flag;
}
