package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/bpfsdt/bpf-sdt-link/include"
)

// generator is raised with every change of what a set contains.
const generator = 4

// maker makes sets in folders of dir.
type maker struct {
	dir, bpftool, vmlinux string
	jobs                  int
	cc                    *compiler

	structs []string // that vmlinux.h defines
}

// set is what set.json says of a set.
type set struct {
	Name    string `json:"name"`
	MadeBy  string `json:"made_by"` // generator, compiler and all else that decides on the contents
	Objects int    `json:"objects"`
	sizes
}

func (s *set) String() string {
	return fmt.Sprintf("%-14s %5d objects %8.2f MB %8.2f MB BTF %8d types %7d global symbols", s.Name, s.Objects,
		float64(s.Bytes)/1e6, float64(s.BTFBytes)/1e6, s.Types, s.Globals)
}

func objectName(k int) string { return fmt.Sprintf("%05d.o", k) }

// make makes the set of a recipe, unless it is there.
func (m *maker) make(r recipe) (*set, error) {
	dir := filepath.Join(m.dir, r.name)
	if err := os.MkdirAll(m.dir, 0o755); err != nil {
		return nil, err
	}
	madeBy, err := m.madeBy(r)
	if err != nil {
		return nil, err
	}
	if s := readSet(dir); s != nil && s.MadeBy == madeBy {
		return s, nil
	}
	if err := os.RemoveAll(dir); err != nil {
		return nil, err
	}
	for _, sub := range []string{"src", "obj"} {
		if err := os.MkdirAll(filepath.Join(dir, sub), 0o755); err != nil {
			return nil, err
		}
	}
	s := &set{Name: r.name, MadeBy: madeBy, Objects: r.objects}
	if r.growth != "" {
		err = m.makeGrowth(r, dir, s)
	} else {
		err = m.makeWhole(r, dir, s)
	}
	if err != nil {
		return nil, err
	}
	text, err := json.MarshalIndent(s, "", "\t")
	if err != nil {
		return nil, err
	}
	// Last of all, for it says that the set is complete.
	return s, os.WriteFile(filepath.Join(dir, "set.json"), append(text, '\n'), 0o644)
}

// readSet is nil if there is no complete set.
func readSet(dir string) *set {
	text, err := os.ReadFile(filepath.Join(dir, "set.json"))
	if err != nil {
		return nil
	}
	var s set
	if json.Unmarshal(text, &s) != nil {
		return nil
	}
	return &s
}

func (m *maker) madeBy(r recipe) (string, error) {
	by := fmt.Sprintf("generator %d, %s", generator, m.cc.version)
	if r.shape != nil && r.shape.Core > 0 {
		if m.vmlinux == "" {
			m.vmlinux = filepath.Join(m.dir, "vmlinux.h")
			if err := makeVmlinux(m.bpftool, m.vmlinux); err != nil {
				return "", err
			}
		}
		text, err := os.ReadFile(m.vmlinux)
		if err != nil {
			return "", err
		}
		by += fmt.Sprintf(", vmlinux.h %.8x", sha256.Sum256(text))
	}
	if r.probes {
		by += fmt.Sprintf(", bpf_sdt.h %.8x", sha256.Sum256(include.Header()))
	}
	return by, nil
}

// kind tells the prototypes of a set apart.
type kind struct {
	source int
	neighbourhood
}

// makeWhole compiles the prototypes of a set and copies the objects from them.
func (m *maker) makeWhole(r recipe, dir string, s *set) error {
	if err := m.writeSources(r, dir); err != nil {
		return err
	}
	kinds := map[kind]*prototype{}
	var order []kind
	kindOf := func(k int) kind { return kind{k % r.shape.Sources, neighboursOf(k, r.objects)} }
	for k := range r.objects {
		if _, ok := kinds[kindOf(k)]; !ok {
			kinds[kindOf(k)] = nil
			order = append(order, kindOf(k))
		}
	}
	protos, err := m.prototypes(dir, order)
	if err != nil {
		return err
	}
	of := map[kind]sizes{}
	for i, k := range order {
		kinds[k] = protos[i]
		if of[k], err = sizesOf(protos[i].data); err != nil {
			return err
		}
	}
	for k := range r.objects {
		if err := os.WriteFile(filepath.Join(dir, "obj", objectName(k)), kinds[kindOf(k)].object(k), 0o644); err != nil {
			return err
		}
		s.add(of[kindOf(k)])
	}
	return nil
}

func (m *maker) writeSources(r recipe, dir string) error {
	src := filepath.Join(dir, "src")
	if r.shape.Core > 0 {
		// A copy, so that the set can be compiled again by hand.
		if m.structs == nil {
			var err error
			if m.structs, err = vmlinuxStructs(m.vmlinux); err != nil {
				return err
			}
		}
		text, err := os.ReadFile(m.vmlinux)
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(src, "vmlinux.h"), text, 0o644); err != nil {
			return err
		}
	}
	if err := os.WriteFile(filepath.Join(src, include.Name), include.Header(), 0o644); err != nil {
		return err
	}
	for i := range r.shape.Sources {
		s := newSource(*r.shape, i, r.probes, m.structs)
		if i == 0 {
			if err := render(filepath.Join(src, "shared.h"), "shared.h.tmpl", s); err != nil {
				return err
			}
		}
		if err := render(filepath.Join(src, sourceName(i)), "source.c.tmpl", s); err != nil {
			return err
		}
	}
	return nil
}

func sourceName(i int) string { return fmt.Sprintf("source_%d.c", i) }

// prototypes compiles several at a time.
func (m *maker) prototypes(dir string, kinds []kind) ([]*prototype, error) {
	out := make([]*prototype, len(kinds))
	errs := make([]error, len(kinds))
	var wg sync.WaitGroup
	free := make(chan bool, max(m.jobs, 1))
	for i, k := range kinds {
		free <- true
		wg.Go(func() {
			out[i], errs[i] = m.prototype(dir, k)
			<-free
		})
	}
	wg.Wait()
	return out, errors.Join(errs...)
}

func (m *maker) prototype(dir string, k kind) (*prototype, error) {
	object := filepath.Join(dir, fmt.Sprintf("prototype-%d-%s.o", k.source, k.neighbourhood))
	defer os.Remove(object)
	if err := m.cc.compile(filepath.Join(dir, "src"), sourceName(k.source), object, defines(k.neighbourhood)...); err != nil {
		return nil, err
	}
	data, err := os.ReadFile(object)
	if err != nil {
		return nil, err
	}
	p, err := newPrototype(data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", filepath.Base(object), err)
	}
	return p, nil
}

// render writes what a template makes of its input, without the blank lines that templates leave.
func render(path, name string, input any) error {
	var b bytes.Buffer
	if err := templates.ExecuteTemplate(&b, name, input); err != nil {
		return err
	}
	text := strings.TrimSpace(b.String()) + "\n"
	return os.WriteFile(path, []byte(text), 0o644)
}
