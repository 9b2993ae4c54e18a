package loaded

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"slices"

	"github.com/bpfsdt/bpf-sdt-link/btfgen"
	"github.com/bpfsdt/bpf-sdt-link/notes"
)

// ErrRights is that the kernel does not let the process read its programs.
var ErrRights = errors.New("reading programs, BTF and links of the kernel takes CAP_SYS_ADMIN (root)")

// Program is a program that is loaded.
type Program struct {
	ID     uint32
	Name   string // in full, if BTF has it
	Type   string // "xdp"
	Tag    string // of its instructions, in hex, as bpftool prints it
	BTF    uint32 // id of its BTF, 0 if it has none
	Probes []Probe
}

// Probe is a probe with sites in a program.
type Probe struct {
	Name string
	// Args are the declared types of the arguments. Where the kernel has no declaration, as with programs that cilium/ebpf
	// loaded, they are those of the stub, in which a pointer is "unsigned long long", and nil if there is no stub.
	Args     []notes.Arg
	Declared bool   // whether Args are of the declaration
	Stub     string // name of the function that its sites call, "" if they call a function of the program
	Sites    []Site // by position; those that the verifier has removed come last
	Flag     string // the variable that BPF_SDT_ENABLED reads, "" if the program refers to none
	Enabled  bool   // its value
	// Observers run whenever the program comes by a site, in the order of their links.
	Observers []Observer
}

// Site is a place where a probe is a call.
type Site struct {
	Function string // the function that holds it
	Linked   Linked
	// Insn is the call in the program as it is loaded, in instructions of 8 bytes. It is -1 unless the site is a LinkedCall,
	// and where the kernel does not show the code.
	Insn   int
	File   string // C source, "" if Insn is -1, or if line information does not say
	Line   uint32
	Column uint32
	Callee string // the stub, of LinkedCall
}

// Linked is what has become of a site.
type Linked uint8

const (
	LinkedCall    Linked = iota // it calls the probe's stub, which observers attach to
	LinkedAttach                // it calls a function of the program; the kernel does not tell where and which, nor whether it stands still
	LinkedRemoved               // it was in code that cannot run, which the verifier has removed
)

// String returns "call", "attach" or "removed".
func (l Linked) String() string {
	if names := [...]string{"call", "attach", "removed"}; int(l) < len(names) {
		return names[l]
	}
	return fmt.Sprintf("linked(%d)", uint8(l))
}

// Observer is a tracing program that is attached to the stub of a probe.
type Observer struct {
	Link    uint32 // id
	Program uint32 // id
	Name    string // of the program, in full if BTF has it
	Attach  string // "fentry", "fexit" or "fmod_ret"
}

// kernel is what is asked of a kernel. What is not there, or is gone, is fs.ErrNotExist; a lack of rights is ErrRights.
type kernel interface {
	nextProgram(after uint32) (id uint32, err error)
	nextLink(after uint32) (id uint32, err error)
	program(id uint32) (*program, error)
	pinned(path string) (*program, error)
	programOf(fd int) (*program, error)
	link(id uint32) (*traceLink, error) // nil if it is of another type
	types(id uint32) ([]byte, error)
	array(id uint32) (*array, error) // nil if the map is not of the kind that holds global data
}

// program is what the kernel tells of a program.
type program struct {
	id, kind, btf uint32
	name          string // of 15 bytes at most
	tag           [8]byte
	attachBTF     uint32 // id of the BTF with what it is attached to; 0 if that is a program, or nothing
	insns         []byte // as the verifier left them; nil if they must not be seen
	funcs         []funcRecord
	lines         []lineRecord
	maps          []uint32 // ids
}

// funcRecord is a record of func_info, lineRecord one of line_info. Positions are in instructions.
type funcRecord struct{ insn, id uint32 }
type lineRecord struct{ insn, file, text, place uint32 }

// traceLink attaches a tracing program.
type traceLink struct {
	program, attach uint32
	target          uint32 // id of the program, or of the BTF of the kernel or a module
	function        uint32 // BTF type id
}

// array is a map of one value.
type array struct {
	btf, valueType uint32
	value          []byte
}

// Reader reads programs of a kernel. What many programs share is read once: links when the first of them is read.
type Reader struct {
	kernel  kernel
	tagged  map[uint32]*tagged // by BTF id
	arrays  map[uint32]map[string]bool
	links   map[stub][]watching
	started bool
}

// NewReader returns a reader of the running kernel.
func NewReader() *Reader { return newReader(running{}) }

func newReader(k kernel) *Reader {
	return &Reader{kernel: k, tagged: map[uint32]*tagged{}, arrays: map[uint32]map[string]bool{}}
}

// All returns the programs that have probes, by id. One that is unloaded meanwhile is left out. The error joins those of
// the programs that cannot be read, and then the others are returned all the same.
func (r *Reader) All() ([]Program, error) {
	var all []Program
	var errs []error
	for id := uint32(0); ; {
		next, err := r.kernel.nextProgram(id)
		if errors.Is(err, fs.ErrNotExist) || err == nil && next <= id {
			return all, errors.Join(errs...)
		}
		if err != nil {
			return nil, fmt.Errorf("list programs: %w", err)
		}
		id = next
		switch p, err := r.ByID(id); {
		case errors.Is(err, ErrRights):
			return nil, err
		case errors.Is(err, fs.ErrNotExist):
		case err != nil:
			errs = append(errs, err)
		case len(p.Probes) > 0:
			all = append(all, p)
		}
	}
}

// ByID returns the program of an id. The error wraps fs.ErrNotExist if there is none.
func (r *Reader) ByID(id uint32) (Program, error) {
	p, err := r.kernel.program(id)
	if err != nil {
		return Program{}, fmt.Errorf("program %d: %w", id, err)
	}
	return r.read(p)
}

// Pinned returns the program that is pinned at a path in a BPF file system, or whose link is.
func (r *Reader) Pinned(path string) (Program, error) {
	p, err := r.kernel.pinned(path)
	if err != nil {
		return Program{}, err
	}
	return r.read(p)
}

// FromFD returns the program of a file descriptor, which stays open.
func (r *Reader) FromFD(fd int) (Program, error) {
	p, err := r.kernel.programOf(fd)
	if err != nil {
		return Program{}, err
	}
	return r.read(p)
}

func (r *Reader) read(p *program) (Program, error) {
	t, err := r.typesOf(p.btf)
	if err != nil {
		return Program{}, fmt.Errorf("BTF of program %d: %w", p.id, err)
	}
	out := Program{ID: p.id, Name: t.nameOf(p), Type: programType(p.kind), Tag: fmt.Sprintf("%x", p.tag), BTF: p.btf}
	out.Probes = probesOf(p, t)
	if len(out.Probes) == 0 {
		return out, nil
	}
	if err := r.observers(p, t, out.Probes); err != nil {
		return Program{}, fmt.Errorf("observers of program %d: %w", p.id, err)
	}
	if err := r.flags(p, out.Probes); err != nil {
		return Program{}, fmt.Errorf("flags of program %d: %w", p.id, err)
	}
	return out, nil
}

// stub is a function in a program that is loaded.
type stub struct{ program, function uint32 }

// watching is a link to a stub.
type watching struct{ link, program, attach uint32 }

// observers enters who observes the probes of a program.
func (r *Reader) observers(p *program, t *tagged, probes []Probe) error {
	if !r.started {
		links, err := r.readLinks()
		if err != nil {
			return err
		}
		r.links, r.started = links, true
	}
	for _, f := range p.funcs {
		name, ok := t.Stubs[f.id]
		if !ok {
			continue
		}
		i := slices.IndexFunc(probes, func(p Probe) bool { return p.Name == name })
		if i < 0 {
			continue
		}
		for _, w := range r.links[stub{p.id, f.id}] {
			o := Observer{Link: w.link, Program: w.program, Attach: attachType(w.attach)}
			switch by, err := r.kernel.program(w.program); {
			case errors.Is(err, fs.ErrNotExist):
				continue // it has been detached meanwhile
			case err != nil:
				return err
			default:
				t, err := r.typesOf(by.btf)
				if err != nil {
					return err
				}
				o.Name = t.nameOf(by)
			}
			probes[i].Observers = append(probes[i].Observers, o)
		}
	}
	for i := range probes {
		slices.SortFunc(probes[i].Observers, func(a, b Observer) int { return cmp.Compare(a.Link, b.Link) })
	}
	return nil
}

// readLinks reads all links that attach a program to a function of another.
func (r *Reader) readLinks() (map[stub][]watching, error) {
	links := map[stub][]watching{}
	for id := uint32(0); ; {
		next, err := r.kernel.nextLink(id)
		if errors.Is(err, fs.ErrNotExist) || err == nil && next <= id {
			return links, nil
		}
		if err != nil {
			return nil, fmt.Errorf("list links: %w", err)
		}
		id = next
		l, err := r.kernel.link(id)
		if errors.Is(err, fs.ErrNotExist) || err == nil && l == nil {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("link %d: %w", id, err)
		}
		// The target's id is that of a program, or of BTF if it is a function of the kernel. The observer tells which.
		switch p, err := r.kernel.program(l.program); {
		case errors.Is(err, fs.ErrNotExist):
		case err != nil:
			return nil, fmt.Errorf("program %d: %w", l.program, err)
		case p.attachBTF == 0:
			at := stub{l.target, l.function}
			links[at] = append(links[at], watching{id, l.program, l.attach})
		}
	}
}

// flags enters the values of the flags that a program reads.
func (r *Reader) flags(p *program, probes []Probe) error {
	for _, id := range p.maps {
		flags, err := r.flagsOf(id)
		if err != nil {
			return err
		}
		for i := range probes {
			name := notes.FlagPrefix + probes[i].Name
			if on, ok := flags[name]; ok {
				probes[i].Flag, probes[i].Enabled = name, on
			}
		}
	}
	return nil
}

// flagsOf returns the flags in a map.
func (r *Reader) flagsOf(id uint32) (map[string]bool, error) {
	if flags, ok := r.arrays[id]; ok {
		return flags, nil
	}
	a, err := r.kernel.array(id)
	if errors.Is(err, fs.ErrNotExist) || err == nil && a == nil {
		r.arrays[id] = nil
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("map %d: %w", id, err)
	}
	t, err := r.typesOf(a.btf)
	if err != nil {
		return nil, fmt.Errorf("BTF of map %d: %w", id, err)
	}
	r.arrays[id] = t.flags(a)
	return r.arrays[id], nil
}

// nameOf returns the name of a program: that of its first function, of which the kernel's own has the start.
func (t *tagged) nameOf(p *program) string {
	if t.types == nil || len(p.funcs) == 0 || t.types.Kind(p.funcs[0].id) != btfgen.Func {
		return p.name
	}
	return t.types.Name(p.funcs[0].id)
}
