// Kernel functions that take the local id of a type, and a list in a data section that a declaration tag describes.
// Run: push tc
#include "../bpf.h"
#include <bpf/bpf_core_read.h>

struct bpf_list_head {
	__u64 opaque[2];
} __attribute__((aligned(8)));
struct bpf_list_node {
	__u64 opaque[3];
} __attribute__((aligned(8)));

extern void *bpf_obj_new_impl(__u64 local_type_id__k, void *meta__ign) __ksym;
extern void bpf_obj_drop_impl(void *kptr, void *meta__ign) __ksym;
extern int bpf_list_push_front_impl(struct bpf_list_head *head, struct bpf_list_node *node, void *meta,
				    __u64 off) __ksym;
extern struct bpf_list_node *bpf_list_pop_front(struct bpf_list_head *head) __ksym;

struct shifted;

struct entry {
	struct bpf_list_node node;
	int value;
};

#define private(name) SEC(".data." #name) __hidden __attribute__((aligned(8)))

private(list) struct bpf_spin_lock {
	__u32 val;
} list_lock;
private(list) struct bpf_list_head list TAG("contains:entry:node");

int shift_ids(struct shifted *s);

SEC("tc") int push(struct __sk_buff *skb)
{
	struct entry *e = bpf_obj_new_impl(bpf_core_type_id_local(struct entry), NULL);
	struct bpf_list_node *n;
	int value;

	if (!e)
		return 1;
	e->value = skb->len;
	bpf_spin_lock(&list_lock);
	bpf_list_push_front_impl(&list, &e->node, NULL, 0);
	n = bpf_list_pop_front(&list);
	bpf_spin_unlock(&list_lock);
	if (!n)
		return 2;
	e = container_of(n, struct entry, node);
	value = e->value;
	bpf_obj_drop_impl(e, NULL);
	return value + shift_ids(NULL);
}

LICENSE_GPL;
