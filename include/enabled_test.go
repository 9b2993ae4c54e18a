package include

import (
	"bytes"
	"debug/elf"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/cilium/ebpf/btf"
	"github.com/google/go-cmp/cmp"
)

const flagPrefix = "bpf_sdt_enabled_"

// flags returns what an object says of each flag: its symbol, then its variable in BTF, with the DATASEC that it is in.
func (o *object) flags() map[string]string {
	o.t.Helper()
	flags := map[string]string{}
	for _, s := range o.symbols {
		name, ok := strings.CutPrefix(s.Name, flagPrefix)
		if !ok {
			continue
		}
		section := "undefined"
		if s.Section != elf.SHN_UNDEF {
			section = o.file.Sections[s.Section].Name
		}
		flags[name] = fmt.Sprint(elf.ST_BIND(s.Info), " ", elf.ST_TYPE(s.Info), " ", elf.ST_VISIBILITY(s.Other), " ", section, " ", s.Size)
	}
	spec, err := btf.LoadSpecFromReader(bytes.NewReader(o.bytes(o.file.Section(".BTF"))))
	if err != nil {
		o.t.Fatal(err)
	}
	in := map[string]string{}
	for t, err := range spec.All() {
		if err != nil {
			o.t.Fatal(err)
		}
		if d, ok := t.(*btf.Datasec); ok {
			for _, v := range d.Vars {
				in[v.Type.TypeName()] = " in " + d.Name
			}
		}
	}
	for t, err := range spec.All() {
		if err != nil {
			o.t.Fatal(err)
		}
		if name, ok := strings.CutPrefix(t.TypeName(), flagPrefix); ok {
			v := t.(*btf.Var)
			// clang before 22 calls it _Bool
			typ := strings.Replace(typeName(v.Type), "_Bool", "bool", 1)
			flags[name] += fmt.Sprint(", VAR ", v.Linkage, " ", typ, in[v.Name])
		}
	}
	return flags
}

// TestEnabled is about the flags behind BPF_SDT_ENABLED, in all the ways to compile a source that asks for them.
func TestEnabled(t *testing.T) {
	const (
		wanted  = "STB_GLOBAL STT_NOTYPE STV_DEFAULT undefined 0, VAR extern const volatile bool"
		defined = "STB_WEAK STT_OBJECT STV_DEFAULT .rodata 1, VAR global const volatile bool in .rodata"
	)
	forEachClang(t, func(t *testing.T, clang string, mcpus []string) {
		for _, c := range []struct {
			arg   string
			flags map[string]string
			sites int
		}{
			{"-DASKS", map[string]string{"used": wanted, "alone_by_a_macro": wanted}, 2},
			{"-DNEVER", map[string]string{}, 0},
			{"-DBPF_SDT_DEFINE_ENABLED", map[string]string{"used": defined, "alone_by_a_macro": defined, "unused": defined}, 2},
			{"-DBPF_SDT_DISABLE", map[string]string{}, 0},
		} {
			for i, mcpu := range mcpus {
				name := c.arg + " -mcpu=" + mcpu
				args := slices.Concat(strict, []string{"-Wnested-externs", "-Wunreachable-code", c.arg, "-mcpu=" + mcpu, "-std=" + stds[i%len(stds)]})
				data := compile(t, clang, "enabled.c", bpf(args...)...)
				o := readObject(t, data)
				if diff := cmp.Diff(c.flags, o.flags()); diff != "" {
					t.Errorf("%s: flags (-want +got):\n%s", name, diff)
				}
				if len(o.sites) != c.sites {
					t.Errorf("%s: %d sites, want %d", name, len(o.sites), c.sites)
				}
				// Not even a string, for then a declaration would change objects that know of no flag.
				if len(c.flags) == 0 && bytes.Contains(data, []byte(flagPrefix)) {
					t.Errorf("%s: the object has the name of a flag", name)
				}
			}
		}
	})
}

// TestEnabledGCC is BPF_SDT_ENABLED in a program whose logic is compiled for the host too.
func TestEnabledGCC(t *testing.T) {
	t.Parallel()
	needs(t, "gcc")
	data := compile(t, "gcc", "enabled.c", "-DBPF_SDT_DISABLE", "-O2", "-Wall", "-Wextra", "-Wnested-externs", "-Werror")
	if bytes.Contains(data, []byte(flagPrefix)) {
		t.Error("the object has the name of a flag")
	}
}

// TestEnabledUndeclared checks that the flag of a probe that is not declared is none, disabled or not.
func TestEnabledUndeclared(t *testing.T) {
	forEachClang(t, func(t *testing.T, clang string, _ []string) {
		for _, arg := range []string{"-DENABLED", "-DBPF_SDT_DISABLE"} {
			_, output, err := run(t, clang, "reject.c", bpf(arg, "-DUSE=(void)BPF_SDT_ENABLED(nowhere)")...)
			if err == nil || !strings.Contains(output, "_nowhere'") {
				t.Errorf("%s: got %q, want an error that names the probe", arg, output)
			}
		}
	})
}
