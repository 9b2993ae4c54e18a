package sdt_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/btf"
	"github.com/google/go-cmp/cmp"

	"github.com/bpfsdt/bpf-sdt-link/linker"
	"github.com/bpfsdt/bpf-sdt-link/object"
	"github.com/bpfsdt/bpf-sdt-link/sdt"
)

// compilers are those that made the committed objects.
var compilers = []string{"clang14", "clang19", "clang22"}

func eachCompiler(t *testing.T, test func(t *testing.T, compiler string)) {
	for _, c := range compilers {
		t.Run(c, func(t *testing.T) { test(t, c) })
	}
}

func fixture(t *testing.T, name, compiler string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name+"."+compiler+".el.o.zst"))
	if err != nil {
		t.Fatal(err)
	}
	if data, err = object.Decompress(data); err != nil {
		t.Fatal(err)
	}
	return data
}

// link links an object of testdata by rules as of the command line: "call:a,b", or "probe=function" for --attach.
func link(t *testing.T, name, compiler string, rules ...string) []byte {
	t.Helper()
	return linkWith(t, name, compiler, "", rules...)
}

func linkWith(t *testing.T, name, compiler, stubPrefix string, rules ...string) []byte {
	t.Helper()
	return linkData(t, name+".o", fixture(t, name, compiler), stubPrefix, rules...)
}

func linkData(t *testing.T, name string, data []byte, stubPrefix string, rules ...string) []byte {
	t.Helper()
	return linkOptions(t, name, data, linker.Options{Output: "out.o", StubPrefix: stubPrefix}, rules...)
}

// linkObservers turns sections bpf_sdt into fentry.
func linkObservers(t *testing.T, data []byte) []byte {
	t.Helper()
	return linkOptions(t, "observer.o", data, linker.Options{Output: "out.o", Observers: true})
}

func linkOptions(t *testing.T, name string, data []byte, opts linker.Options, rules ...string) []byte {
	t.Helper()
	for _, r := range rules {
		if strings.Contains(r, "=") {
			a, err := linker.ParseAttachment(r)
			if err != nil {
				t.Fatal(err)
			}
			opts.Attach = append(opts.Attach, a)
			continue
		}
		p, err := linker.ParseProbeRule(r)
		if err != nil {
			t.Fatal(err)
		}
		opts.Probes = append(opts.Probes, p)
	}
	res, err := linker.Link(context.Background(), []linker.Input{{Name: name, Data: data}}, opts)
	if err != nil {
		t.Fatalf("link: %v", err)
	}
	return res.Object
}

func spec(t *testing.T, object []byte) *ebpf.CollectionSpec {
	t.Helper()
	s, err := ebpf.LoadCollectionSpecFromReader(bytes.NewReader(object))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// found is a probe as the tests compare it.
type found struct {
	Args   string
	Linked string
	Stub   string
	Sites  []string // function, callee, programs
	Flag   bool
}

func list(t *testing.T, s *ebpf.CollectionSpec) map[string]found {
	t.Helper()
	probes, err := sdt.Probes(s)
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]found{}
	for i, p := range probes {
		if i > 0 && probes[i-1].Name >= p.Name {
			t.Errorf("probe '%s' comes after '%s'", p.Name, probes[i-1].Name)
		}
		f := found{Args: typeNames(p.Args), Linked: p.Linked().String(), Stub: p.Stub, Flag: p.HasFlag}
		for _, site := range p.Sites {
			f.Sites = append(f.Sites, fmt.Sprintf("%s calls %s in %s", site.Function, site.Callee, strings.Join(site.Programs, " ")))
		}
		all[p.Name] = f
	}
	return all
}

func typeNames(types []btf.Type) string {
	var names []string
	for _, t := range types {
		name := ""
		if p, ok := t.(*btf.Pointer); ok {
			name, t = "*", p.Target
		}
		names = append(names, t.TypeName()+name)
	}
	return strings.Join(names, ", ")
}

func TestProbes(t *testing.T) {
	const sized = "unsigned char, short, unsigned int, long long, size"
	nop := map[string]found{
		"never":         {Linked: "nop"},
		"packet_costly": {Args: "unsigned long long", Linked: "nop", Flag: true},
		"packet_in":     {Args: "int, xdp_md*", Linked: "nop"},
		"packet_short":  {Args: "int", Linked: "nop"},
		"packet_sized":  {Args: sized, Linked: "nop"},
		"packet_tally":  {Args: "int", Linked: "nop"},
	}
	inVerdict := func(callee string) []string { return []string{"verdict calls " + callee + " in count filter"} }
	called := map[string]found{
		"never": nop["never"],
		"packet_costly": {Args: "unsigned long long", Linked: "call", Stub: "packet_costly",
			Sites: []string{"costly calls packet_costly in costly"}, Flag: true},
		"packet_in":    {Args: "int, xdp_md*", Linked: "call", Stub: "packet_in", Sites: []string{"filter calls packet_in in filter"}},
		"packet_short": {Args: "int", Linked: "call", Stub: "packet_short", Sites: inVerdict("packet_short")},
		"packet_sized": {Args: sized, Linked: "call", Stub: "packet_sized", Sites: inVerdict("packet_sized")},
		"packet_tally": {Args: "int", Linked: "attach", Sites: []string{"count calls on_tally in count"}},
	}
	some := map[string]found{}
	for name, p := range nop {
		some[name] = p
	}
	some["packet_short"] = called["packet_short"]
	eachCompiler(t, func(t *testing.T, compiler string) {
		for _, c := range []struct {
			rules []string
			want  map[string]found
		}{
			{nil, nop},
			{[]string{"call", "packet_tally=on_tally"}, called},
			{[]string{"call:packet_short"}, some},
		} {
			if diff := cmp.Diff(c.want, list(t, spec(t, link(t, "target", compiler, c.rules...)))); diff != "" {
				t.Errorf("%q (-want +got):\n%s", c.rules, diff)
			}
		}
	})
}

// TestSiteInsn follows the position of a site to the call there.
func TestSiteInsn(t *testing.T) {
	s := spec(t, link(t, "target", "clang19", "call"))
	p, err := sdt.Lookup(s, "packet_in")
	if err != nil {
		t.Fatal(err)
	}
	if len(p.Sites) != 1 {
		t.Fatalf("%d sites", len(p.Sites))
	}
	for it := s.Programs["filter"].Instructions.Iterate(); it.Next(); {
		if uint64(it.Offset) == p.Sites[0].Insn {
			if !it.Ins.IsFunctionCall() || it.Ins.Reference() != "packet_in" {
				t.Errorf("instruction %d is %v", it.Offset, it.Ins)
			}
			return
		}
	}
	t.Errorf("no instruction %d", p.Sites[0].Insn)
}

func TestProgramsOfProbe(t *testing.T) {
	s := spec(t, link(t, "target", "clang19", "call"))
	for probe, want := range map[string][]string{"packet_in": {"filter"}, "packet_short": {"count", "filter"}} {
		p, err := sdt.Lookup(s, probe)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, p.Programs()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", probe, diff)
		}
	}
}

func TestLookup(t *testing.T) {
	s := spec(t, link(t, "target", "clang22", "call:packet_in", "packet_tally=on_tally"))
	for _, c := range []struct {
		name, found string
		err         error
		text        string
	}{
		{"packet_in", "packet_in", nil, ""},
		{"packet_short", "packet_short", sdt.ErrNotLowered, "probe 'packet_short' is linked as a NOP: "},
		{"packet_tally", "packet_tally", sdt.ErrNotLowered, "probe 'packet_tally' calls 'on_tally': "},
		{"packet_on", "", sdt.ErrNoProbe, "'packet_on'; did you mean 'packet_in'?"},
		{"qqqq", "", sdt.ErrNoProbe, "'qqqq'; there are never, packet_costly, packet_in, "},
	} {
		p, err := sdt.Lookup(s, c.name)
		if p.Name != c.found || !errors.Is(err, c.err) || err != nil && !strings.Contains(err.Error(), c.text) {
			t.Errorf("%s: got probe '%s' and error %v, want '%s' and %q", c.name, p.Name, err, c.found, c.text)
		}
	}
}

func TestProbesNoBTF(t *testing.T) {
	for _, s := range []*ebpf.CollectionSpec{nil, {}} {
		if _, err := sdt.Probes(s); err == nil || !strings.Contains(err.Error(), "compile with -g") {
			t.Errorf("got %v", err)
		}
	}
}

func TestEnable(t *testing.T) {
	eachCompiler(t, func(t *testing.T, compiler string) {
		for _, rule := range []string{"nop", "call", "strip"} {
			s := spec(t, link(t, "target", compiler, rule))
			value := func() (v uint8) {
				if err := s.Variables["bpf_sdt_enabled_packet_costly"].Get(&v); err != nil {
					t.Fatal(err)
				}
				return v
			}
			if got := value(); got != 0 {
				t.Errorf("%s: the flag is %d in the object", rule, got)
			}
			if err := sdt.Enable(s, "packet_costly"); err != nil || value() != 1 {
				t.Errorf("%s: Enable: the flag is %d, error %v", rule, value(), err)
			}
			if err := sdt.Disable(s, "packet_costly"); err != nil || value() != 0 {
				t.Errorf("%s: Disable: the flag is %d, error %v", rule, value(), err)
			}
		}
	})
}

func TestEnableErrors(t *testing.T) {
	s := spec(t, link(t, "target", "clang22", "call"))
	for _, c := range []struct {
		name string
		err  error
		text string
	}{
		{"packet_in", sdt.ErrNoFlag, "probe 'packet_in': "},
		{"packet_costy", sdt.ErrNoProbe, "did you mean 'packet_costly'?"},
	} {
		err := sdt.Enable(s, "packet_costly", c.name)
		if !errors.Is(err, c.err) || !strings.Contains(err.Error(), c.text) {
			t.Errorf("%s: got %v, want %q", c.name, err, c.text)
		}
		var v uint8
		if err := s.Variables["bpf_sdt_enabled_packet_costly"].Get(&v); err != nil || v != 0 {
			t.Errorf("%s: a flag was set beside an error: %d, %v", c.name, v, err)
		}
	}
	if err := sdt.Enable(nil, "packet_in"); !errors.Is(err, sdt.ErrNoProbe) {
		t.Errorf("no spec: got %v", err)
	}
}
