package main

import (
	"archive/zip"
	"crypto/sha256"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// The Go programs of a document import a module that is this checkout, and 'go get' is to find it, though it may not be
// published: so it is offered by a module proxy in a folder. What it needs in turn is in the cache of modules, as this
// program itself was built.
const modulePath = "github.com/bpfsdt/bpf-sdt-link"

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
	files, err := moduleFiles(module)
	if err != nil {
		return "", err
	}
	version := moduleVersion(files)
	zipped, err := zipModule(files, version)
	if err != nil {
		return "", err
	}
	for name, text := range map[string]string{
		"list":            version + "\n",
		version + ".info": fmt.Sprintf(`{"Version":%q,"Time":"2026-01-01T00:00:00Z"}`, version),
		version + ".mod":  files["go.mod"],
		version + ".zip":  zipped,
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			return "", err
		}
	}
	cache, err := exec.Command("go", "env", "GOMODCACHE").Output()
	if err != nil {
		return "", err
	}
	return "file://" + root + ",file://" + strings.TrimSpace(string(cache)) + "/cache/download", nil
}

// moduleVersion is another one for other contents: the cache of modules keeps what it has of a version.
func moduleVersion(files map[string]string) string {
	h := sha256.New()
	for _, name := range slices.Sorted(maps.Keys(files)) {
		fmt.Fprintf(h, "%q %q\n", name, files[name])
	}
	return fmt.Sprintf("v0.0.1-h%x", h.Sum(nil)[:6])
}

// moduleFiles returns what a program can import, or run as a tool: without tests, and without modules inside.
func moduleFiles(module string) (map[string]string, error) {
	files := map[string]string{}
	err := filepath.WalkDir(module, func(path string, d fs.DirEntry, err error) error {
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
		}
		text, err := os.ReadFile(path)
		files[filepath.ToSlash(name)] = string(text)
		return err
	})
	return files, err
}

func zipModule(files map[string]string, version string) (string, error) {
	var b strings.Builder
	w := zip.NewWriter(&b)
	for _, name := range slices.Sorted(maps.Keys(files)) {
		out, err := w.Create(modulePath + "@" + version + "/" + name)
		if err != nil {
			return "", err
		}
		if _, err := io.WriteString(out, files[name]); err != nil {
			return "", err
		}
	}
	err := w.Close()
	return b.String(), err
}
