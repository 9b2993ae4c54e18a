// Package interp runs BPF programs of linked objects. It is for tests: small, slow and plain, and as strict as the kernel's
// verifier about what has no value: reading a register or a byte of the stack that was not set is an error.
//
// It takes instructions apart by itself and shares no table with package code, so that the two are opinions of their own.
package interp

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"strings"

	"github.com/bpfsdt/bpf-sdt-link/notes"
	"github.com/bpfsdt/bpf-sdt-link/object"
	"github.com/bpfsdt/bpf-sdt-link/reloc"
)

const insnSize = 8 // bytes

// Machine is an object that can be run. It does not change, and may run in several goroutines.
type Machine struct {
	order binary.ByteOrder
	funcs []function
	named map[string]int
	data  []dataSection
	sites map[spot]site
}

type spot struct {
	section int
	off     uint64
}

type site struct {
	probe string
	regs  []uint8
}

// function is a function with its references resolved.
type function struct {
	name       string
	section    int
	start, end uint64
	code       []byte
	refs       map[uint64]ref // by offset in the section
}

// ref is what an instruction refers to.
type ref struct {
	fn   int // a function, or -1
	data int // a data section
	off  uint64
	err  error // why there is neither: of account only if the instruction runs
}

type dataSection struct {
	name string
	base uint64
	data []byte
}

// Load reads a linked object.
func Load(data []byte) (*Machine, error) {
	f, err := notes.Open("object", bytes.Clone(data)) // what is read aliases it
	if err != nil {
		return nil, err
	}
	o := f.Obj
	m := &Machine{order: o.Order, named: map[string]int{}, sites: map[spot]site{}}
	at := map[spot]int{}
	for i := range o.Symbols {
		s := &o.Symbols[i]
		if s.Type != object.TypeFunc || !s.Defined() || !o.Sections[s.Section].Exec() {
			continue
		}
		sec := &o.Sections[s.Section]
		if n := uint64(len(sec.Data)); s.Value > n || s.Size > n-s.Value || s.Value%insnSize != 0 || s.Size%insnSize != 0 {
			return nil, fmt.Errorf("function '%s' is no instructions of its section", s.Name)
		}
		if _, ok := m.named[s.Name]; ok {
			return nil, fmt.Errorf("two functions are named '%s'", s.Name)
		}
		m.named[s.Name] = len(m.funcs)
		at[spot{int(s.Section), s.Value}] = len(m.funcs)
		m.funcs = append(m.funcs, function{s.Name, int(s.Section), s.Value, s.Value + s.Size, sec.Data, map[uint64]ref{}})
	}
	dataAt := map[int]int{}
	for i := range o.Sections {
		s := &o.Sections[i]
		if s.Flags&object.FlagAlloc != 0 && !s.Exec() {
			dataAt[i] = len(m.data)
			contents := make([]byte, s.Size)
			copy(contents, s.Data)
			d := dataSection{s.Name, dataBase | hash(s.Name)&dataMask, contents}
			for _, other := range m.data {
				if other.base == d.base {
					return nil, fmt.Errorf("sections '%s' and '%s' have one address", other.name, d.name)
				}
			}
			m.data = append(m.data, d)
		}
	}
	for i := range m.funcs {
		if err := m.resolve(o, &m.funcs[i], at, dataAt); err != nil {
			return nil, err
		}
	}
	for _, e := range f.Scan().Entries {
		m.sites[spot{e.Code, e.Nop}] = site{e.Probe, e.Regs}
	}
	return m, nil
}

// resolve finds what the relocations of a function's instructions refer to.
func (m *Machine) resolve(o *object.Object, f *function, at map[spot]int, dataAt map[int]int) error {
	for _, r := range o.Sections[f.section].Relocs {
		if r.Offset < f.start || r.Offset >= f.end {
			continue
		}
		y := &o.Symbols[r.Sym]
		field, err := reloc.Classify(r.Type, true, f.code, r.Offset)
		if err != nil {
			return err
		}
		if !y.Defined() {
			f.refs[r.Offset] = ref{fn: -1, err: fmt.Errorf("refers to '%s', which is not defined", y.Name)}
			continue
		}
		off := y.Value + uint64(field.Addend(o.Order, f.code, r.Offset, o.Sections[y.Section].Size))
		to := ref{fn: -1, off: off}
		if fn, ok := at[spot{int(y.Section), off}]; ok {
			to.fn = fn
		} else if d, ok := dataAt[int(y.Section)]; ok {
			to.data = d
		} else {
			to.err = fmt.Errorf("refers to %s+%#x, which is neither a function nor data", o.SymbolLabel(r.Sym), off)
		}
		f.refs[r.Offset] = to
	}
	return nil
}

// starting returns the function that starts at a position of a section.
func (m *Machine) starting(section int, off int64) (int, bool) {
	for i := range m.funcs {
		if m.funcs[i].section == section && int64(m.funcs[i].start) == off {
			return i, true
		}
	}
	return 0, false
}

// address is a number for a function that does not depend on where it is.
func (m *Machine) address(fn int) uint64 { return hash(m.funcs[fn].name) | 1<<63 }

// hash is a number for a name, FNV-1a.
func hash(name string) uint64 {
	h := uint64(14695981039346656037)
	for _, c := range []byte(name) {
		h = (h ^ uint64(c)) * 1099511628211
	}
	return h
}

func (m *Machine) functionAt(address uint64) (int, bool) {
	for i := range m.funcs {
		if m.address(i) == address {
			return i, true
		}
	}
	return 0, false
}

// String names the functions.
func (m *Machine) String() string {
	var names []string
	for i := range m.funcs {
		names = append(names, m.funcs[i].name)
	}
	return strings.Join(names, ", ")
}
