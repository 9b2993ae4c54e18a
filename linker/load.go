package linker

import (
	"errors"
	"fmt"
	"os"

	"github.com/bpfsdt/bpf-sdt-link/diag"
	"github.com/bpfsdt/bpf-sdt-link/notes"
	"github.com/bpfsdt/bpf-sdt-link/object"
)

// load reads and checks every input.
func (l *link) load(inputs []Input) error {
	if len(inputs) == 0 {
		return errors.New("nothing to link: no inputs")
	}
	for _, in := range inputs {
		if err := l.ctx.Err(); err != nil {
			return err
		}
		f, err := in.open()
		if err != nil {
			var d diag.Diagnostic
			if !errors.As(err, &d) {
				d = diag.Errorf("io", diag.Place{Object: in.Name}, "%s", err)
			}
			l.log.Add(d)
			l.missing = true
			continue
		}
		l.addUnit(f)
	}
	return nil
}

func (in *Input) read() ([]byte, error) {
	if in.Data != nil {
		return in.Data, nil
	}
	data, err := os.ReadFile(in.Name)
	var pe *os.PathError
	if errors.As(err, &pe) {
		err = pe.Err // the diagnostic names the file
	}
	if err != nil {
		err = fmt.Errorf("cannot read: %w", err)
	}
	return data, err
}

func (in *Input) open() (*notes.File, error) {
	data, err := in.read()
	if err != nil {
		return nil, err
	}
	if object.Compressed(data) {
		if data, err = object.Decompress(data); err != nil {
			return nil, diag.Errorf("zstd", diag.Place{Object: in.Name}, "cannot decompress: %s", err)
		}
	}
	return notes.Open(in.Name, data)
}

func (l *link) addUnit(f *notes.File) {
	if l.order == nil {
		l.order = f.Obj.Order
	}
	at := diag.Place{Object: f.Obj.Name}
	if f.Obj.Order != l.order {
		l.missing = true
		l.log.Add(diag.Errorf("byte-order", at, "the object is %s, the first input is %s", endian(f.Obj), endian(l.units[0].Obj)).
			With(diag.Place{Object: l.units[0].Obj.Name}, "the first input").
			WithHint("compile all with the same -target: bpfel or bpfeb"))
		return
	}
	u := &unit{File: f, sectionOf: map[string]int{}}
	u.allocateCommon()
	for i := len(f.Obj.Sections) - 1; i > 0; i-- {
		if s := &f.Obj.Sections[i]; s.Type == object.SecProgbits || s.Type == object.SecNobits { // a table may have the same name
			u.sectionOf[s.Name] = i
		}
	}
	l.units = append(l.units, u)
	if f.Types == nil {
		l.log.Add(notes.NoBTF(f))
	}
}

// allocateCommon gives the common symbols of an input a place in a .bss of their own. As in every linker, the
// largest of several common symbols of a name wins, and any definition wins over them.
func (u *unit) allocateCommon() {
	o := u.Obj
	bss := object.Section{Name: ".bss", Type: object.SecNobits, Flags: object.FlagAlloc | object.FlagWrite, Align: 1}
	for i := range o.Symbols {
		s := &o.Symbols[i]
		if s.Section != object.Common {
			continue
		}
		if u.common == nil {
			u.common = map[uint32]bool{}
		}
		align := max(s.Value, 1) // of a common symbol the value is its alignment
		if align&(align-1) != 0 || align > 1<<31 || s.Size > 1<<40 {
			align, s.Size = 8, 0 // no compiler makes it
		}
		u.common[uint32(i)] = true
		bss.Align = max(bss.Align, align)
		s.Section, s.Value = uint32(len(o.Sections)), (bss.Size+align-1)&^(align-1)
		bss.Size = s.Value + s.Size
	}
	if u.common != nil {
		o.Sections = append(o.Sections, bss)
	}
}

func endian(o *object.Object) string {
	if o.Order.String() == "BigEndian" {
		return "big-endian"
	}
	return "little-endian"
}
