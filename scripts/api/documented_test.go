package main

import (
	"go/ast"
	"go/doc"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// undocumented returns the exported names of a package that nothing is said of, and its own if it has no comment. The
// comment of a group is for all in it.
func undocumented(p *doc.Package) (names []string) {
	say := func(name, text string) {
		if strings.TrimSpace(text) == "" {
			names = append(names, p.Name+name)
		}
	}
	values := func(vs []*doc.Value) {
		for _, v := range vs {
			for _, s := range v.Decl.Specs {
				if s := s.(*ast.ValueSpec); slices.ContainsFunc(s.Names, func(n *ast.Ident) bool { return n.IsExported() }) {
					say("."+s.Names[0].Name, v.Doc+s.Doc.Text()+s.Comment.Text())
				}
			}
		}
	}
	funcs := func(fs []*doc.Func, prefix string) {
		for _, f := range fs {
			say(prefix+f.Name, f.Doc)
		}
	}
	say("", p.Doc)
	values(p.Consts)
	values(p.Vars)
	funcs(p.Funcs, ".")
	for _, t := range p.Types {
		say("."+t.Name, t.Doc)
		values(t.Consts)
		values(t.Vars)
		funcs(t.Funcs, ".")
		funcs(t.Methods, "."+t.Name+".")
	}
	return names
}

// TestDocumented: something is said of every exported name.
func TestDocumented(t *testing.T) {
	packages := 0
	err := filepath.WalkDir("../..", func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.IsDir() {
			return err
		}
		if path != "../.." && (d.Name()[0] == '.' || d.Name() == "testdata" || d.Name() == "build" || d.Name() == "scripts") {
			return filepath.SkipDir
		}
		sources, err := filepath.Glob(filepath.Join(path, "*.go"))
		if err != nil {
			return err
		}
		fset := token.NewFileSet()
		var files []*ast.File
		for _, s := range sources {
			f, err := parser.ParseFile(fset, s, nil, parser.ParseComments)
			if err != nil {
				return err
			}
			if !strings.HasSuffix(s, "_test.go") {
				files = append(files, f)
			}
		}
		importPath := module + strings.TrimPrefix(filepath.ToSlash(path), "../..")
		if len(files) == 0 || !isPublic(importPath, files[0].Name.Name) {
			return nil
		}
		packages++
		p, err := doc.NewFromFiles(fset, files, importPath)
		if err != nil {
			return err
		}
		for _, n := range undocumented(p) {
			t.Errorf("%s: nothing is said of %s", path, n)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if packages < 10 {
		t.Errorf("only %d packages were found", packages)
	}
}

func TestUndocumented(t *testing.T) {
	fset := token.NewFileSet()
	f, err := parser.ParseFile(fset, "p.go", `package p

const A = 1 // said

// Said of all.
const (
	B = 2
	C = 3
)

type D struct{}

// F is said.
func F() {}

func (D) M() {}

var hidden, E int
`, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	p, err := doc.NewFromFiles(fset, []*ast.File{f}, module+"/p")
	if err != nil {
		t.Fatal(err)
	}
	if got, want := undocumented(p), []string{"p", "p.E", "p.D", "p.D.M"}; !slices.Equal(got, want) {
		t.Errorf("%q, not %q", got, want)
	}
}
