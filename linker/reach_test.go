package linker

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/bpfsdt/bpf-sdt-link/object"
)

// Static functions that nothing reaches go, with what only they use; everything else stays.
func TestUnreachable(t *testing.T) {
	obj := func() *build {
		return newBuild().
			fn(".text", "dead", object.Local, 1, "call only_dead", "call .text+32"). // at 0
			fn(".text", "dead_too", object.Local, 2).                                // at 32
			fn(".text", "called", object.Local, 3, "near -2").                       // at 48, calls itself
			fn(".text", "pointed_to", object.Local, 4).                              // at 72
			fn(".text", "called_by_that", object.Local, 5).                          // at 88
			fn(".text", "shared", object.Global, 6, "call .text+88").
			word("ptrs", "p", ".text", 72).
			fn("xdp", "prog", object.Global, 7, "call .text+48")
	}
	out, warnings, text := linkWith(t, Options{}, obj())
	if text != "" || warnings != "" {
		t.Fatal(text, warnings)
	}
	want := []string{"GLOBAL .text+56 shared", "GLOBAL xdp+0 prog", "LOCAL .text+0 called", "LOCAL .text+24 pointed_to", "LOCAL .text+40 called_by_that", "LOCAL ptrs+0 p"}
	if d := cmp.Diff(want, symbols(out)); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff([]int32{3, -2, 0, 4, 0, 5, 0, 6, 4, 0}, imms(sectionNamed(t, out, ".text"))); d != "" {
		t.Error(".text:", d)
	}
	if got := sectionNamed(t, out, "ptrs").Data[0]; got != 24 {
		t.Errorf("the pointer is %d", got)
	}

	out, warnings, _ = linkWith(t, Options{KeepUnreachable: true}, obj())
	if got := symbols(out); len(got) != 9 || !strings.Contains(warnings, "'only_dead' is not defined") {
		t.Errorf("with all kept: %q, %s", got, warnings)
	}

	retained := obj()
	retained.image.Sections[retained.sec[".text"]].Flags |= object.FlagRetain
	out, _, _ = linkWith(t, Options{}, retained)
	if got := symbols(out); len(got) != 9 {
		t.Errorf("with SHF_GNU_RETAIN: %q", got)
	}
}

// A table of labels does not keep the function that it points into, and is zero without it.
func TestLabelsOfDeadFunction(t *testing.T) {
	b := newBuild().fn(".text", "dead", object.Local, 1).fn("xdp", "prog", object.Global, 2).word(".rodata", "labels", ".text", 8)
	out, text := doLink(t, b)
	if text != "" {
		t.Fatal(text)
	}
	if d := cmp.Diff([]string{"GLOBAL xdp+0 prog", "LOCAL .rodata+0 labels"}, symbols(out)); d != "" {
		t.Error(d)
	}
	if s := sectionNamed(t, out, ".rodata"); s.Data[0] != 0 || len(s.Relocs) != 0 {
		t.Errorf("% x %v", s.Data, s.Relocs)
	}
}

// The sections of -ffunction-sections become one, as libbpf takes subprograms from .text only.
func TestFunctionSections(t *testing.T) {
	a := newBuild().fn(".text.f", "f", object.Global, 1).fn(".text.g", "g", object.Local, 2, "call f").
		fn("xdp", "prog", object.Global, 3, "call .text.g+0", "load .text.g+0")
	b := newBuild().fn(".text", "h", object.Global, 4)
	out, text := doLink(t, b, a)
	if text != "" {
		t.Fatal(text)
	}
	if d := cmp.Diff([]string{"GLOBAL .text+0 h", "GLOBAL .text+16 f", "GLOBAL xdp+0 prog", "LOCAL .text+32 g"}, symbols(out)); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff([]int32{3, 3, 32, 0, 0}, imms(sectionNamed(t, out, "xdp"))); d != "" {
		t.Error("xdp:", d)
	}
}

// A weak map that is used and a weak function whose address is taken become global; nothing else does.
func TestPromotion(t *testing.T) {
	obj := func() *build {
		return newBuild().
			data(".maps", "used_map", object.Weak, 1, 2).data(".maps", "unused_map", object.Weak, 1).
			data(".data", "variable", object.Weak, 1).
			fn(".text", "called", object.Weak, 1).fn(".text", "callback", object.Weak, 2).
			fn("xdp", "prog", object.Global, 3, "load used_map", "load variable", "call called", "load callback")
	}
	for _, tc := range []struct {
		opts Options
		want string
	}{{Options{}, "GLOBAL"}, {Options{KeepWeak: true}, "WEAK"}} {
		out, _, text := linkWith(t, tc.opts, obj())
		if text != "" {
			t.Fatal(text)
		}
		bindings := map[string]string{}
		for _, line := range symbols(out) {
			f := strings.Fields(line)
			bindings[f[2]] = f[0]
		}
		want := map[string]string{"used_map": tc.want, "callback": tc.want, "unused_map": "WEAK", "variable": "WEAK", "called": "WEAK", "prog": "GLOBAL"}
		if d := cmp.Diff(want, bindings); d != "" {
			t.Error(d)
		}
	}
}

// An undefined symbol is named with all who use it, and with a static one of its name.
func TestUndefined(t *testing.T) {
	objs := []*build{
		newBuild().fn("xdp", "prog_a", object.Global, 1, "call missing"),
		newBuild().fn("tc", "prog_b", object.Global, 2, "call missing", "call missing", "call hidden"),
		newBuild().fn(".text", "hidden", object.Local, 3),
	}
	_, warnings, text := linkWith(t, Options{}, objs...)
	want := `a.o: warning: 'missing' is not defined
  at xdp+0x8 (prog_a)
  b.o: tc+0x8 (prog_b): also used here
b.o: warning: 'hidden' is not defined
  at tc+0x18 (prog_b)
  c.o: .text+0x0 (hidden): it is static here
  hint: remove static from its definition
`
	if d := cmp.Diff(want, warnings); d != "" || text != "" {
		t.Error(text, d)
	}
	if _, _, text = linkWith(t, Options{NoUndefined: true}, objs...); !strings.Contains(text, "error: 'missing' is not defined") {
		t.Error(text)
	}
	if _, _, text = linkWith(t, Options{FatalWarnings: true}, objs...); !strings.Contains(text, "warnings are errors") {
		t.Error(text)
	}
}

// A static program is kept, and a warning says who runs it.
func TestStaticProgram(t *testing.T) {
	out, warnings, _ := linkWith(t, Options{}, newBuild().fn("xdp", "prog", object.Local, 1))
	if d := cmp.Diff([]string{"LOCAL xdp+0 prog"}, symbols(out)); d != "" || !strings.Contains(warnings, "program 'prog' is static") {
		t.Error(d, warnings)
	}
}
