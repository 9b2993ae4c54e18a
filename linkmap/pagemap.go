package linkmap

import "github.com/bpfsdt/bpf-sdt-link/notes"

// pageMap is a map as the page's script reads it. All names are clean. JavaScript rounds numbers above 2^53; no output has
// such sizes, but for a faulty one of zeros.
type pageMap struct {
	Output   string         `json:"output"`
	Size     uint64         `json:"size"`
	Words    []string       `json:"words"` // strings that are used often, by number
	Inputs   []pageInput    `json:"inputs"`
	Sections []pageSection  `json:"sections"`
	Symbols  pageSymbols    `json:"symbols"`
	Probes   []pageProbe    `json:"probes"`
	Dropped  []pageDropped  `json:"dropped"`
	Renamed  []pageRenamed  `json:"renamed"`
	Promoted []pagePromoted `json:"promoted"`
}

type pageInput struct {
	Name  string `json:"name"`
	Size  uint64 `json:"size"`
	Code  uint64 `json:"code"`
	Data  uint64 `json:"data"`
	Other uint64 `json:"other"`
	Why   string `json:"why,omitempty"`
}

type pageSection struct {
	Name   string     `json:"name"`
	Type   string     `json:"type"`
	Flags  string     `json:"flags"`
	Offset uint64     `json:"offset"`
	Size   uint64     `json:"size"`
	Align  uint64     `json:"align"`
	Parts  []pagePart `json:"parts"`
}

type pagePart struct {
	Input   int    `json:"input"`
	Section int    `json:"section"` // a word
	Offset  uint64 `json:"offset"`
	Size    uint64 `json:"size"`
	Before  uint64 `json:"before"`
}

// pageSymbols has a list for each field, which takes less room than an object for each symbol, and less time to read.
type pageSymbols struct {
	Name       []string `json:"name"`
	Binding    []int    `json:"binding"`    // words
	Type       []int    `json:"type"`       // words
	Visibility []int    `json:"visibility"` // words
	Section    []int    `json:"section"`
	Offset     []uint64 `json:"offset"`
	Size       []uint64 `json:"size"`
	Input      []int    `json:"input"`
	Part       []int    `json:"part"` // of the section, -1 if none
	File       []int    `json:"file"` // words
	Line       []uint32 `json:"line"`
}

type pageProbe struct {
	Name      string     `json:"name"`
	Arguments string     `json:"arguments"`
	Stub      string     `json:"stub,omitempty"`
	Flag      string     `json:"flag,omitempty"`
	Sites     []pageSite `json:"sites"`
}

type pageSite struct {
	Section   string `json:"section"`
	Offset    uint64 `json:"offset"`
	Function  string `json:"function"`
	Registers string `json:"registers"`
	Linked    string `json:"linked"`
	Source    string `json:"source"`
}

type pageDropped struct {
	Kind string `json:"kind"`
	Name string `json:"name"`
	Size uint64 `json:"size"`
	At   string `json:"at"`
	Why  string `json:"why"`
}

type pageRenamed struct {
	From string `json:"from"`
	To   string `json:"to"`
	At   string `json:"at"`
	Why  string `json:"why"`
}

type pagePromoted struct {
	Name string `json:"name"`
	From string `json:"from"`
	To   string `json:"to"`
	At   string `json:"at"`
	Why  string `json:"why"`
}

// words numbers strings.
type words struct {
	numbers map[string]int
	list    []string
}

func (w *words) number(s string) int {
	n, ok := w.numbers[s]
	if !ok {
		n = len(w.list)
		w.numbers[s], w.list = n, append(w.list, clean(s))
	}
	return n
}

func (m *Map) pageMap() pageMap {
	w := &words{numbers: map[string]int{}}
	out := pageMap{
		Output: clean(m.Output), Size: m.Size,
		Inputs: m.pageInputs(), Sections: m.pageSections(w), Symbols: m.pageSymbols(w),
		Probes: each(m.Probes, pageProbeOf),
		Dropped: each(m.Dropped, func(d *Dropped) pageDropped {
			return pageDropped{clean(d.Kind), clean(d.Name), d.Size, m.place(d), clean(d.Why)}
		}),
		Renamed: each(m.Renamed, func(r *Renamed) pageRenamed {
			return pageRenamed{clean(r.From), clean(r.To), m.inputName(r.Input), clean(r.Why)}
		}),
		Promoted: each(m.Promoted, func(p *Promoted) pagePromoted {
			return pagePromoted{clean(p.Name), clean(p.From), clean(p.To), m.inputName(p.Input), clean(p.Why)}
		}),
	}
	out.Words = w.list
	return out
}

// each never returns nil, for which the script would have to look.
func each[T, U any](list []T, of func(*T) U) []U {
	out := make([]U, len(list))
	for i := range list {
		out[i] = of(&list[i])
	}
	return out
}

func (m *Map) pageInputs() []pageInput {
	shares, _ := m.shares()
	out := make([]pageInput, len(m.Inputs))
	for i := range out {
		in, s := &m.Inputs[i], shares[i]
		out[i] = pageInput{clean(in.Name), in.Size, s.code, s.data, s.other, in.reason()}
	}
	return out
}

func (m *Map) pageSections(w *words) []pageSection {
	return each(m.Sections, func(s *Section) pageSection {
		parts := each(s.Parts, func(p *Part) pagePart {
			return pagePart{m.inputNumber(p.Input), w.number(p.Section), p.Offset, p.Size, p.Before}
		})
		return pageSection{clean(s.Name), clean(s.Type), clean(s.Flags), s.Offset, s.Size, s.Align, parts}
	})
}

// inputNumber is -1 for what stands for no input.
func (m *Map) inputNumber(i int) int {
	if i < 0 || i >= len(m.Inputs) {
		return -1
	}
	return i
}

func (m *Map) pageSymbols(w *words) pageSymbols {
	n := len(m.Symbols)
	out := pageSymbols{
		Name: make([]string, n), Binding: make([]int, n), Type: make([]int, n), Visibility: make([]int, n),
		Section: make([]int, n),
		Offset:  make([]uint64, n), Size: make([]uint64, n), Input: make([]int, n), Part: m.order().partOf,
		File: make([]int, n), Line: make([]uint32, n),
	}
	for i := range m.Symbols {
		s := &m.Symbols[i]
		out.Name[i], out.Offset[i], out.Size[i], out.Line[i] = clean(s.Name), s.Offset, s.Size, s.Line
		out.Binding[i], out.Type[i], out.Visibility[i] = w.number(s.Binding), w.number(s.Type), w.number(s.Visibility)
		out.File[i], out.Input[i], out.Section[i] = w.number(s.File), m.inputNumber(s.Input), s.Section
		if s.Section != -2 && m.section(s.Section) == nil {
			out.Section[i] = -1
		}
	}
	return out
}

func pageProbeOf(p *notes.Probe) pageProbe {
	return pageProbe{clean(p.Name), arguments(p), clean(p.Stub), clean(p.Flag), each(p.Sites, func(s *notes.Site) pageSite {
		return pageSite{clean(s.Section), s.Offset, function(s), registers(s), linked(s), source(s.File, s.Line, s.Column)}
	})}
}
