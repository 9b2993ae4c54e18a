//go:build !windows

package linker_test

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/cilium/ebpf"
	ebpflink "github.com/cilium/ebpf/link"
)

// loadCollection loads with cilium/ebpf, and says what the verifier said if that fails.
func loadCollection(t *testing.T, s *ebpf.CollectionSpec) *ebpf.Collection {
	t.Helper()
	c, err := ebpf.NewCollection(s)
	if err != nil {
		t.Fatalf("cilium/ebpf does not load the object: %+v", err)
	}
	t.Cleanup(c.Close)
	return c
}

// observeCilium loads and observes with cilium/ebpf.
func observeCilium(t *testing.T, target, observer []byte, o observed) (got outcome) {
	s := spec(t, target)
	if o.flag != "" {
		if err := s.Variables[o.flag].Set(true); err != nil {
			t.Fatal(err)
		}
	}
	c := loadCollection(t, s)
	var observers []*ebpf.Collection
	var links []ebpflink.Link
	for _, w := range o.watches {
		all := spec(t, observer)
		p := all.Programs[w.observer]
		p.AttachTarget, p.AttachTo = c.Programs[w.program], w.stub
		all.Programs = map[string]*ebpf.ProgramSpec{w.observer: p}
		oc := loadCollection(t, all)
		l, err := ebpflink.AttachTracing(ebpflink.TracingOptions{Program: oc.Programs[w.observer]})
		if err != nil {
			t.Fatalf("attach %s: %v", w.observer, err)
		}
		t.Cleanup(func() { l.Close() })
		observers, links = append(observers, oc), append(links, l)
	}
	run := func() {
		for _, name := range o.programs {
			ret, err := c.Programs[name].Run(&ebpf.RunOptions{Data: packet()})
			if err != nil {
				t.Fatalf("run %s: %v", name, err)
			}
			got.Results = append(got.Results, fmt.Sprintf("%s %d", name, ret))
		}
	}
	run()
	if len(links) > 0 {
		if err := links[0].Close(); err != nil {
			t.Fatal(err)
		}
	}
	run()
	for _, oc := range observers {
		var s seen
		if err := oc.Variables["seen"].Get(&s); err != nil {
			t.Fatal(err)
		}
		got.Seen = append(got.Seen, s)
	}
	if err := c.Variables["work"].Get(&got.Work); err != nil {
		t.Fatal(err)
	}
	if err := c.Maps["counts"].Lookup(uint32(0), &got.Count); err != nil {
		t.Fatal(err)
	}
	return got
}

// observeLibbpf does the same with testdata/observe.c, a program that uses libbpf, whose path is in the environment.
func observeLibbpf(t *testing.T, target, observer []byte, o observed) (got outcome) {
	program := os.Getenv("BPF_SDT_OBSERVE")
	if program == "" {
		t.Skip("BPF_SDT_OBSERVE does not name the program that testdata/observe.c compiles to")
	}
	dir := t.TempDir()
	args := []string{filepath.Join(dir, "target.o"), filepath.Join(dir, "observer.o")}
	for i, data := range [][]byte{target, observer} {
		if err := os.WriteFile(args[i], data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if o.flag != "" {
		args = append(args, fmt.Sprintf("=%d", flagOffset(t, target, o.flag)))
	}
	for _, w := range o.watches {
		args = append(args, w.String())
	}
	cmd := exec.Command(program, append(args, o.programs...)...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("libbpf: %v\n%s%s", err, out, stderr.Bytes())
	}
	for line := range strings.Lines(string(out)) {
		got.add(t, strings.TrimSpace(line))
	}
	return got
}

func flagOffset(t *testing.T, obj []byte, name string) uint64 {
	t.Helper()
	_, variables := contents(t, obj)
	for _, v := range variables {
		if v.name == name && v.section == ".rodata" && v.size == 1 {
			return v.offset
		}
	}
	t.Fatalf("no byte %s in .rodata, but %v", name, variables)
	return 0
}

// add takes one line of what observe.c prints.
func (o *outcome) add(t *testing.T, line string) {
	t.Helper()
	name, value, _ := strings.Cut(line, " ")
	switch name {
	case "seen", "bss", "counts":
		data, err := hex.DecodeString(value)
		if err != nil {
			t.Fatalf("libbpf: %q: %v", line, err)
		}
		o.read(t, name, data)
	default:
		o.Results = append(o.Results, line)
	}
}

func (o *outcome) read(t *testing.T, name string, data []byte) {
	t.Helper()
	var into any = &o.Work
	switch name {
	case "seen":
		o.Seen = append(o.Seen, seen{})
		into = &o.Seen[len(o.Seen)-1]
	case "counts":
		into = &o.Count
	}
	if err := binary.Read(bytes.NewReader(data), binary.LittleEndian, into); err != nil {
		t.Fatalf("libbpf: %s: %v", name, err)
	}
}
