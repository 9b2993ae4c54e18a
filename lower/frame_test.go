package lower

import "testing"

// sub is a static function of two parameters.
func sub(name string, lines ...string) testFunc { return fn(name, Static, 2, lines...) }

func TestFrame(t *testing.T) {
	const unknown = -1
	tests := []struct {
		name  string
		want  int // bytes, of the first function
		funcs []testFunc
	}{
		{"no stack", 0, []testFunc{sub("f", "r0 = 0", "exit")}},
		{"a store", 16, []testFunc{sub("f", "*8(r10-16) = r1", "r0 = 0", "exit")}},
		{"a byte is a slot", 8, []testFunc{sub("f", "*1(r10-3) = r1", "r0 = 0", "exit")}},
		{"a pointer that is made", 64, []testFunc{sub("f", "r1 = r10", "r1 += -64", "r0 = 0", "exit")}},
		{"a pointer that is moved up", 64, []testFunc{sub("f", "r1 = r10", "r1 += -64", "r1 += 32", "*8(r1-8) = r1", "r0 = 0", "exit")}},
		{"an index that is not negative", 64, []testFunc{sub("f", "r3 = r10", "r3 += -64", "w2 = w2", "r3 += r2", "*1(r3+0) = r2", "r0 = 0", "exit")}},
		{"an index that is masked", 64, []testFunc{sub("f", "r3 = r10", "r3 += -64", "r2 &= 15", "r2 <<= 3", "r3 += r2", "r0 = 0", "exit")}},
		{"an index that is loaded", 64, []testFunc{sub("f", "r3 = r10", "r3 += -64", "r2 = *4(r1+0)", "r3 += r2", "r0 = 0", "exit")}},
		{"an index of any sign", unknown, []testFunc{sub("f", "r3 = r10", "r3 += -64", "r2 <<= 32", "r2 s>>= 32", "r3 += r2", "*1(r3+0) = r2", "r0 = 0", "exit")}},
		{"a parameter as an index", unknown, []testFunc{sub("f", "r3 = r10", "r3 += -64", "r3 += r2", "*1(r3+0) = r2", "r0 = 0", "exit")}},
		{"a number subtracted", unknown, []testFunc{sub("f", "r3 = r10", "r2 &= 15", "r3 -= r2", "*1(r3-16) = r2", "r0 = 0", "exit")}},
		{"a constant subtracted", 24, []testFunc{sub("f", "r3 = r10", "r3 -= 24", "r0 = 0", "exit")}},
		{"a loop that goes down", unknown, []testFunc{sub("f", "r3 = r10", "L:", "r3 += -8", "*8(r3+0) = r1", "r2 -= 1", "if r2 goto L", "r0 = 0", "exit")}},
		{"a loop that goes up", 64, []testFunc{sub("f", "r3 = r10", "r3 += -64", "L:", "*8(r3+0) = r1", "r3 += 8", "r2 -= 1", "if r2 goto L", "r0 = 0", "exit")}},
		{"one of two pointers", 128, []testFunc{sub("f", "r3 = r10", "r3 += -8", "if r1 goto L", "r3 = r10", "r3 += -120", "L:", "*8(r3-8) = r2", "r0 = 0", "exit")}},
		{"a pointer by way of memory", 136, []testFunc{sub("f", "r3 = r10", "r3 += -64", "*8(r10-8) = r3", "r4 = *8(r10-8)", "*8(r4-72) = r1", "r0 = 0", "exit")}},
		{"a callee that goes down from what it got", 96, []testFunc{
			sub("f", "r1 = r10", "r1 += -64", "r2 = 0", "call g", "r0 = 0", "exit"),
			sub("g", "*8(r1-32) = r2", "r0 = 0", "exit")}},
		{"and one below that", 96, []testFunc{
			sub("f", "r1 = r10", "r1 += -64", "r2 = 0", "call g", "r0 = 0", "exit"),
			sub("g", "r1 += -24", "call h", "r0 = 0", "exit"),
			sub("h", "*8(r1-8) = r2", "r0 = 0", "exit")}},
		{"a callee that goes down from what it loads", 88, []testFunc{
			sub("f", "r3 = r10", "r3 += -64", "*8(r10-8) = r3", "r1 = r10", "r1 += -8", "r2 = 0", "call g", "r0 = 0", "exit"),
			sub("g", "r3 = *8(r1+0)", "*8(r3-24) = r2", "r0 = 0", "exit")}},
		{"a callee that returns what it got", 80, []testFunc{
			sub("f", "r1 = r10", "r1 += -64", "r2 = 0", "call g", "*8(r0-8) = r0", "r0 = 0", "exit"),
			sub("g", "r0 = r1", "r0 += -8", "exit")}},
		{"a callee that stores what it got", 112, []testFunc{
			sub("f", "r1 = r10", "r1 += -64", "r2 = r10", "r2 += -8", "call g", "r3 = *8(r10-8)", "*8(r3-48) = r3", "r0 = 0", "exit"),
			sub("g", "*8(r2+0) = r1", "r0 = 0", "exit")}},
		{"the callee's own frame", 8, []testFunc{
			sub("f", "*8(r10-8) = r1", "call g", "r0 = 0", "exit"),
			sub("g", "*8(r10-400) = r1", "r0 = 0", "exit")}},
		{"a callback that goes down from its context", 40, []testFunc{
			sub("f", "&g", "r3 = r10", "r3 += -24", "r1 = 10", "r4 = 0", "helper 181", "r0 = 0", "exit"),
			sub("g", "*8(r2-16) = r1", "r0 = 0", "exit")}},
		{"a context is no pointer to a stack", 8, []testFunc{
			fn("f", Main, 1, "r2 = *8(r1+0)", "r3 = *8(r1+8)", "r3 -= r2", "r2 += r3", "*8(r10-8) = r2", "r4 = *8(r10-8)", "*8(r4-400) = r3", "r0 = 0", "exit")}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := newState(assemble(t, test.funcs...), &Result{})
			s.analyse()
			f := &s.funcs[0]
			if f.Problem != "" {
				t.Fatal(f.Problem)
			}
			got, known := f.size()
			if !known {
				got = unknown
			}
			if got != test.want {
				t.Errorf("%d bytes, want %d", got, test.want)
			}
			f.Stack = 256
			if got, known := f.size(); !known || got != max(test.want, 256) {
				t.Errorf("with .stack_sizes: %d (known: %t)", got, known)
			}
		})
	}
}
