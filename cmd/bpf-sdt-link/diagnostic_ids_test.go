package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// diagnosticIDs returns the IDs of all diagnostics that the code of a module makes, each with a place where it does.
//
// An ID is a literal that is given to diag.Errorf or diag.Warnf, or to the field ID of a struct that has a Message too, or to
// a function that hands it on to one of these.
func diagnosticIDs(module string) (map[string]string, error) {
	s := idScan{fset: token.NewFileSet(), ids: map[string]string{}, handers: map[string]int{}}
	err := filepath.WalkDir(module, func(path string, d fs.DirEntry, err error) error {
		switch name := d.Name(); {
		case err != nil:
			return err
		case d.IsDir() && (name == "testdata" || name == "scripts" || name == "build" || name == "examples" || path != module && name[0] == '.'):
			return filepath.SkipDir
		case !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") || filepath.Dir(path) == filepath.Join(module, "diag"):
			return nil
		}
		f, err := parser.ParseFile(s.fset, path, nil, parser.SkipObjectResolution)
		s.files = append(s.files, f)
		return err
	})
	// A function that hands on an ID may be read before it is known to be one.
	for known := -1; err == nil && known < len(s.handers); {
		known = len(s.handers)
		for _, f := range s.files {
			s.file(f)
		}
	}
	if err == nil && s.err != nil {
		err = s.err
	}
	return s.ids, err
}

type idScan struct {
	fset    *token.FileSet
	files   []*ast.File
	ids     map[string]string
	handers map[string]int // name of a function, as scope has it, to which of its arguments is an ID
	err     error
}

// file looks at everything in a file, and knows in which functions it is.
func (s *idScan) file(f *ast.File) {
	var inside []ast.Node
	ast.Inspect(f, func(n ast.Node) bool {
		if n == nil {
			inside = inside[:len(inside)-1]
			return true
		}
		inside = append(inside, n)
		switch n := n.(type) {
		case *ast.CompositeLit:
			if id := field(n, "ID"); id != nil && field(n, "Message") != nil {
				s.value(f, id, inside)
			}
		case *ast.CallExpr:
			if i, ok := s.argument(f, n.Fun, inside); ok && i < len(n.Args) {
				s.value(f, n.Args[i], inside)
			}
		}
		return true
	})
}

// field returns the value of a field in the literal of a struct, or nil.
func field(lit *ast.CompositeLit, name string) ast.Expr {
	for _, e := range lit.Elts {
		if kv, ok := e.(*ast.KeyValueExpr); ok {
			if key, ok := kv.Key.(*ast.Ident); ok && key.Name == name {
				return kv.Value
			}
		}
	}
	return nil
}

// argument returns which argument of a function is an ID.
func (s *idScan) argument(f *ast.File, fun ast.Expr, inside []ast.Node) (int, bool) {
	switch fun := fun.(type) {
	case *ast.SelectorExpr:
		if x, ok := fun.X.(*ast.Ident); ok && x.Name == "diag" && (fun.Sel.Name == "Errorf" || fun.Sel.Name == "Warnf") {
			return 0, true
		}
		i, ok := s.handers[scope(f, nil, fun.Sel.Name)]
		return i, ok
	case *ast.Ident:
		if i, ok := s.handers[scope(f, inside, fun.Name)]; ok {
			return i, true
		}
		i, ok := s.handers[scope(f, nil, fun.Name)]
		return i, ok
	}
	return 0, false
}

// scope is the full name of a function of a package, or, if inside is not nil, of one that is declared in another.
func scope(f *ast.File, inside []ast.Node, name string) string {
	for _, n := range inside {
		if around, ok := n.(*ast.FuncDecl); ok {
			return f.Name.Name + "." + around.Name.Name + "." + name
		}
	}
	return f.Name.Name + "." + name
}

// value takes what is used as an ID: a literal, a parameter of a function around, or a field ID, whose values are seen
// where they are set.
func (s *idScan) value(f *ast.File, e ast.Expr, inside []ast.Node) {
	switch e := e.(type) {
	case *ast.BasicLit:
		id, err := strconv.Unquote(e.Value)
		if err == nil && s.ids[id] == "" {
			s.ids[id] = s.fset.Position(e.Pos()).String()
		}
		return
	case *ast.SelectorExpr:
		if e.Sel.Name == "ID" {
			return
		}
	case *ast.Ident:
		for i := len(inside) - 1; i > 0; i-- {
			name, params := enclosing(inside[i], inside[i-1])
			if at := parameter(params, e.Name); at >= 0 && name != "" {
				around := inside
				if _, ok := inside[i].(*ast.FuncDecl); ok {
					around = nil
				}
				s.handers[scope(f, around, name)] = at
				return
			}
		}
	}
	s.err = fmt.Errorf("%s: nothing tells what this diagnostic's ID can be", s.fset.Position(e.Pos()))
}

// enclosing returns the name and the parameters of a function: "fault" of 'fault := func(...)' as well.
func enclosing(n, around ast.Node) (string, *ast.FieldList) {
	switch n := n.(type) {
	case *ast.FuncDecl:
		return n.Name.Name, n.Type.Params
	case *ast.FuncLit:
		if a, ok := around.(*ast.AssignStmt); ok && len(a.Lhs) == 1 {
			if name, ok := a.Lhs[0].(*ast.Ident); ok {
				return name.Name, n.Type.Params
			}
		}
		return "", n.Type.Params
	}
	return "", nil
}

// parameter returns the index of a parameter, or -1.
func parameter(list *ast.FieldList, name string) int {
	if list == nil {
		return -1
	}
	i := 0
	for _, field := range list.List {
		for _, n := range field.Names {
			if n.Name == name {
				return i
			}
			i++
		}
	}
	return -1
}

func TestDiagnosticIDs(t *testing.T) {
	ids, err := diagnosticIDs("../..")
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{"usage", "probe-offset", "lower-stack", "lower-range", "fatal-warnings"} { // one of each way
		if ids[id] == "" {
			t.Errorf("'%s' was not found", id)
		}
	}
}
