package notes

import (
	"errors"

	"github.com/bpfsdt/bpf-sdt-link/btfgen"
	"github.com/bpfsdt/bpf-sdt-link/diag"
	"github.com/bpfsdt/bpf-sdt-link/object"
)

// File is an object with its BTF read.
type File struct {
	Obj   *object.Object
	Types *btfgen.Types // nil without a .BTF section; it may have the types of other objects too
	Index btfgen.Index  // the object's own in Types
	Ext   *btfgen.Ext   // nil without a .BTF.ext section
}

// Open reads an object, which must not be compressed. The result aliases data. The error is a diag.Diagnostic.
func Open(name string, data []byte) (*File, error) {
	obj, err := object.Parse(name, data)
	if err != nil {
		return nil, err
	}
	return New(obj)
}

// New reads the BTF of an object. The error is a diag.Diagnostic.
func New(obj *object.Object) (*File, error) {
	name := obj.Name
	f := &File{Obj: obj}
	var btf, ext *object.Section
	for i := range obj.Sections {
		s := &obj.Sections[i]
		if s.Type != object.SecProgbits {
			continue
		}
		var slot **object.Section
		switch s.Name {
		case ".BTF":
			slot = &btf
		case ".BTF.ext":
			slot = &ext
		default:
			continue
		}
		if *slot != nil {
			return nil, diag.Errorf("btf", diag.Place{Object: name, Section: s.Name}, "there are two sections '%s'", s.Name)
		}
		*slot = s
	}
	var err error
	if btf != nil && len(btf.Data) > 0 {
		if f.Types, err = btfgen.ParseTypes(btf.Data, obj.Order); err != nil {
			return nil, diag.Errorf("btf", diag.Place{Object: name, Section: btf.Name}, "bad BTF: %s", err)
		}
		f.Index = f.Types.Index()
	}
	if ext != nil && len(ext.Data) > 0 {
		err = errors.New("there is no .BTF that it belongs to")
		if f.Types != nil {
			f.Ext, err = btfgen.ParseExt(ext.Data, obj.Order, f.Types, recordOwner(obj, ext))
		}
		if err != nil {
			return nil, diag.Errorf("btf", diag.Place{Object: name, Section: ext.Name}, "bad .BTF.ext: %s", err)
		}
	}
	return f, nil
}

// recordOwner tells records of .BTF.ext apart where names do not, because two code sections have one name: by
// their relocations, which clang makes and llvm-strip -g takes away. It returns nil where names are enough.
func recordOwner(o *object.Object, ext *object.Section) func(pos uint32) int {
	names := map[string]bool{}
	twice := false
	for i := range o.Sections {
		if s := &o.Sections[i]; s.Exec() {
			twice = twice || names[s.Name]
			names[s.Name] = true
		}
	}
	if !twice {
		return nil
	}
	index := 0
	for i := range o.Sections {
		if &o.Sections[i] == ext {
			index = i
		}
	}
	rels, err := o.RelocsOf(index)
	if err != nil || len(rels) == 0 {
		return nil
	}
	owner := make(map[uint32]int, len(rels))
	for _, r := range rels {
		if s := &o.Symbols[r.Sym]; s.Defined() {
			owner[uint32(r.Offset)] = int(s.Section)
		}
	}
	return func(pos uint32) int { return owner[pos] }
}

// Place returns the place of the instruction at a byte offset of a section, with function and source
// line where they are known. start is the position of the function, name its name.
func (f *File) Place(section int, off uint64, name string, start uint64) diag.Place {
	sec := f.Obj.Sections[section].Name
	p := diag.Place{Object: f.Obj.Name, Symbol: name}.At(sec, off)
	if f.Types != nil {
		if l, ok := f.Ext.LineAt(f.Types, section, sec, start, off); ok {
			p.File, p.Line, p.Column = l.File, l.Line, l.Column
		}
	}
	return p
}
