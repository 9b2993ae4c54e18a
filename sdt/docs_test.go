package sdt_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/bpfsdt/bpf-sdt-link/include"
)

// docFile is how a document shows a file: its name, and then its text.
var docFile = regexp.MustCompile("(?m)^`?.*`([\\w./-]+)`:\n\n```\\w+\n((?s:.*?))^```$")

// docFiles writes the files that a document shows into a folder, and the header.
func docFiles(t *testing.T, document string) (dir string) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "docs", document))
	if err != nil {
		t.Skipf("the documents are not here: %v", err)
	}
	dir = t.TempDir()
	files := docFile.FindAllStringSubmatch(string(text), -1)
	if len(files) != 3 {
		t.Fatalf("%s shows %d files, want 3", document, len(files))
	}
	for _, f := range files {
		write(t, filepath.Join(dir, f[1]), f[2])
	}
	write(t, filepath.Join(dir, include.Name), string(include.Header()))
	return dir
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func needTool(t *testing.T, tools ...string) {
	t.Helper()
	for _, tool := range tools {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("%s is not installed", tool)
		}
	}
	if _, err := os.Stat("/usr/include/bpf/libbpf.h"); err != nil {
		t.Skip("the headers of libbpf are not installed")
	}
}

func command(t *testing.T, dir, name string, args ...string) []byte {
	t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Dir = dir
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v: %v\n%s%s", cmd, err, out, stderr.String())
	}
	return out
}

// compileDoc compiles the BPF sources of a document, and links its target.
func compileDoc(t *testing.T, dir, clang string) {
	t.Helper()
	for source, object := range map[string]string{"gate.c": "gate.tmp.o", "look.bpf.c": "look.bpf.o"} {
		command(t, dir, clang, "-O2", "-g", "-target", "bpf", "-Wall", "-Werror", "-I.", "-I/usr/include/x86_64-linux-gnu",
			"-I/usr/include/aarch64-linux-gnu", "-c", source, "-o", object)
	}
	data, err := os.ReadFile(filepath.Join(dir, "gate.tmp.o"))
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, "gate.o"), string(linkData(t, "gate.o", data, "", "call")))
}

// TestDocsLibbpf builds the C program of docs/libbpf.md.
func TestDocsLibbpf(t *testing.T) {
	for _, clang := range []string{"clang-14", "clang-19", "clang-22"} {
		t.Run(clang, func(t *testing.T) {
			needTool(t, clang, "gcc", "bpftool")
			dir := docFiles(t, "libbpf.md")
			compileDoc(t, dir, clang)
			for object, name := range map[string]string{"gate.o": "gate", "look.bpf.o": "look"} {
				write(t, filepath.Join(dir, name+".skel.h"), string(command(t, dir, "bpftool", "gen", "skeleton", object, "name", name)))
			}
			command(t, dir, "gcc", "-O2", "-Wall", "-Werror", "-o", "look", "look.c", "-lbpf")
		})
	}
}

// TestDocsGo builds the Go program of docs/go.md as if it were a package of this module.
func TestDocsGo(t *testing.T) {
	needTool(t, "go", "clang-14")
	dir := docFiles(t, "go.md")
	compileDoc(t, dir, "clang-14")
	here, err := filepath.Abs(".")
	if err != nil {
		t.Fatal(err)
	}
	overlay, err := json.Marshal(map[string]any{"Replace": map[string]string{
		filepath.Join(here, "golook", "main.go"): filepath.Join(dir, "golook", "main.go")}})
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, "overlay.json"), string(overlay))
	command(t, here, "go", "build", "-overlay", filepath.Join(dir, "overlay.json"), "-o", filepath.Join(dir, "look"), "./golook")
}

// TestDocsSameSources checks that the two documents show the same BPF programs.
func TestDocsSameSources(t *testing.T) {
	c, golang := docFiles(t, "libbpf.md"), docFiles(t, "go.md")
	for _, name := range []string{"gate.c", "look.bpf.c"} {
		a, err := os.ReadFile(filepath.Join(c, name))
		if err != nil {
			t.Fatal(err)
		}
		b, err := os.ReadFile(filepath.Join(golang, name))
		if err != nil {
			t.Fatal(err)
		}
		if string(a) != string(b) {
			t.Errorf("%s differs", name)
		}
	}
}
