package main

import (
	"fmt"
	"math"
)

// patience is what one run of bpftool may take, in seconds, for it to be tried on the next size.
const patience = 20

// ladder is the sizes in which a kind of set is measured.
type ladder struct {
	kind, what string
	sizes      []int
}

var ladders = []ladder{
	{"d", "objects of 100 functions", []int{100, 200, 400, 800, 1600, 3200, 6400}},
	{"symbols", "global functions in one object", []int{3000, 10_000, 30_000, 100_000}},
	{"enums", "anonymous enums in one object", []int{1000, 2000, 4000, 8000, 16_000}},
	{"types", "structs in one object", []int{1000, 4000, 16_000, 64_000}},
	{"sections", "sections in one object", []int{500, 1000, 2000, 4000, 8000}},
	{"nest", "levels of structs by value, in two objects", []int{8, 16, 20, 24, 28, 32, 48, 64}},
}

func defaultGrowth() (names []string) {
	for _, l := range ladders {
		names = append(names, l.kind)
	}
	return names
}

// growth is what the tools take for more and more of one kind.
type growth struct {
	Kind   string  `json:"kind"`
	What   string  `json:"what"`
	Points []point `json:"points"`
	Ours   slopes  `json:"ours_slopes"`
	Theirs slopes  `json:"bpftool_slopes"`
}

type point struct {
	N int `json:"n"`
	row
}

// slopes are the exponents of time and memory; NaN cannot be written to JSON, so what is not known is nil.
type slopes struct {
	CPU *float64 `json:"cpu"`
	MiB *float64 `json:"mib"`
}

func (b *bench) grow(kind string) (growth, error) {
	for _, l := range ladders {
		if l.kind == kind {
			return b.climb(l)
		}
	}
	return growth{}, fmt.Errorf("there is no such growth; there are %v", defaultGrowth())
}

func (b *bench) climb(l ladder) (growth, error) {
	g := growth{Kind: l.kind, What: l.what}
	skip := ""
	for _, n := range l.sizes {
		s, dir, inputs, err := b.prepare(fmt.Sprintf("%s-%d", l.kind, n))
		if err != nil {
			return g, err
		}
		links := []link{b.ours(dir, inputs)}
		if skip == "" {
			links = append(links, b.theirs(dir, inputs))
		} else {
			links = append(links, link{})
		}
		out, errs := b.pair(links)
		p := point{N: n, row: row{set: s, Ours: out[0], Theirs: out[1], Note: skip}}
		if errs[0] != nil {
			p.Note = "bpf-sdt-link: " + firstLine(errs[0])
		}
		switch {
		case errs[1] != nil:
			p.Note = "bpftool: " + firstLine(errs[1])
			skip = fmt.Sprintf("bpftool: not tried after %d", n)
		case out[1] != nil && out[1].Seconds > patience:
			skip = fmt.Sprintf("bpftool: not tried, as %d took %.0f s", n, out[1].Seconds)
		}
		b.progress(p.row)
		g.Points = append(g.Points, p)
	}
	g.Ours = slopesOf(g.Points, func(p point) *sample { return p.Ours })
	g.Theirs = slopesOf(g.Points, func(p point) *sample { return p.Theirs })
	return g, nil
}

// startup is the CPU time, in seconds, below which a run is mostly the start of a process, which does not grow.
const startup = 0.01

func slopesOf(points []point, of func(point) *sample) slopes {
	var n, cpu, mib []float64
	for _, p := range points {
		if s := of(p); s != nil && s.CPU >= startup {
			n, cpu, mib = append(n, float64(p.N)), append(cpu, s.CPU), append(mib, s.MiB)
		}
	}
	return slopes{slope(n, cpu), slope(n, mib)}
}

// slope is the exponent e of y = c*x^e, by least squares of the logarithms; nil if fewer than three points tell it.
func slope(x, y []float64) *float64 {
	if len(x) < 3 {
		return nil
	}
	var sx, sy, sxx, sxy float64
	for i := range x {
		a, b := math.Log(x[i]), math.Log(y[i])
		sx, sy, sxx, sxy = sx+a, sy+b, sxx+a*a, sxy+a*b
	}
	n := float64(len(x))
	below := n*sxx - sx*sx
	if below == 0 {
		return nil
	}
	e := (n*sxy - sx*sy) / below
	if math.IsNaN(e) || math.IsInf(e, 0) {
		return nil
	}
	return &e
}
