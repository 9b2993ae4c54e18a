package linkmap

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/bpfsdt/bpf-sdt-link/diag"
	"github.com/bpfsdt/bpf-sdt-link/notes"
)

// clean makes a name from a file safe to print; see diag.Printable. Every name of a map goes through it.
func clean(s string) string {
	for i := range len(s) {
		if s[i] < ' ' || s[i] > '~' {
			return diag.Printable(s)
		}
	}
	return s // the usual case
}

// inputName returns the name of an input, "" if the number stands for none.
func (m *Map) inputName(i int) string {
	if i < 0 || i >= len(m.Inputs) {
		return ""
	}
	return clean(m.Inputs[i].Name)
}

// reason tells why a member of an archive is linked, "" for any other input.
func (in *Input) reason() string {
	switch {
	case in.Symbol == "":
		return ""
	case in.By == "":
		return "linked for " + clean(in.Symbol) + ", which an option asks for"
	}
	return "linked for " + clean(in.Symbol) + ", to which " + clean(in.By) + " refers"
}

// place tells where something dropped was: "a.o(.text)+0x40"; for a whole section in which input, for a member nothing.
func (m *Map) place(d *Dropped) string {
	name := m.inputName(d.Input)
	if d.Section == "" || d.Section == d.Name {
		return name
	}
	return fmt.Sprintf("%s(%s)+%#x", name, clean(d.Section), d.Offset)
}

// source is "a.c:7", "a.c:7:2" or "".
func source(file string, line, column uint32) string {
	if file == "" {
		return ""
	}
	text := clean(file)
	if line != 0 {
		text += ":" + strconv.FormatUint(uint64(line), 10)
		if column != 0 {
			text += ":" + strconv.FormatUint(uint64(column), 10)
		}
	}
	return text
}

// arguments is the parameter list of a probe: "(int, struct xdp_md *)".
func arguments(p *notes.Probe) string {
	if !p.Declared {
		return "(not declared)"
	}
	if len(p.Args) == 0 {
		return "(void)"
	}
	types := make([]string, len(p.Args))
	for i, a := range p.Args {
		types[i] = clean(a.Type)
	}
	return "(" + strings.Join(types, ", ") + ")"
}

func registers(s *notes.Site) string {
	regs := make([]string, len(s.Regs))
	for i, r := range s.Regs {
		regs[i] = "r" + strconv.Itoa(int(r))
	}
	return strings.Join(regs, ", ")
}

// function names the function of a site, and the programs that it runs in if they are others.
func function(s *notes.Site) string {
	name := clean(s.Function)
	if name == "" {
		name = "no function"
	}
	if len(s.Programs) == 0 || len(s.Programs) == 1 && s.Programs[0] == s.Function {
		return name
	}
	programs := make([]string, len(s.Programs))
	for i, p := range s.Programs {
		programs[i] = clean(p)
	}
	return name + " in " + strings.Join(programs, ", ")
}

// linked tells what a site is: "nop", "call packet_in" or "attach on_packet".
func linked(s *notes.Site) string {
	if s.Linked > notes.LinkedAttach {
		return "unknown"
	}
	if s.Linked == notes.LinkedNop || s.Callee == "" {
		return s.Linked.String()
	}
	return s.Linked.String() + " " + clean(s.Callee)
}
