package main

import (
	"archive/zip"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// The Go programs of a document import a module that is this checkout, and 'go get' is to find it, though it may not be
// published: so it is offered by a module proxy in a folder. What it needs in turn is in the cache of modules, as this
// program itself was built.
const modulePath, moduleVersion = "github.com/bpfsdt/bpf-sdt-link", "v0.0.1"

// moduleProxy makes a module proxy in the folder root that offers the checkout in the folder module. It returns what
// GOPROXY is to be.
func moduleProxy(root, module string) (string, error) {
	root, err := filepath.Abs(root)
	if err != nil {
		return "", err
	}
	dir := filepath.Join(root, filepath.FromSlash(modulePath), "@v")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", err
	}
	mod, err := os.ReadFile(filepath.Join(module, "go.mod"))
	if err != nil {
		return "", err
	}
	for name, text := range map[string]string{
		"list":                  moduleVersion + "\n",
		moduleVersion + ".info": fmt.Sprintf(`{"Version":%q,"Time":"2026-01-01T00:00:00Z"}`, moduleVersion),
		moduleVersion + ".mod":  string(mod),
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			return "", err
		}
	}
	if err := zipModule(filepath.Join(dir, moduleVersion+".zip"), module); err != nil {
		return "", err
	}
	cache, err := exec.Command("go", "env", "GOMODCACHE").Output()
	if err != nil {
		return "", err
	}
	return "file://" + root + ",file://" + strings.TrimSpace(string(cache)) + "/cache/download", nil
}

// packed are the kinds of files that a module is packed with: Go sources, and what they embed.
var packed = map[string]bool{".go": true, ".h": true, ".1": true, ".zst": true}

// zipModule packs what a program can import, or run as a tool: without tests, and without modules inside.
func zipModule(path, module string) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	defer f.Close()
	w := zip.NewWriter(f)
	err = filepath.WalkDir(module, func(path string, d fs.DirEntry, err error) error {
		name, relErr := filepath.Rel(module, path)
		switch {
		case err != nil:
			return err
		case relErr != nil:
			return relErr
		case d.IsDir():
			base := d.Name()
			_, err := os.Stat(filepath.Join(path, "go.mod"))
			if name != "." && (base == "testdata" || base == "build" || strings.HasPrefix(base, ".") || err == nil) {
				return filepath.SkipDir
			}
			return nil
		case strings.HasSuffix(name, "_test.go"), !d.Type().IsRegular():
			return nil
		case !packed[filepath.Ext(name)] && name != "go.mod":
			return nil
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		out, err := w.Create(modulePath + "@" + moduleVersion + "/" + filepath.ToSlash(name))
		if err == nil {
			_, err = out.Write(text)
		}
		return err
	})
	if err != nil {
		return err
	}
	return w.Close()
}
