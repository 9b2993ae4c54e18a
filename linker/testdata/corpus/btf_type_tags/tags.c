// Type tags, on pointers of all kinds, of which two make two types.
// Run: type_tags xdp
#include "../bpf.h"

#define user TYPE_TAG("user")
#define rcu TYPE_TAG("rcu")

struct object {
	int user *u;
	const char rcu *r;
	struct object user *rcu *both;
	int *plain;
};

struct object object;

static __noinline int read(struct object *o, int user *p)
{
	OPAQUE(p);
	return o->plain == p;
}

SEC("xdp") int type_tags(struct xdp_md *ctx)
{
	return read(&object, object.u) + 1;
}

LICENSE_GPL;
