package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/bpfsdt/bpf-sdt-link/linker"
)

// growth is a kind of set with many of one thing.
type growth struct {
	objects, max int
	parts        bool // the object is linked of parts
}

// A suffix tells 100,000 parts apart, and a file has up to 65,279 sections.
var growths = map[string]growth{
	"symbols":  {1, 1_000_000, true},
	"sections": {1, 30_000, true},
	"enums":    {1, 1_000_000, true},
	"types":    {1, 1_000_000, true},
	"nest":     {2, 64, false},
}

// growthSource is what the template of a growth set is made of.
type growthSource struct{ N, Object int }

// makeGrowth makes each object of a growth set.
func (m *maker) makeGrowth(r recipe, dir string, s *set) error {
	for k := range r.objects {
		object := filepath.Join(dir, "obj", objectName(k))
		var err error
		if growths[r.growth].parts {
			err = m.linkParts(r, dir, object)
		} else {
			err = m.compileGrowth(r.growth, dir, object, growthSource{r.n, k})
		}
		if err != nil {
			return err
		}
		data, err := os.ReadFile(object)
		if err != nil {
			return err
		}
		z, err := sizesOf(data)
		if err != nil {
			return err
		}
		s.add(z)
	}
	return nil
}

func (m *maker) compileGrowth(kind, dir, object string, g growthSource) error {
	src := filepath.Join(dir, "src")
	name := fmt.Sprintf("%s_%d_%d.c", kind, g.N, g.Object)
	if err := render(filepath.Join(src, name), kind+".c.tmpl", g); err != nil {
		return err
	}
	return m.cc.compile(src, name, object, defines(neighbourhood{})...)
}

// partSize is small because clang looks at all strings of .BTF for each one that it adds.
const partSize = 500

// linkParts makes one object by linking copies of a small one.
func (m *maker) linkParts(r recipe, dir, object string) error {
	var inputs []linker.Input
	for left := r.n; left > 0; left -= partSize {
		n := min(left, partSize)
		if len(inputs) == 0 || n < partSize {
			if err := m.compileGrowth(r.growth, dir, object, growthSource{N: n}); err != nil {
				return err
			}
		}
		data, err := os.ReadFile(object)
		if err != nil {
			return err
		}
		p, err := newPrototype(data)
		if err != nil {
			return err
		}
		k := len(inputs)
		inputs = append(inputs, linker.Input{Name: objectName(k), Data: p.object(k)})
	}
	res, err := linker.Link(context.Background(), inputs, linker.Options{Output: object})
	if err != nil {
		return err
	}
	return os.WriteFile(object, res.Object, 0o644)
}
