package linker

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"runtime"
	"sync"
	"sync/atomic"

	"github.com/bpfsdt/bpf-sdt-link/btfgen"
	"github.com/bpfsdt/bpf-sdt-link/diag"
	"github.com/bpfsdt/bpf-sdt-link/notes"
	"github.com/bpfsdt/bpf-sdt-link/object"
)

// loaded is an input that has been read, or why it could not be.
type loaded struct {
	file   *notes.File
	scan   *notes.Scan
	hashes []uint64 // of its types
	err    error
}

// load reads and checks every input and hands its types to the merger. Inputs are read side by side, and taken in
// their order.
func (l *link) load(inputs []Input) error {
	if len(inputs) == 0 {
		return errors.New("nothing to link: no inputs")
	}
	l.merger = btfgen.NewMerger()
	take := func(i int, in loaded) {
		if l.opts.Progress != nil {
			l.opts.Progress(Progress{"load", i + 1, len(inputs)})
		}
		if in.err == nil {
			l.addUnit(in.file, in.scan, in.hashes)
			return
		}
		var d diag.Diagnostic
		if !errors.As(in.err, &d) {
			d = diag.Errorf("io", diag.Place{Object: inputs[i].Name}, "cannot read: %s", in.err)
		}
		l.log.Add(d)
		l.missing = true
	}
	if n := l.threads(len(inputs)); n > 1 {
		return l.loadBeside(n, inputs, take)
	}
	h := l.merger.NewHasher()
	for i := range inputs {
		if err := l.ctx.Err(); err != nil {
			return err
		}
		take(i, inputs[i].load(h))
	}
	return nil
}

// inputsPerThread is how many inputs make one more thread worth starting.
const inputsPerThread = 4

// threads returns how many threads work on a number of inputs.
func (l *link) threads(inputs int) int {
	n := l.opts.Threads
	if n <= 0 {
		n = runtime.GOMAXPROCS(0)
	}
	return min(n, inputs/inputsPerThread)
}

// loadBeside loads inputs in n threads, which are never more than a few inputs ahead of what is taken.
func (l *link) loadBeside(n int, inputs []Input, take func(i int, in loaded)) error {
	ctx, cancel := context.WithCancel(l.ctx)
	var threads sync.WaitGroup
	defer threads.Wait()
	defer cancel()

	results := make([]loaded, len(inputs))
	ready := make([]chan struct{}, len(inputs))
	for i := range ready {
		ready[i] = make(chan struct{})
	}
	ahead := make(chan struct{}, 4*n)
	var next atomic.Int64
	for range n {
		threads.Go(func() {
			h := l.merger.NewHasher()
			for {
				select {
				case ahead <- struct{}{}:
				case <-ctx.Done():
					return
				}
				i := int(next.Add(1)) - 1
				if i >= len(inputs) || ctx.Err() != nil {
					return
				}
				results[i] = inputs[i].load(h)
				close(ready[i])
			}
		})
	}
	for i := range inputs {
		select {
		case <-ready[i]:
		case <-ctx.Done():
			return ctx.Err()
		}
		take(i, results[i])
		results[i] = loaded{}
		<-ahead
	}
	return nil
}

// load reads an input.
func (in *Input) load(h *btfgen.Hasher) (r loaded) {
	obj, err := in.object()
	if err == nil {
		r.file, err = notes.New(obj)
	}
	if r.err = err; err != nil {
		return r
	}
	r.scan = r.file.Scan()
	if r.file.Types != nil {
		r.hashes = h.Hash(r.file.Types)
	}
	return r
}

// object parses an input: the bytes that there are, or what is needed of a file.
func (in *Input) object() (*object.Object, error) {
	if in.Data != nil {
		return parse(in.Name, in.Data)
	}
	f, err := os.Open(in.Name)
	if err != nil {
		return nil, bare(err)
	}
	defer f.Close()
	fi, err := f.Stat()
	if err != nil {
		return nil, bare(err)
	}
	var magic [4]byte
	if fi.Mode().IsRegular() {
		if n, _ := f.ReadAt(magic[:], 0); !object.Compressed(magic[:n]) {
			return object.Read(in.Name, f, fi.Size())
		}
	}
	data, err := io.ReadAll(f)
	if err != nil {
		return nil, bare(err)
	}
	return parse(in.Name, data)
}

// bare returns an error without the name of the file, which its diagnostic gives.
func bare(err error) error {
	var pe *fs.PathError
	if errors.As(err, &pe) {
		return pe.Err
	}
	return err
}

func parse(name string, data []byte) (*object.Object, error) {
	if object.Compressed(data) {
		var err error
		if data, err = object.Decompress(data); err != nil {
			return nil, diag.Errorf("zstd", diag.Place{Object: name}, "cannot decompress: %s", err)
		}
	}
	return object.Parse(name, data)
}

func (l *link) addUnit(f *notes.File, scan *notes.Scan, hashes []uint64) {
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
	u := &unit{File: f, scan: scan, sectionOf: map[string]int{}}
	u.num = l.merger.AddObject(f.Types, hashes)
	u.allocateCommon()
	for i := len(f.Obj.Sections) - 1; i > 0; i-- {
		u.sectionOf[f.Obj.Sections[i].Name] = i
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
