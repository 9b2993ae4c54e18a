package linker_test

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/asm"

	"github.com/bpfsdt/bpf-sdt-link/object"
)

// needKernel skips a test where the kernel does not take the simplest of programs. It decides that with a program of
// its own: what the verifier says of a program under test is never a reason to skip.
func needKernel(t *testing.T) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("loading a program needs root")
	}
	p, err := ebpf.NewProgram(&ebpf.ProgramSpec{
		Type: ebpf.XDP, License: "GPL",
		Instructions: asm.Instructions{asm.Mov.Imm(asm.R0, 2), asm.Return()},
	})
	switch {
	case errors.Is(err, syscall.EPERM), errors.Is(err, syscall.ENOSYS), errors.Is(err, ebpf.ErrNotSupported):
		t.Skipf("the kernel does not let this process load an XDP program: %v", err)
	case err != nil:
		t.Fatal(err)
	}
	p.Close()
	if _, err := os.Stat("/sys/kernel/btf/vmlinux"); err != nil {
		t.Skip("the kernel has no BTF of its own (CONFIG_DEBUG_INFO_BTF)")
	}
}

const bpffs = "/sys/fs/bpf"

// plain returns an object uncompressed.
func plain(t *testing.T, data []byte) []byte {
	t.Helper()
	if object.Compressed(data) {
		var err error
		if data, err = object.Decompress(data); err != nil {
			t.Fatal(err)
		}
	}
	return data
}

// loaded is a program as some loader brought it into the kernel.
type loaded struct {
	programs map[string]*ebpf.Program
	maps     map[string]*ebpf.Map // the programs' own, not those of data sections
	read     func(variable) ([]byte, error)
}

// variable is a global variable as the symbol table has it.
type variable struct {
	name, section string
	offset, size  uint64
}

// contents returns the programs and global variables that an object has, by its symbol table alone.
func contents(t *testing.T, obj []byte) (programs []string, variables []variable) {
	t.Helper()
	f, err := elf.NewFile(bytes.NewReader(obj))
	if err != nil {
		t.Fatal(err)
	}
	symbols, err := f.Symbols()
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range symbols {
		if int(s.Section) >= len(f.Sections) || elf.ST_BIND(s.Info) == elf.STB_LOCAL {
			continue
		}
		switch section := f.Sections[s.Section].Name; {
		case section == ".bss", section == ".data", section == ".rodata":
			variables = append(variables, variable{s.Name, section, s.Value, s.Size})
		case elf.ST_TYPE(s.Info) == elf.STT_FUNC && section != ".text":
			programs = append(programs, s.Name)
		}
	}
	slices.Sort(programs)
	slices.SortFunc(variables, func(a, b variable) int { return strings.Compare(a.name, b.name) })
	return programs, variables
}

func spec(t *testing.T, obj []byte) *ebpf.CollectionSpec {
	t.Helper()
	s, err := ebpf.LoadCollectionSpecFromReader(bytes.NewReader(obj))
	if err != nil {
		t.Fatalf("cilium/ebpf does not read the object: %v", err)
	}
	return s
}

// runCilium loads an object with cilium/ebpf, runs it, and says what it did.
func runCilium(t *testing.T, obj []byte) string {
	t.Helper()
	s := spec(t, obj)
	coll, err := ebpf.NewCollection(s)
	if err != nil {
		var ve *ebpf.VerifierError
		if errors.As(err, &ve) {
			t.Fatalf("cilium/ebpf does not load the object: %+v", ve)
		}
		t.Fatalf("cilium/ebpf does not load the object: %v", err)
	}
	defer coll.Close()
	l := loaded{programs: coll.Programs, maps: map[string]*ebpf.Map{}}
	for name, m := range coll.Maps {
		if !strings.HasPrefix(name, ".") {
			l.maps[name] = m
		}
	}
	l.read = func(v variable) ([]byte, error) {
		cv := coll.Variables[v.name]
		if cv == nil {
			return nil, errors.New("cilium/ebpf does not know it")
		}
		b := make([]byte, v.size)
		return b, cv.Get(b)
	}
	return l.run(t, obj)
}

// runLibbpf loads an object with libbpf, runs it, and says what it did.
func runLibbpf(t *testing.T, obj []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "out.o")
	if err := os.WriteFile(path, obj, 0o644); err != nil {
		t.Fatal(err)
	}
	pins, err := os.MkdirTemp(bpffs, "sdt-link-")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(pins)
	out, err := exec.Command("bpftool", "prog", "loadall", path, pins+"/programs", "pinmaps", pins+"/maps").CombinedOutput()
	if err != nil {
		t.Fatalf("libbpf does not load the object: %v\n%s", err, out)
	}

	l := loaded{programs: map[string]*ebpf.Program{}, maps: map[string]*ebpf.Map{}}
	for name, path := range pinned(t, pins+"/programs") {
		if l.programs[name], err = ebpf.LoadPinnedProgram(path, nil); err != nil {
			t.Fatal(err)
		}
		defer l.programs[name].Close()
	}
	sections := map[string]*ebpf.Map{}
	for name, path := range pinned(t, pins+"/maps") {
		m, err := ebpf.LoadPinnedMap(path, nil)
		if err != nil {
			t.Fatal(err)
		}
		defer m.Close()
		// libbpf pins the map of .bss as <object>_bss, but that of .rodata.cst16 as _rodata_cst16.
		if _, section, ok := strings.Cut(name, "_"); ok {
			sections["."+section] = m
		} else {
			l.maps[name] = m
		}
	}
	l.read = func(v variable) ([]byte, error) {
		m := sections[v.section]
		if m == nil {
			return nil, fmt.Errorf("libbpf made no map of %s", v.section)
		}
		b, err := m.LookupBytes(uint32(0))
		if err != nil {
			return nil, err
		}
		if uint64(len(b)) < v.offset+v.size {
			return nil, fmt.Errorf("it ends at %d in libbpf's map of %s, which has %d bytes", v.offset+v.size, v.section, len(b))
		}
		return b[v.offset : v.offset+v.size], nil
	}
	return l.run(t, obj)
}

// pinned returns the objects of a folder in bpffs by name.
func pinned(t *testing.T, dir string) map[string]string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
	paths := map[string]string{}
	for _, e := range entries {
		paths[e.Name()] = filepath.Join(dir, e.Name())
	}
	return paths
}

// packetSizes are on both sides of each limit that the programs have, and give all remainders that they use.
var packetSizes = []int{14, 15, 64, 65, 66, 99, 101, 150}

// run runs every program on every packet, and says what that returned and what stands in maps and global variables
// after it, a line each.
func (l *loaded) run(t *testing.T, obj []byte) string {
	t.Helper()
	var text strings.Builder
	programs, variables := contents(t, obj)
	if got := slices.Sorted(maps.Keys(l.programs)); !slices.Equal(programs, got) {
		t.Fatalf("programs %q are loaded of %q", got, programs)
	}
	for _, name := range programs {
		for _, size := range packetSizes {
			packet := bytes.Repeat([]byte{byte(size)}, size)
			out := make([]byte, size+256)
			opts := ebpf.RunOptions{Data: packet, DataOut: out}
			ret, err := runOnce(l.programs[name], &opts)
			if err != nil {
				t.Fatalf("run %s with %d bytes: %v", name, size, err)
			}
			fmt.Fprintf(&text, "%s %d: %d, %s\n", name, size, int32(ret), change(packet, opts.DataOut))
		}
	}
	for _, v := range variables {
		value, err := l.read(v)
		if err != nil {
			t.Fatalf("variable %s: %v", v.name, err)
		}
		fmt.Fprintf(&text, "var %s: %x\n", v.name, value)
	}
	for _, name := range slices.Sorted(maps.Keys(l.maps)) {
		if typ := l.maps[name].Type(); typ != ebpf.Array && typ != ebpf.Hash {
			continue // its values are ids
		}
		entries := dumpMap(t, l.maps[name])
		fmt.Fprintf(&text, "map %s: %d entries\n%s", name, len(entries), strings.Join(entries, ""))
	}
	return text.String()
}

func dumpMap(t *testing.T, m *ebpf.Map) []string {
	t.Helper()
	var entries []string
	var key, value []byte
	it := m.Iterate()
	for it.Next(&key, &value) {
		entries = append(entries, fmt.Sprintf("  %d: %x\n", binary.LittleEndian.Uint32(key), value))
	}
	if err := it.Err(); err != nil {
		t.Fatal(err)
	}
	slices.Sort(entries)
	return entries
}

// change says what a program made of a packet.
func change(in, out []byte) string {
	if bytes.Equal(in, out) {
		return "packet as it was"
	}
	return fmt.Sprintf("packet %x", out)
}
