package linker

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/bpfsdt/bpf-sdt-link/diag"
	"github.com/bpfsdt/bpf-sdt-link/internal/ar"
	"github.com/bpfsdt/bpf-sdt-link/object"
)

// member makes an object with functions of .text, each "name", "weak name" or "name -> callee".
func member(t *testing.T, functions ...string) ar.Member {
	t.Helper()
	b := newBuild()
	for i, f := range functions {
		name, callee, calls := strings.Cut(f, " -> ")
		bind := uint8(object.Global)
		if rest, ok := strings.CutPrefix(name, "weak "); ok {
			name, bind = rest, object.Weak
		}
		if calls {
			b.fn(".text", name, bind, int32(i), "call "+callee)
		} else {
			b.fn(".text", name, bind, int32(i))
		}
	}
	name := strings.Fields(strings.TrimPrefix(functions[0], "weak "))[0]
	return ar.Member{Name: name + ".o", Data: b.bytes(t)}
}

// prog makes an object with a program that calls functions.
func prog(t *testing.T, calls ...string) []byte {
	t.Helper()
	b := newBuild()
	for _, c := range calls {
		if name, ok := strings.CutPrefix(c, "weakly "); ok {
			b.undef(name, object.Weak)
			calls = slices.Clone(calls)
			calls[slices.Index(calls, c)] = name
		}
	}
	for i := range calls {
		calls[i] = "call " + calls[i]
	}
	return b.fn("xdp", "prog", object.Global, 0, calls...).bytes(t)
}

// linkedFrom links and returns the names of the objects that were linked and the functions of .text in their order.
func linkedFrom(t *testing.T, opts Options, in ...Input) (inputs, functions []string, failure string) {
	t.Helper()
	opts.Output, opts.Map = "out.o", true
	opts.Trace = func(e Event) { inputs = append(inputs, e.Place.Object) }
	r, err := Link(context.Background(), in, opts)
	var f *diag.Failure
	if errors.As(err, &f) {
		return inputs, nil, f.Error()
	}
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range r.Map.Symbols {
		if s.Section >= 0 && r.Map.Sections[s.Section].Name == ".text" {
			functions = append(functions, s.Name)
		}
	}
	return inputs, functions, ""
}

// Members are linked by need, whatever the form of the archive and wherever it stands; the index is not asked.
func TestArchiveMembers(t *testing.T) {
	members := []ar.Member{
		member(t, "unused"), member(t, "first -> second"), member(t, "second", "weak shared"), member(t, "shared"), member(t, "third -> prog_helper"),
		{Name: "README", Data: []byte("some text\n")},
	}
	dir := t.TempDir()
	for _, m := range members {
		if err := os.WriteFile(filepath.Join(dir, m.Name), m.Data, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	packed, err := object.Compress(ar.GNU(members...))
	if err != nil {
		t.Fatal(err)
	}
	for form, data := range map[string][]byte{"gnu": ar.GNU(members...), "bsd": ar.BSD(members...), "thin": ar.Thin(members...), "zstd": packed} {
		path := filepath.Join(dir, form+".a")
		if err := os.WriteFile(path, data, 0o666); err != nil {
			t.Fatal(err)
		}
		in := func(names ...string) (list []string) {
			list = append(list, "prog.o")
			for _, n := range names {
				list = append(list, path+"("+n+".o)")
			}
			return list
		}
		for _, test := range []struct {
			name  string
			calls []string
			want  []string
		}{
			{"needs one", []string{"shared"}, in("second")}, // a weak definition is one
			{"needs another", []string{"first"}, in("first", "second")},
			{"needs two, in the order of the need", []string{"third", "second", "prog_helper"}, append(in("third", "second"), "helper.o")},
			{"needs weakly", []string{"weakly shared"}, in()},
		} {
			for _, archive := range []Input{{Name: path}, {Name: path, Data: data}} {
				objects := []Input{archive, {Name: "prog.o", Data: prog(t, slices.Clone(test.calls)...)}}
				want := test.want
				if want[len(want)-1] == "helper.o" {
					objects = append(objects, Input{Name: "helper.o", Data: member(t, "prog_helper").Data})
					want = slices.Concat([]string{"prog.o", "helper.o"}, want[1:len(want)-1])
				}
				for range len(objects) {
					objects = append(objects[1:], objects[0])
					inputs, _, failure := linkedFrom(t, Options{}, objects...)
					got := slices.Clone(inputs)
					if objects[0].Name == "helper.o" || objects[0].Name == path && len(objects) == 3 && objects[1].Name == "helper.o" {
						got[0], got[1] = got[1], got[0]
					}
					if d := cmp.Diff(want, got); d != "" || failure != "" {
						t.Errorf("%s: %s: %s%s", form, test.name, failure, d)
					}
				}
			}
		}
	}
}

// With WholeArchive all members are linked, where the archive stands; what is no object is left out, with a warning.
func TestWholeArchive(t *testing.T) {
	lib := ar.GNU(member(t, "one"), ar.Member{Name: "README", Data: []byte("text")}, member(t, "two"))
	inputs, functions, failure := linkedFrom(t, Options{}, Input{Name: "lib.a", Data: lib, WholeArchive: true}, Input{Name: "prog.o", Data: prog(t)})
	if want := []string{"lib.a(one.o)", "lib.a(two.o)", "prog.o"}; failure != "" || !slices.Equal(inputs, want) || !slices.Equal(functions, []string{"one", "two"}) {
		t.Errorf("%v, %v, %s; want %v", inputs, functions, failure, want)
	}
}

func TestArchiveMessages(t *testing.T) {
	good := member(t, "one")
	for _, test := range []struct {
		name string
		in   []Input
		want string
	}{
		{"nothing needed", []Input{{Name: "lib.a", Data: ar.GNU(good)}}, "lib.a: error: nothing is linked: no object refers to a member of the archive\n  hint: --whole-archive"},
		{"empty", []Input{{Name: "lib.a", Data: ar.GNU(), WholeArchive: true}}, "lib.a: error: nothing is linked"},
		{"no objects", []Input{{Name: "lib.a", Data: ar.GNU(ar.Member{Name: "README", Data: []byte("text")}), WholeArchive: true}}, "lib.a: error: nothing is linked"},
		{"damaged member", []Input{{Name: "prog.o", Data: prog(t)}, {Name: "lib.a", Data: ar.GNU(good, ar.Member{Name: "bad.o", Data: good.Data[:200]})}}, "lib.a(bad.o): error: "},
		{"duplicate", []Input{{Name: "prog.o", Data: prog(t)}, {Name: "lib.a", Data: ar.GNU(good, good), WholeArchive: true}}, "lib.a(one.o at 0x"},
		{"damaged archive", []Input{{Name: "lib.a", Data: []byte("!<arch>\nrubbish")}}, "lib.a: error: member at 0x8: the archive ends within it"},
		{"bitcode", []Input{{Name: "lib.a", Data: ar.GNU(ar.Member{Name: "b.bc", Data: []byte("BC\xc0\xde....")})}}, "lib.a(b.bc): error: the file is LLVM bitcode"},
	} {
		if _, _, failure := linkedFrom(t, Options{}, test.in...); !strings.Contains(failure, test.want) {
			t.Errorf("%s: %q, want %q", test.name, failure, test.want)
		}
	}
}

// The bytes do not depend on threads, and a map says for whom a member was linked and which were not.
func TestArchiveBeside(t *testing.T) {
	var members []ar.Member
	for i := range 40 {
		members = append(members, member(t, fmt.Sprintf("f%d -> f%d", i, i+2)))
	}
	members = append(members, member(t, "f40"), member(t, "f41"))
	in := []Input{{Name: "lib.a", Data: ar.GNU(members...)}, {Name: "prog.o", Data: prog(t, "f0")}}
	var first []byte
	for _, threads := range []int{1, 2, 7} {
		r, err := Link(context.Background(), in, Options{Threads: threads, Map: true})
		if err != nil {
			t.Fatal(err)
		}
		if first == nil {
			first = r.Object
		}
		if string(first) != string(r.Object) {
			t.Errorf("%d threads give other bytes", threads)
		}
		if len(r.Map.Inputs) != 22 || r.Map.Inputs[3].Symbol != "f4" || r.Map.Inputs[3].By != "lib.a(f2.o)" || r.Map.Inputs[1].By != "prog.o" {
			t.Errorf("%d inputs, the fourth %+v", len(r.Map.Inputs), r.Map.Inputs[3])
		}
		dropped := 0
		for _, d := range r.Map.Dropped {
			if d.Kind == "member" {
				dropped++
			}
		}
		if dropped != 21 {
			t.Errorf("%d members are not linked", dropped)
		}
	}
}
