// Bitfields, unions, anonymous members, flexible arrays, function pointers, packed and aligned structs, floats.
// Run: shapes tc
#include "../bpf.h"

struct bits {
	unsigned a : 3, b : 7;
	int c : 5;
	unsigned long d : 40;
	_Bool e : 1;
	int : 0;
	char f;
};

union either {
	int i;
	char c[4];
	struct {
		short lo, hi;
	};
};

struct node;
typedef int (*callback_t)(struct node *n, const char *name, ...);

struct __attribute__((packed)) packed {
	char c;
	long l;
	short s;
};

struct __attribute__((aligned(16))) aligned {
	int x;
};

struct node {
	struct node *next;
	callback_t call;
	void (*release)(struct node *);
	union {
		int number;
		const char *text;
	};
	struct {
		struct {
			int deep;
		};
		union either either;
	};
	struct packed packed;
	struct aligned aligned[2];
	struct bits bits;
	int matrix[2][3];
	volatile int *const restricted[2];
	float single;
	double wide;
	int tail[];
};

struct node node = { .number = 5, .deep = 6, .either = { .i = 0x10002 }, .bits = { .b = 9, .c = -2, .d = 77 } };

SEC("tc") int shapes(struct __sk_buff *skb)
{
	node.bits.a = skb->len & 7;
	node.packed.l = 3;
	node.matrix[1][2] = 4;
	return node.number + node.deep + node.either.lo * 100 + node.bits.b + node.bits.c + (int)node.bits.d + node.packed.l +
	       node.matrix[1][skb->len & 1] + node.bits.a;
}

LICENSE_GPL;
