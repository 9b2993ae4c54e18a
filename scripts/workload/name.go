package main

import (
	"fmt"
	"strconv"
	"strings"
)

// recipe is what the name of a set says.
type recipe struct {
	name    string
	objects int
	shape   *shape // of the sets that are linked whole
	probes  bool
	growth  string // the template of a growth set
	n       int    // its size
}

// parseName reads names such as typical, c-200, d-400-sdt and enums-16000.
func parseName(name string) (recipe, error) {
	r := recipe{name: name}
	base, probes := strings.CutSuffix(name, "-sdt")
	r.probes = probes
	if p, ok := fixed[base]; ok {
		r.shape, r.objects = &p.shape, p.objects
		return r, nil
	}
	kind, digits, _ := strings.Cut(base, "-")
	n, err := strconv.Atoi(digits)
	if err != nil || n < 1 || strconv.Itoa(n) != digits {
		return r, fmt.Errorf("%s: there is no such set", name)
	}
	if p, ok := counted[kind]; ok {
		if n > maxObjects {
			return r, fmt.Errorf("%s: a set has up to %d objects", name, maxObjects)
		}
		r.shape, r.objects = p, n
		return r, nil
	}
	g, ok := growths[kind]
	switch {
	case !ok || probes:
		return r, fmt.Errorf("%s: there is no such set", name)
	case n > g.max:
		return r, fmt.Errorf("%s: the size is up to %d", name, g.max)
	}
	r.growth, r.n, r.objects = kind, n, g.objects
	return r, nil
}
