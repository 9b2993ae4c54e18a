package main

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strconv"
	"strings"

	"github.com/bpfsdt/bpf-sdt-link/diag"
	"github.com/bpfsdt/bpf-sdt-link/loaded"
)

// allPrograms is the word for every program that is loaded.
const allPrograms = "all"

// program is one that is loaded and was asked for.
type program struct {
	name string // as it was asked for, if it cannot be read
	loaded.Program
	diagnostics []diag.Diagnostic
}

// runningProbes is 'probes --prog': the probes of programs that are loaded.
func (t *tool) runningProbes(which []string, asJSON bool) error {
	for _, w := range which {
		if !isProgram(w) {
			return usagef("probes", "'%s' is no program: --prog takes an id, a path with a '/', or '%s'", w, allPrograms)
		}
	}
	programs := readPrograms(loaded.NewReader(), which)
	var failed error
	for _, p := range programs {
		t.report(p.diagnostics...)
		if len(p.diagnostics) > 0 {
			failed = exitStatus(exitFault)
		}
	}
	var out []byte
	if asJSON {
		var b bytes.Buffer
		if err := diag.EncodeJSON(&b, describePrograms(programs), "  "); err != nil {
			return err
		}
		out = b.Bytes()
	} else {
		out = []byte(programTables(programs))
	}
	if err := t.print(out); err != nil {
		return err
	}
	return failed
}

func isProgram(word string) bool {
	_, err := programID(word)
	return err == nil || strings.Contains(word, "/") || word == allPrograms
}

func programID(word string) (uint32, error) {
	id, err := strconv.ParseUint(word, 10, 32)
	return uint32(id), err
}

// readPrograms reads each program that is asked for, once.
func readPrograms(r *loaded.Reader, which []string) (programs []program) {
	add := func(p program) {
		same := func(q program) bool { return p.diagnostics == nil && q.diagnostics == nil && p.ID == q.ID }
		if !slices.ContainsFunc(programs, same) {
			programs = append(programs, p)
		}
	}
	for _, w := range which {
		if w == allPrograms {
			all, err := r.All()
			for _, p := range all {
				add(program{Program: p})
			}
			if err != nil {
				add(unreadableProgram(w, "programs that are loaded", err))
			}
			continue
		}
		name := w
		var p loaded.Program
		id, err := programID(w)
		if err == nil {
			name = "prog " + w
			p, err = r.ByID(id)
		} else {
			p, err = r.Pinned(w)
		}
		if err != nil {
			add(unreadableProgram(name, name, err))
			continue
		}
		add(program{Program: p})
	}
	return programs
}

// unreadableProgram is a program, or all of them, that could not be read.
func unreadableProgram(name, place string, err error) program {
	d := diag.Errorf("program", diag.Place{Object: place}, "cannot read: %v", err)
	switch {
	case errors.Is(err, loaded.ErrRights), errors.Is(err, fs.ErrPermission):
		d = diag.Errorf("program", diag.Place{Object: place}, "cannot read: no permission").
			WithHint("it takes root, or CAP_SYS_ADMIN, to look at programs that are loaded")
	case errors.Is(err, fs.ErrNotExist):
		d = diag.Errorf("program", diag.Place{Object: place}, "there is no such program")
	}
	return program{name: name, diagnostics: []diag.Diagnostic{d}}
}

// title names a program: "prog 42 (filter)".
func (p *program) title() string {
	if p.diagnostics != nil {
		return p.name
	}
	return fmt.Sprintf("prog %d (%s)", p.ID, p.Name)
}
