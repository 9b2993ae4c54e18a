// Command api prints the exported names of the module, one a line, with their types: api > api/next.txt.
//
// They are those of the packages that programs may import, as the compiler sees them. Names of parameters are left out: they
// can change, and nobody's program breaks.
package main

import (
	"bytes"
	"errors"
	"fmt"
	"go/importer"
	"go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
)

const module = "github.com/bpfsdt/bpf-sdt-link"

// private are packages that are not for others, though they could be imported: they are part of the tests.
var private = []string{"golden/rfcread", "lower/interp", "scripts"}

func main() {
	lines, err := exported(".")
	if err != nil {
		fmt.Fprintln(os.Stderr, "api:", err)
		os.Exit(1)
	}
	fmt.Print(strings.Join(append(lines, ""), "\n"))
}

// exported returns the exported names of the module in a folder, a line each, sorted.
func exported(dir string) ([]string, error) {
	// The compiler's own export data: 'go list' has it made, or takes it from the cache.
	cmd := exec.Command("go", "list", "-export", "-deps", "-f", "{{.ImportPath}}\t{{.Name}}\t{{.Export}}", "./...")
	cmd.Dir, cmd.Env = dir, append(os.Environ(), "GOFLAGS=-buildvcs=false", "GOOS=linux")
	out, err := cmd.Output()
	if err != nil {
		if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
			err = fmt.Errorf("%w\n%s", err, exit.Stderr)
		}
		return nil, fmt.Errorf("go list: %w", err)
	}
	files := map[string]string{}
	var public []string
	for line := range strings.Lines(string(out)) {
		f := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		if files[f[0]] = f[2]; isPublic(f[0], f[1]) {
			public = append(public, f[0])
		}
	}
	imports := importer.ForCompiler(token.NewFileSet(), "gc", func(path string) (io.ReadCloser, error) {
		data, err := os.ReadFile(files[path])
		return io.NopCloser(bytes.NewReader(data)), err
	})
	var lines []string
	for _, path := range public {
		pkg, err := imports.Import(path)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		lines = append(lines, namesOf(pkg)...)
	}
	slices.Sort(lines)
	return slices.Compact(lines), nil
}

func isPublic(path, name string) bool {
	rest, ok := strings.CutPrefix(path, module+"/")
	if !ok || name == "main" || slices.Contains(strings.Split(rest, "/"), "internal") {
		return false
	}
	return !slices.ContainsFunc(private, func(p string) bool { return rest == p || strings.HasPrefix(rest, p+"/") })
}

// namesOf returns the lines of a package. Each starts with the name, as "linker.Options.Probes", and a colon.
func namesOf(pkg *types.Package) (lines []string) {
	short := func(p *types.Package) string {
		if p == pkg {
			return ""
		}
		return p.Name()
	}
	add := func(name, format string, args ...any) {
		lines = append(lines, strings.TrimPrefix(pkg.Path(), module+"/")+"."+name+": "+fmt.Sprintf(format, args...))
	}
	for _, name := range pkg.Scope().Names() {
		o := pkg.Scope().Lookup(name)
		if !o.Exported() {
			continue
		}
		switch o := o.(type) {
		case *types.Const:
			add(name, "const %s = %s", types.TypeString(o.Type(), short), o.Val().ExactString())
		case *types.Var:
			add(name, "var %s", types.TypeString(o.Type(), short))
		case *types.Func:
			add(name, "%s", signature(o.Signature(), short))
		case *types.TypeName:
			typeLines(o, short, add)
		}
	}
	return lines
}

// typeLines adds the lines of a type: itself, its exported fields or the methods that it asks for, and its methods.
func typeLines(o *types.TypeName, short types.Qualifier, add func(name, format string, args ...any)) {
	if o.IsAlias() {
		add(o.Name(), "type = %s", types.TypeString(types.Unalias(o.Type()), short))
		return
	}
	switch u := o.Type().Underlying().(type) {
	case *types.Struct:
		add(o.Name(), "type struct")
		for f := range u.Fields() {
			if f.Exported() {
				add(o.Name()+"."+f.Name(), "field %s", types.TypeString(f.Type(), short))
			}
		}
	case *types.Interface:
		add(o.Name(), "type interface")
		for m := range u.Methods() {
			add(o.Name()+"."+m.Name(), "%s", signature(m.Signature(), short))
		}
	default:
		add(o.Name(), "type %s", types.TypeString(u, short))
	}
	named, ok := o.Type().(*types.Named)
	if !ok {
		return
	}
	for m := range named.Methods() {
		if m.Exported() {
			receiver := types.TypeString(m.Signature().Recv().Type(), short)
			add(o.Name()+"."+m.Name(), "method (%s) %s", receiver, strings.TrimPrefix(signature(m.Signature(), short), "func"))
		}
	}
}

// signature is the type of a function without the names of its parameters.
func signature(s *types.Signature, short types.Qualifier) string {
	bare := func(t *types.Tuple) *types.Tuple {
		var vars []*types.Var
		for v := range t.Variables() {
			vars = append(vars, types.NewParam(token.NoPos, nil, "", v.Type()))
		}
		return types.NewTuple(vars...)
	}
	return types.TypeString(types.NewSignatureType(nil, nil, nil, bare(s.Params()), bare(s.Results()), s.Variadic()), short)
}
