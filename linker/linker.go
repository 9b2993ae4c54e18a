// Package linker links relocatable BPF objects into one, BPF SDT probes included. It does what the command bpf-sdt-link
// does, without the command: there is no global state, nothing is printed, and no file is written.
//
// Begin with [Link]. Inputs are files or bytes, plain or compressed by zstd; the result is the object, its probes and the
// warnings. Faults of inputs come all at once, as a *diag.Failure.
//
// A link is one pass through phases. A phase reads what the ones before it made and does not change it; ARCHITECTURE.md
// lists them.
package linker

import (
	"context"
	"encoding/binary"
	"io"

	"github.com/bpfsdt/bpf-sdt-link/btfgen"
	"github.com/bpfsdt/bpf-sdt-link/code"
	"github.com/bpfsdt/bpf-sdt-link/diag"
	"github.com/bpfsdt/bpf-sdt-link/linkmap"
	"github.com/bpfsdt/bpf-sdt-link/notes"
	"github.com/bpfsdt/bpf-sdt-link/object"
)

// Input is an object to link, or an archive of objects.
type Input struct {
	Name string // as shown in diagnostics; the path to read if Data is nil
	Data []byte // the object or archive, plain or zstd-compressed; nil to read Name
	// WholeArchive links every member of an archive. By default only those are linked that define what another object
	// refers to and no object defines, behind all inputs, in the order in which the need for them shows.
	WholeArchive bool

	archive *object.Archive
	member  *object.Member // of archive; nil: not a member
}

// Options change how a link is done. The zero value is the default.
type Options struct {
	// Output is the name of the output in diagnostics about the linked object.
	Output string
	// KeepUnreachable keeps static functions of .text that nothing calls.
	KeepUnreachable bool
	// KeepWeak keeps weak maps that are used, and weak functions whose address is taken, weak. By default they
	// become global, as cilium/ebpf does not load them else. Then a later link cannot override them.
	KeepWeak bool
	// NoUndefined makes undefined symbols errors, but those that a loader takes from the kernel.
	NoUndefined bool
	// FatalWarnings makes a link with warnings fail.
	FatalWarnings bool
	// Probes says what becomes of the sites of probes. The last rule for a probe decides; sites of probes that no rule
	// is for stay NOPs.
	Probes []ProbeRule
	// Attach makes sites call functions of the program. The last attachment of a probe decides, over every rule.
	Attach []Attachment
	// StubPrefix stands before the probe's name in the name of its stub.
	StubPrefix string
	// Observers turns the sections of observers, "bpf_sdt" and "bpf_sdt/NAME", into those of fentry programs.
	Observers bool

	// AllowMultiple lets several objects define a map, if the definitions are the same: one is linked.
	AllowMultiple bool
	// Localize makes global functions and variables local to the output, so that no later link sees them: a glob as of
	// path.Match takes names in, one after "!" takes them out again, and the last that matches decides. Programs, maps and
	// what the kernel or a loader is asked for by name stay as they are.
	Localize []string
	// Prefix stands before the name of each local function and variable in the output, in the symbol table and in BTF. It is not
	// for stubs, which StubPrefix is for.
	Prefix string
	// PrefixMap changes the names of source files in line_info. The last that matches decides.
	PrefixMap []PrefixMap

	// Threads is how many threads read inputs and work on them; 0 or less: as many as the runtime may use, GOMAXPROCS.
	// The result does not depend on it.
	Threads int
	// Unjoined leaves Result.Object nil: Result.WriteTo writes the object from where its parts are.
	Unjoined bool
	// Progress, if it is not nil, is told what the link is at, from the goroutine that called Link.
	Progress func(p Progress)

	// Map asks for Result.Map.
	Map bool
	// Trace, if it is not nil, is told what becomes of inputs and symbols as the link goes on, from the goroutine that
	// called Link.
	Trace func(e Event)
	// TraceSymbols are the names of symbols that Trace is told of.
	TraceSymbols []string

	// insertSites, in tests, puts sites where the inputs have none.
	insertSites func(v *codeView)
}

// Progress tells what a link is at.
type Progress struct {
	Phase string // "load", "resolve", ..., "emit" in turn, "" at the end
	// Done of Total inputs are loaded; both are 0 in other phases.
	Done, Total int
}

// Result is what a link made.
type Result struct {
	Object      []byte            // the ELF object; nil with Options.Unjoined
	Probes      []notes.Probe     // the probes in it, by name
	Diagnostics []diag.Diagnostic // warnings
	// Files are the names of the files that were read, in the order of the inputs: members of thin archives as well, inputs
	// with Data not.
	Files []string
	Map   *linkmap.Map // nil without Options.Map

	pieces [][]byte
}

// WriteTo writes the object.
func (r *Result) WriteTo(w io.Writer) (n int64, err error) {
	for _, p := range r.pieces {
		k, err := w.Write(p)
		if n += int64(k); err != nil {
			return n, err
		}
	}
	return n, nil
}

// Link links inputs in their order. If an input is at fault, the error is a *diag.Failure
// that carries all diagnostics of the run and there is no Result. Other errors come from ctx, or say
// that there are no inputs. Result.Object does not alias the inputs.
func Link(ctx context.Context, inputs []Input, opts Options) (*Result, error) {
	l := &link{ctx: ctx, opts: opts, outByName: map[string]int32{}}
	defer l.at("")
	// One fault must not hide another: these run whatever the ones before found.
	if err := l.run(
		phase{"load", func() error { return l.load(inputs) }},
		phase{"resolve", l.defineFlags},
		phase{"resolve", l.groupSections},
		phase{"resolve", l.resolveSymbols},
		phase{"resolve", l.traceSymbols},
		phase{"resolve", l.localize},
		phase{"probes", l.checkProbes},
		phase{"probes", l.planProbes},
	); err != nil {
		return nil, err
	}
	// These make the output, and can rely on all that was checked.
	for _, p := range []phase{
		{"lower", l.generateStubs},
		{"reach", l.cutDeadCode},
		{"lower", l.lowerProbes},
		{"reach", l.traceRemoved},
		{"reach", l.findReferences},
		{"layout", l.renameLocals},
		{"layout", l.layOut},
		{"relocate", l.relocate},
		{"btf", l.mergeBTF},
		{"btf", l.renumberTypeIDs},
	} {
		if err := l.run(p); err != nil {
			return nil, err
		}
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	l.at("emit")
	return l.emit()
}

// phase is a step of a link. Several can have one name.
type phase struct {
	name string
	run  func() error
}

// run runs phases and then fails if any input is at fault.
func (l *link) run(phases ...phase) error {
	for _, p := range phases {
		if err := l.ctx.Err(); err != nil {
			return err
		}
		l.at(p.name)
		if err := p.run(); err != nil {
			return err
		}
	}
	return l.log.Err()
}

// at tells who wants to know what the link is at.
func (l *link) at(phase string) {
	if l.opts.Progress != nil {
		l.opts.Progress(Progress{Phase: phase})
	}
}

// link is the state of one link.
type link struct {
	ctx   context.Context
	opts  Options
	log   diag.Log
	order binary.ByteOrder // of all inputs and the output

	units    []*unit // the inputs
	missing  bool    // some input could not be read
	files    []string
	archives []*object.Archive // those of which only what is needed is linked
	lazy     []*lazyMember     // and their members

	out       []*outSection // in the order of first mention
	outByName map[string]int32

	globals []global // every name of a global or weak symbol, in the order of first mention
	// globalOf is by the merger's number of a name the index in globals + 1, or 0.
	globalOf []int32
	// mentions is the number of symbols of the inputs that are not local.
	mentions int

	comdats map[string]*unit // signatures of groups, and who brought the one that is linked

	probes map[string]*probeDecl
	plans  map[string]*plan // by probe

	view  *codeView  // see viewCode
	calls []siteCall // what sites have become
	// keptNops says that there are sites that were to be lowered and could not be.
	keptNops bool

	merger   *btfgen.Merger // from load on; the types of units are its
	btf, ext []byte
	// member is for each VAR or FUNC the DATASEC that lists it, symbolOf its symbol; or 0.
	member, symbolOf []uint32

	symbols []symbol // candidates for the output's symbol table
}

// unit is one input.
type unit struct {
	*notes.File
	scan *notes.Scan
	// common are the common symbols, which have a place in a section of their own.
	common map[uint32]bool
	graph  *code.Graph // see functions

	nodes []uint32 // for each of its types, by the ids that they have in the object, the merger's

	secs []placement // by section index
	// dropped are sections of groups that another input, which it names, has brought before.
	dropped map[int]*unit
	// global is for each symbol its index in link.globals, or noGlobal.
	global []int32
	// decl is for each symbol the VAR or FUNC that describes it, or 0.
	decl []uint32
	// symbol is for each symbol its index in link.symbols, or -1.
	symbol []int32

	// ownFunc has, by section and offset, the FUNCs of functions that shared one in the input.
	ownFunc map[int]map[uint32]uint32
	// renamed has the new names of local symbols, namesake the inputs that have the old ones.
	renamed  map[uint32]string
	namesake map[uint32]*unit

	// stubs are the probes whose stubs the object is made of, in order, if it is the one that the linker made.
	stubs []string
	// replaced are functions that give way to those of other inputs: stubs of one probe.
	replaced map[codePoint]symbolRef
	// lostMaps are the maps that give way to those of other inputs.
	lostMaps  []uint32
	lost      map[int][]span         // where they are, by section; see inLostMap
	mapRelocs map[int][]object.Reloc // see relocsByOffset
	// fromKernel are the names that it declares as the kernel's, if an archive has members; see takesFromKernel.
	fromKernel map[string]bool
	// staysNop are the sites that were to be lowered and could not be.
	staysNop map[codePoint]bool
	// aliases are types of other inputs that its own stand for.
	aliases []typeAlias

	// pulledFor is the symbol that a member of an archive is linked for, and pulledBy who refers to it; nil: an option.
	pulledFor string
	pulledBy  *unit

	localVars     map[string][]uint32 // see localVariables
	localVarTypes map[string]int      // see localVariables
	coded         map[uint32]bool     // see hasCode
	sectionOf     map[string]int      // section name -> index of the first of that name
}

// typeAlias says that a type stands for one of another input.
type typeAlias struct {
	id   uint32
	to   *unit
	toID uint32
}

const noGlobal = -1

// placement is where an input section goes.
type placement struct {
	out   int32      // index in link.out; -1: the section is not carried
	copy  bool       // the bytes are those of an earlier input and are not repeated
	start uint64     // offset in the output section, after layout
	cuts  []code.Cut // dead functions in it
	edit  *code.Map  // what is cut out of it, and what is put in
	long  bool       // gotos may become gotols
}

// outSection is a section of the output.
type outSection struct {
	name    string
	typ     uint32
	flags   uint64
	align   uint64
	entsize uint64
	size    uint64
	parts   []part
	data    []byte
	relocs  []object.ImageReloc
	notes   bool // .bpf_sdt_notes, which is written from its entries
	symbol  int32
}

func (s *outSection) exec() bool { return s.flags&object.FlagExec != 0 }

// part is an input section that is carried in an output section.
type part struct {
	unit    *unit
	section int
}

// global is a name that inputs share.
type global struct {
	name string
	// The definition that is used; def is nil while there is none.
	def    *unit
	sym    uint32
	weak   bool
	common bool // and def is a common symbol
	// losers are weak definitions that another one overrides.
	losers     []symbolRef
	strong     bool  // some reference is not weak
	local      bool  // made local to the output
	visibility uint8 // the most restrictive of all mentions
	other      uint8 // the other bits of st_other
	// The VAR or FUNC that stays, in btfUnit.
	btfUnit *unit
	btfID   uint32

	// uses are relocations that stay and refer to it, the first of each input.
	uses []use
	// addressed says that the address of a weak map or function is used: then it is made GLOBAL.
	addressed bool

	symbol int32 // in link.symbols
}

type symbolRef struct {
	unit *unit
	sym  uint32
}

// symbol is a candidate for the output's symbol table.
type symbol struct {
	object.ImageSymbol
	skip bool
}
