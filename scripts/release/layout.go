package main

import (
	"bytes"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
)

// tree is the files of an archive or a package by path, with slashes.
type tree map[string]file

type file struct {
	data    []byte
	program bool
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// installed is where a file of the source tree goes below a prefix such as /usr, as by 'make install'.
var installed = map[string]string{
	"include/bpf_sdt.h":   "include/bpf-sdt-link/bpf_sdt.h",
	"docs/bpf-sdt-link.1": "share/man/man1/bpf-sdt-link.1",
}

// completions is where the completion of a shell goes below a prefix.
var completions = map[string]string{
	"bash": "share/bash-completion/completions/bpf-sdt-link",
	"fish": "share/fish/vendor_completions.d/bpf-sdt-link.fish",
	"zsh":  "share/zsh/site-functions/_bpf-sdt-link",
}

// beside are the files of the source tree that stay where they are in an archive.
var beside = []string{"LICENSE", "LICENSES/*", "README.md", "CHANGELOG.md", "docs/*.md", "docs/*.svg"}

// texts returns what is the same for all targets: files below a prefix, and those beside.
func (r *release) texts() (map[string][]byte, error) {
	texts := map[string][]byte{}
	for from, to := range installed {
		data, err := os.ReadFile(filepath.Join(r.root, from))
		if err != nil {
			return nil, err
		}
		texts[to] = data
	}
	for shell, to := range completions {
		data, err := r.ask("completion", shell)
		if err != nil {
			return nil, err
		}
		texts[to] = data
	}
	for _, pattern := range beside {
		names, err := filepath.Glob(filepath.Join(r.root, pattern))
		if err != nil {
			return nil, err
		}
		for _, name := range names {
			data, err := os.ReadFile(name)
			if err != nil {
				return nil, err
			}
			texts[path.Join(path.Dir(pattern), filepath.Base(name))] = data
		}
	}
	return texts, nil
}

// thirdParty is the name of the licenses of others in an archive.
const thirdParty = "LICENSES/third-party.txt"

// archiveTree is what an archive has: bin, include and share as they go below a prefix, and texts.
func archiveTree(b *binary, texts map[string][]byte) tree {
	t := tree{thirdParty: {data: noticeText(b.notices)}}
	for name, data := range texts {
		t[name] = file{data: data}
	}
	program := "bin/bpf-sdt-link"
	if b.os == "windows" {
		program += ".exe"
	}
	t[program] = file{b.data, true}
	return t
}

// noticeText puts licenses in one text.
func noticeText(notices []notice) []byte {
	var b bytes.Buffer
	b.WriteString("The program is made of the following as well, each under its license.\n")
	for _, n := range notices {
		b.WriteString("\n" + n.module + " " + n.version + ": " + n.name + "\n\n")
		b.Write(bytes.TrimSpace(n.text))
		b.WriteString("\n")
	}
	return b.Bytes()
}
