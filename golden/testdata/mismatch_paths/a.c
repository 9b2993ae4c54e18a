// Types of one symbol that differ deep inside: the message leads there.
//
// Link: a.c b.c
// Expect-error: type-mismatch "(?s)'nested' has different types.*member 'inner'.*member 'inner'"
// Expect-error: type-mismatch "(?s)'takes' has different types.*parameter 2: long.*parameter 2: int"
// Expect-error: type-mismatch "(?s)'gives' has different types.*return type: long.*return type: int"
// Expect-error: type-mismatch "(?s)'elements' has different types.*short"
// Expect-error: type-mismatch "(?s)'colour' has different types.*enum color .*enum colour "
// Expect-error: type-mismatch "(?s)'bits' has different types.*member 'b': 5 bits at bit 2.*member 'b': 3 bits at bit 2"
// Expect-error: type-mismatch "(?s)'through' has different types.*struct two.*struct one"
// Expect-error: type-mismatch "(?s)'kind' has different types.*a function.*a variable"
// Expect-error: type-mismatch "(?s)'ratio' has different types"
// Expect-error: type-mismatch "(?s)'counts' has different types.*parameters"
// Expect-error: type-mismatch "(?s)'listed' has different types.*member"
#include "bpf.h"

struct inner {
	int before;
	int deep;
	int pad;
};
struct nested {
	long first;
	struct inner inner;
};
enum colour { RED = 1 };
struct bits {
	int a : 2;
	int b : 3;
};
struct one;
struct listed {
	int rows;
};

struct nested nested = { 1 };
int elements[4] = { 1 };
enum colour colour = RED;
struct bits bits = { 1 };
struct one *through = 0;
int kind = 1;
int ratio = 1;
struct listed listed[2] = {};

int takes(int a, int b)
{
	return a + b;
}

int gives(int a)
{
	return a;
}

int counts(int a)
{
	return a;
}
