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
		data, err := in.read()
		if err != nil {
			return err
		}
		f, err := open(in.Name, data)
		var d diag.Diagnostic
		if errors.As(err, &d) {
			l.log.Add(d)
			continue
		}
		if err != nil {
			return err
		}
		l.addUnit(f)
	}
	return nil
}

func (in *Input) read() ([]byte, error) {
	if in.Data != nil {
		return in.Data, nil
	}
	st, err := os.Stat(in.Name)
	if err == nil && st.IsDir() {
		return nil, fmt.Errorf("%s: is a directory", in.Name)
	}
	data, err := os.ReadFile(in.Name)
	var pe *os.PathError
	if errors.As(err, &pe) {
		err = fmt.Errorf("%s: %w", in.Name, pe.Err)
	}
	return data, err
}

func open(name string, data []byte) (*notes.File, error) {
	if object.Compressed(data) {
		var err error
		if data, err = object.Decompress(data); err != nil {
			return nil, diag.Errorf("object", diag.Place{Object: name}, "%s", err)
		}
	}
	return notes.Open(name, data)
}

func (l *link) addUnit(f *notes.File) {
	if l.order == nil {
		l.order = f.Obj.Order
	}
	at := diag.Place{Object: f.Obj.Name}
	if f.Obj.Order != l.order {
		l.log.Add(diag.Errorf("byte-order", at, "the object is %s, the first input is %s", endian(f.Obj), endian(l.units[0].Obj)).
			With(diag.Place{Object: l.units[0].Obj.Name}, "the first input").
			WithHint("compile all with the same -target: bpfel or bpfeb"))
		return
	}
	u := &unit{File: f, index: len(l.units), sectionOf: map[string]int{}}
	for i := len(f.Obj.Sections) - 1; i > 0; i-- {
		u.sectionOf[f.Obj.Sections[i].Name] = i
	}
	l.units = append(l.units, u)
	if f.Types == nil {
		l.log.Add(notes.NoBTF(f))
	}
}

func endian(o *object.Object) string {
	if o.Order.String() == "BigEndian" {
		return "big-endian"
	}
	return "little-endian"
}
