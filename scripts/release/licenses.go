package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// notice is a license, or a note that goes with it, of something that a binary is made of.
type notice struct {
	module, version string // "Go" for the standard library
	name            string // of the file
	licenses        []string
	text            []byte
}

// goModule is the module of notices of the standard library.
const goModule = "Go"

// listed is what is needed of a package that the Go tool lists.
type listed struct {
	Dir      string
	Standard bool
	Module   *struct {
		Path, Version, Dir string
		Main               bool
	}
}

// notices finds the licenses of all packages that a target's binary is made of: in the package's folder and in those above,
// up to its module's. A module without one, or with one that is not known, is an error.
func (r *release) notices(t target) ([]notice, error) {
	root, err := r.goCommand(t, "env", "GOROOT")
	if err != nil {
		return nil, err
	}
	all := map[string]notice{} // by file
	has := map[string]bool{}   // module has a license
	add := func(module, version, dir, base string) error {
		found, err := noticesOf(module, version, dir, base)
		for file, n := range found {
			all[file] = n
			has[module] = has[module] || len(n.licenses) > 0
		}
		return err
	}
	goroot := strings.TrimSpace(string(root))
	if err := add(goModule, r.goTool, goroot, goroot); err != nil {
		return nil, err
	}
	packages, err := r.packages(t)
	if err != nil {
		return nil, err
	}
	modules := []string{goModule}
	for _, p := range packages {
		if p.Standard || p.Module == nil || p.Module.Main {
			continue
		}
		modules = append(modules, p.Module.Path)
		if err := add(p.Module.Path, p.Module.Version, p.Dir, p.Module.Dir); err != nil {
			return nil, err
		}
	}
	for _, m := range modules {
		if !has[m] {
			return nil, fmt.Errorf("%s has no license that is known", m)
		}
	}
	var list []notice
	for _, file := range sortedKeys(all) {
		list = append(list, all[file])
	}
	slices.SortStableFunc(list, func(a, b notice) int { return strings.Compare(a.module+" "+a.name, b.module+" "+b.name) })
	return list, nil
}

// packages lists what the command is made of.
func (r *release) packages(t target) ([]listed, error) {
	args := []string{"list", "-deps", "-json=Dir,Standard,Module"}
	for _, f := range r.flags {
		if f != "-trimpath" { // by which it leaves out folders
			args = append(args, f)
		}
	}
	out, err := r.goCommand(t, append(args, command)...)
	if err != nil {
		return nil, err
	}
	var list []listed
	for dec := json.NewDecoder(bytes.NewReader(out)); ; {
		var p listed
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			return list, nil
		} else if err != nil {
			return nil, err
		}
		list = append(list, p)
	}
}

var noticeName = regexp.MustCompile(`(?i)^(licen[sc]e|copying|notice|patents)`)

// noticesOf reads the notices in a folder and in those above, up to base, by the file that each is in.
func noticesOf(module, version, dir, base string) (map[string]notice, error) {
	found := map[string]notice{}
	for ; strings.HasPrefix(dir, base); dir = filepath.Dir(dir) {
		entries, err := os.ReadDir(dir)
		if err != nil {
			return nil, err
		}
		for _, e := range entries {
			if !e.Type().IsRegular() || !noticeName.MatchString(e.Name()) || strings.HasSuffix(e.Name(), ".go") {
				continue
			}
			file := filepath.Join(dir, e.Name())
			text, err := os.ReadFile(file)
			if err != nil {
				return nil, err
			}
			name, err := filepath.Rel(base, file)
			if err != nil {
				return nil, err
			}
			found[file] = notice{module, version, filepath.ToSlash(name), licensesIn(text), text}
		}
	}
	return found, nil
}

// marks are sentences that only one license has, by its SPDX identifier. That of BSD-2-Clause is in BSD-3-Clause too.
var marks = []struct {
	id   string
	mark *regexp.Regexp
}{
	{"Apache-2.0", regexp.MustCompile(`Apache License,? Version 2\.0`)},
	{"BSD-2-Clause", regexp.MustCompile(`Redistribution and use in source and binary forms`)},
	{"BSD-3-Clause", regexp.MustCompile(`Neither the names? of .* may be used to endorse`)},
	{"MIT", regexp.MustCompile(`Permission is hereby granted, free of charge, to any person obtaining a copy`)},
	{"MPL-2.0", regexp.MustCompile(`Mozilla Public License,? [Vv](ersion|\.) ?2\.0`)},
}

// licensesIn returns the SPDX identifiers of the licenses that a text holds.
func licensesIn(text []byte) (ids []string) {
	plain := strings.Join(strings.Fields(string(text)), " ")
	for _, m := range marks {
		if m.mark.MatchString(plain) {
			ids = append(ids, m.id)
		}
	}
	if slices.Contains(ids, "BSD-3-Clause") {
		ids = slices.DeleteFunc(ids, func(id string) bool { return id == "BSD-2-Clause" })
	}
	return ids
}
