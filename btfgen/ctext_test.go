package btfgen

import (
	"strings"
	"testing"
	"time"
)

func TestC(t *testing.T) {
	b := &wire{}
	i, char := b.int("int"), b.add(Int, "char", 1, 0, 1<<24|8)
	s := b.structOf("s", i)
	vp := b.ref(Ptr, 0)
	handler := b.proto(0, vp)
	tests := []struct {
		id         uint32
		text       string
		declaresAs string // of 'x'
	}{
		{0, "void", "void x"},
		{i, "int", "int x"},
		{s, "struct s", "struct s x"},
		{b.add(Union, "u", 8, 0), "union u", "union u x"},
		{b.add(Enum, "e", 4, 0), "enum e", "enum e x"},
		{b.add(Enum64, "f", 8, 0), "enum f", "enum f x"},
		{b.add(Float, "double", 8, 0), "double", "double x"},
		{b.add(Fwd, "node", 0, 0), "struct node", "struct node x"},
		{b.union("node"), "union node", "union node x"},
		{b.typedef("u32", i), "u32", "u32 x"},
		{b.add(Struct, "", 8, 0), "struct {...}", "struct {...} x"},
		{b.add(Union, "", 8, 0), "union {...}", "union {...} x"},
		{b.add(Enum, "", 4, 0), "enum {...}", "enum {...} x"},
		{b.ref(Ptr, i), "int *", "int *x"},
		{vp, "void *", "void *x"},
		{b.ref(Ptr, b.ref(Ptr, s)), "struct s **", "struct s **x"},
		{b.ref(Const, i), "const int", "const int x"},
		{b.ref(Const, 0), "const void", "const void x"},
		{b.ref(Volatile, b.ref(Const, i)), "volatile const int", "volatile const int x"},
		{b.ref(Ptr, b.ref(Const, char)), "const char *", "const char *x"},
		{b.ref(Ptr, b.ref(Const, 0)), "const void *", "const void *x"},
		{b.ref(Const, b.ref(Ptr, i)), "int *const", "int *const x"},
		{b.ref(Restrict, b.ref(Ptr, i)), "int *restrict", "int *restrict x"},
		{b.ref(Const, b.ref(Ptr, b.ref(Const, s))), "const struct s *const", "const struct s *const x"},
		{b.ref(Ptr, b.ref(Const, b.ref(Ptr, i))), "int *const *", "int *const *x"},
		{b.ref(Ptr, b.ref(Volatile, b.ref(Const, b.ref(Ptr, i)))), "int *const volatile *", "int *const volatile *x"},
		{b.array(i, i, 4), "int [4]", "int x[4]"},
		{b.array(b.array(i, i, 4), i, 2), "int [2][4]", "int x[2][4]"},
		{b.array(b.ref(Ptr, char), i, 4), "char *[4]", "char *x[4]"},
		{b.array(b.ref(Const, b.ref(Ptr, char)), i, 3), "char *const[3]", "char *const x[3]"},
		{b.ref(Ptr, b.array(i, i, 4)), "int (*)[4]", "int (*x)[4]"},
		{b.ref(Ptr, b.ref(Const, b.array(i, i, 4))), "const int (*)[4]", "const int (*x)[4]"},
		{b.array(i, i, 0), "int [0]", "int x[0]"},
		{handler, "void (void *)", "void x(void *)"},
		{b.proto(i), "int (void)", "int x(void)"},
		{b.proto(i, vp, 0), "int (void *, ...)", "int x(void *, ...)"},
		{b.ref(Ptr, handler), "void (*)(void *)", "void (*x)(void *)"},
		{b.ref(Const, b.ref(Ptr, handler)), "void (*const)(void *)", "void (*const x)(void *)"},
		{b.array(b.ref(Ptr, handler), i, 2), "void (*[2])(void *)", "void (*x[2])(void *)"},
		{b.proto(b.ref(Ptr, b.proto(i, i)), char), "int (*(char))(int)", "int (*x(char))(int)"},
		{b.proto(0, b.ref(Ptr, b.proto(i, s)), i), "void (int (*)(struct s), int)", "void x(int (*)(struct s), int)"},
		{b.ref(Ptr, b.ref(TypeTag, i)), "int *", "int *x"},
		{b.ref(Ptr, b.ref(TypeTag, handler)), "void (*)(void *)", "void (*x)(void *)"},
		{b.ref(Const, b.ref(TypeTag, b.ref(Ptr, i))), "int *const", "int *const x"},
		{b.add(Func, "f", handler, Static), "void f(void *)", "void f(void *)"}, // a name of its own stays
		{b.add(Var, "v", b.array(i, i, 4), 0, Static), "int v[4]", "int v[4]"},
	}
	types := b.types(t)
	for _, test := range tests {
		if got := types.C(test.id); got != test.text {
			t.Errorf("type #%d (%s): '%s', want '%s'", test.id, types.Kind(test.id), got, test.text)
		}
		if got := types.Declare(test.id, "x"); got != test.declaresAs {
			t.Errorf("type #%d (%s): '%s', want '%s'", test.id, types.Kind(test.id), got, test.declaresAs)
		}
	}
}

func TestSignature(t *testing.T) {
	b := &wire{}
	i := b.int("int")
	none, two := b.proto(0), b.proto(i, i, b.ref(Ptr, b.structOf("s", i)))
	many := b.proto(0, make([]uint32, 100_000)...)
	types := b.types(t)
	if got := types.Signature(none); got != "()" {
		t.Errorf("'%s'", got)
	}
	if got := types.Signature(two); got != "(int, struct s *)" {
		t.Errorf("'%s'", got)
	}
	if got := types.Signature(many); len(got) > 10*maxText || !strings.HasSuffix(got, ", ...)") {
		t.Errorf("%d bytes of text", len(got))
	}
}

// Each prototype takes two pointers to the one before: the text would double with each.
func TestTextTerminates(t *testing.T) {
	b := &wire{}
	last := b.proto(0)
	for range 64 {
		p := b.ref(Ptr, last)
		last = b.proto(p, p, p)
	}
	types := b.types(t)
	start := time.Now()
	text := types.C(last)
	_ = types.Signature(last)
	_ = Agree(types, last, types, last)
	_ = Compatible(types, last, types, last)
	if took := time.Since(start); took > 10*time.Second {
		t.Errorf("took %s", took)
	}
	if len(text) > 20*maxText || !strings.Contains(text, "...") {
		t.Errorf("%d bytes of text", len(text))
	}
}
