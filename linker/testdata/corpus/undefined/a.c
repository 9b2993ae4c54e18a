// References that nothing defines: a function, a variable, a map, weak and not.
#include "../bpf.h"

extern int missing_function(int x);
extern int missing_weak_function(int x) __weak;
extern int missing_variable;
extern struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, int);
	__type(value, int);
} missing_map IN(".maps");

SEC("xdp") int looks_for(struct xdp_md *ctx)
{
	int zero = 0;

	if (missing_weak_function)
		return 1;
	return missing_function(missing_variable) + !!bpf_map_lookup_elem(&missing_map, &zero);
}

LICENSE_GPL;
