package linker

import (
	"context"
	"errors"
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
	file    *notes.File
	types   *btfgen.Prepared // nil if it has no BTF
	archive *object.Archive  // then it is no object
	err     error
}

// loader loads one input after the other. What it returns is good until the next.
type loader struct {
	object.Reader
	hasher *btfgen.Hasher
}

func (l *link) newLoader() *loader { return &loader{hasher: l.merger.NewHasher()} }

// load reads and checks every input and hands its types to the merger. Inputs are read side by side, and taken in
// their order. What of archives is needed shows when all objects are known.
func (l *link) load(inputs []Input) error {
	if len(inputs) == 0 {
		return errors.New("nothing to link: no inputs")
	}
	l.merger = btfgen.NewMerger()
	err := l.loadAll(inputs, func(i int, in loaded) error {
		if l.opts.Progress != nil {
			l.opts.Progress(Progress{"load", i + 1, len(inputs)})
		}
		if inputs[i].Data == nil {
			l.files = append(l.files, inputs[i].Name)
		}
		if in.archive != nil {
			return l.takeArchive(in.archive, inputs[i].WholeArchive)
		}
		l.take(inputs[i].Name, in)
		return nil
	})
	if err == nil && len(l.archives) > 0 {
		err = l.pullMembers()
	}
	if err == nil && len(l.units) == 0 && !l.missing { // of archives that are empty, or that nothing needs
		l.log.Add(diag.Errorf("archive", diag.Place{Object: inputs[0].Name}, "nothing is linked: no object refers to a member of the archive").
			WithHint("--whole-archive links all members"))
	}
	return err
}

// take makes an object one of the link's, or reports why not.
func (l *link) take(name string, in loaded) *unit {
	if in.err == nil {
		return l.addUnit(in.file, in.types)
	}
	l.unreadable(name, in.err)
	return nil
}

// unreadable reports an input that cannot be read.
func (l *link) unreadable(name string, err error) {
	var d diag.Diagnostic
	if !errors.As(err, &d) {
		d = diag.Errorf("io", diag.Place{Object: name}, "cannot read: %s", err)
	}
	l.log.Add(d)
	l.missing = true
}

// loadAll loads inputs and calls take for each, in their order.
func (l *link) loadAll(inputs []Input, take func(i int, in loaded) error) error {
	if n := l.threads(len(inputs)); n > 1 {
		return l.loadBeside(n, inputs, take)
	}
	ld := l.newLoader()
	for i := range inputs {
		if err := l.ctx.Err(); err != nil {
			return err
		}
		if err := take(i, ld.load(&inputs[i])); err != nil {
			return err
		}
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

// loadBeside loads inputs in n threads. There is a loader more than threads, so that none waits while an input is taken.
func (l *link) loadBeside(n int, inputs []Input, take func(i int, in loaded) error) error {
	ctx, cancel := context.WithCancel(l.ctx)
	var threads sync.WaitGroup
	defer threads.Wait()
	defer cancel()

	type result struct {
		loaded
		by *loader
	}
	results := make([]chan result, len(inputs))
	for i := range results {
		results[i] = make(chan result, 1)
	}
	idle := make(chan *loader, n+1)
	for range cap(idle) {
		idle <- l.newLoader()
	}
	var next atomic.Int64
	for range n {
		threads.Go(func() {
			for {
				// The loader comes first: so the lowest of the inputs that are on their way always has one.
				var ld *loader
				select {
				case ld = <-idle:
				case <-ctx.Done():
					return
				}
				i := int(next.Add(1)) - 1
				if i >= len(inputs) {
					return
				}
				results[i] <- result{ld.load(&inputs[i]), ld}
			}
		})
	}
	for i := range inputs {
		select {
		case r := <-results[i]:
			if err := take(i, r.loaded); err != nil {
				return err
			}
			idle <- r.by
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

// eachUnit calls fn for every unit, side by side if there are many. fn changes nothing but its unit. The error is the
// context's; then not all units had their turn.
func (l *link) eachUnit(fn func(u *unit)) error {
	return l.each(len(l.units), func() func(int) { return func(i int) { fn(l.units[i]) } })
}

// each calls a function for 0 to count-1, side by side if they are many. Each thread has a function of its own, which start
// returns.
func (l *link) each(count int, start func() func(i int)) error {
	n := l.threads(count)
	if n <= 1 {
		fn := start()
		for i := 0; i < count && l.ctx.Err() == nil; i++ {
			fn(i)
		}
		return l.ctx.Err()
	}
	var threads sync.WaitGroup
	var next atomic.Int64
	for range n {
		threads.Go(func() {
			fn := start()
			for i := next.Add(1) - 1; i < int64(count) && l.ctx.Err() == nil; i = next.Add(1) - 1 {
				fn(int(i))
			}
		})
	}
	threads.Wait()
	return l.ctx.Err()
}

// load reads an input.
func (ld *loader) load(in *Input) (r loaded) {
	var obj *object.Object
	if obj, r.archive, r.err = ld.input(in); obj == nil {
		return r
	}
	if r.file, r.err = notes.New(obj); r.err == nil && r.file.Types != nil {
		r.types = ld.hasher.Prepare(r.file.Types, r.file.Ext)
	}
	return r
}

// input parses an input: the bytes that there are, or what is needed of a file.
func (ld *loader) input(in *Input) (*object.Object, *object.Archive, error) {
	switch {
	case in.member != nil:
		obj, err := ld.ReadMember(in.archive, in.member)
		return obj, nil, err
	case in.Data != nil:
		return ld.Inflate(in.Name, in.Data)
	}
	return ld.ReadInput(in.Name)
}

// addUnit makes an object one of the link's. From here on its types are the merger's.
func (l *link) addUnit(f *notes.File, types *btfgen.Prepared) *unit {
	if l.order == nil {
		l.order = f.Obj.Order
	}
	at := diag.Place{Object: f.Obj.Name}
	if f.Obj.Order != l.order {
		l.missing = true
		l.log.Add(diag.Errorf("byte-order", at, "the object is %s, the first input is %s", endian(f.Obj), endian(l.units[0].Obj)).
			With(diag.Place{Object: l.units[0].Obj.Name}, "the first input").
			WithHint("compile all with the same -target: bpfel or bpfeb"))
		return nil
	}
	u := &unit{File: f, sectionOf: make(map[string]int, len(f.Obj.Sections))}
	if types != nil {
		f.Types = l.merger.Types()
		u.nodes, f.Index, f.Ext = l.merger.Add(types)
	}
	u.allocateCommon()
	for i := len(f.Obj.Sections) - 1; i > 0; i-- {
		s := &f.Obj.Sections[i]
		if s.Type == object.SecProgbits || s.Type == object.SecNobits { // a table may have the same name
			u.sectionOf[s.Name] = i
		}
		if s.Name == ".BTF" || s.Name == ".BTF.ext" {
			s.Data = nil // the loader's, and not needed any more
		}
	}
	l.units = append(l.units, u)
	if f.Obj.Name != generatedName {
		l.trace(Event{Kind: EventInput, Place: at})
	}
	if f.Types == nil {
		l.log.Add(notes.NoBTF(f))
	}
	return u
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
