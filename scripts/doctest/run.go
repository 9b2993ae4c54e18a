package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

type options struct {
	tool, clang, module, vmrun, kernel string
	log                                func(format string, args ...any)
}

// result counts what was done, and says what was not as the documents have it.
type result struct {
	files, here, there int
	faults             []string
	skipped            []string
}

func (r *result) fault(b block, c command, format string, args ...any) {
	r.faults = append(r.faults, fmt.Sprintf("%s:%d: %s\n%s", b.document, c.line, c.text, fmt.Sprintf(format, args...)))
}

// shownDir is the folder of the documents. The one that is used has a name of the same length, for tables are padded.
const shownDir = "/tmp/sdt"

// session is a folder where the files of documents are, and in which their commands run.
type session struct {
	options
	result
	dir, bin string
	env      []string
}

// commandTime is long enough for a compiler, a link, or a download of modules.
const commandTime = 5 * time.Minute

func run(o options, documents []string) (result, error) {
	s := &session{options: o}
	blocks, err := readAll(documents)
	if err != nil {
		return s.result, err
	}
	if err := s.open(); err != nil {
		return s.result, err
	}
	defer os.RemoveAll(s.dir)
	defer os.RemoveAll(s.bin)
	for i, b := range blocks {
		if err := s.do(b); err != nil {
			return s.result, err
		}
		if o.kernel != "" && (i+1 == len(blocks) || blocks[i+1].document != b.document) {
			if err := s.doThere(blocks, b.document); err != nil {
				return s.result, err
			}
		}
	}
	return s.result, nil
}

func readAll(documents []string) ([]block, error) {
	var blocks []block
	for _, d := range documents {
		text, err := os.ReadFile(d)
		if err != nil {
			return nil, err
		}
		more, err := parse(d, string(text))
		if err != nil {
			return nil, err
		}
		blocks = append(blocks, more...)
	}
	return blocks, nil
}

// open makes the folder, and one of tools under the names that the documents use.
func (s *session) open() error {
	var err error
	if s.dir, err = makeDir(); err != nil {
		return err
	}
	if s.bin, err = os.MkdirTemp("", "doctest-"); err != nil {
		return err
	}
	if s.tool == "" {
		s.tool = filepath.Join(s.bin, "bpf-sdt-link")
		build := exec.Command("go", "build", "-o", s.tool, "./cmd/bpf-sdt-link")
		build.Dir = s.module
		if out, err := build.CombinedOutput(); err != nil {
			return fmt.Errorf("go build: %w\n%s", err, out)
		}
	}
	for name, target := range map[string]string{"clang": s.clang, "bpf-sdt-link": s.tool} {
		path, err := exec.LookPath(target)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		if path, err = filepath.Abs(path); err != nil {
			return err
		}
		if err := os.Symlink(path, filepath.Join(s.bin, name)); err != nil && !errors.Is(err, os.ErrExist) {
			return err
		}
	}
	proxy, err := moduleProxy(filepath.Join(s.bin, "proxy"), s.module)
	if err != nil {
		return err
	}
	cache, err := exec.Command("go", "env", "GOCACHE").Output()
	if err != nil {
		return err
	}
	s.env = append(os.Environ(), "GOCACHE="+strings.TrimSpace(string(cache)), "XDG_CACHE_HOME="+filepath.Join(s.bin, "cache"), "PATH="+s.bin+":"+os.Getenv("PATH")+":/usr/sbin:/sbin", "LC_ALL=C", "CLANG=", "BPFTOOL=", "GOFLAGS=",
		"CGO_ENABLED=0", "GOWORK=off", "GOSUMDB=off", "GOPROXY="+proxy, "MAKEFLAGS=", "MFLAGS=")
	s.env = slices.DeleteFunc(s.env, func(v string) bool {
		return v == "CLANG=" || v == "BPFTOOL=" || strings.HasPrefix(v, "MAKELEVEL=") || strings.HasPrefix(v, "GO_BUILD")
	})
	return nil
}

func makeDir() (string, error) {
	for n := range 1000 {
		dir := fmt.Sprintf("/tmp/%03d", n)
		if err := os.Mkdir(dir, 0o755); err == nil {
			return dir, nil
		} else if !errors.Is(err, os.ErrExist) {
			return "", err
		}
	}
	return "", errors.New("no folder /tmp/000 to /tmp/999 is free")
}

// do writes a file, or runs a session here.
func (s *session) do(b block) error {
	switch {
	case b.file != "":
		s.files++
		path := filepath.Join(s.dir, b.file)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		return os.WriteFile(path, []byte(b.text), 0o644)
	case b.skip != "":
		s.skip(b, b.skip)
	case b.elsewhere != "": // who runs it is held to it by a test
	case b.fentry && s.kernel == "":
		s.skip(b, "it observes a probe by fentry, and there is no kernel to do that on: -kernel")
	case b.fentry: // doThere
	case b.root && os.Geteuid() != 0:
		s.skip(b, "needs root")
	default:
		for i, c := range b.commands {
			s.here++
			out, err := s.command(c.text)
			s.judge(b, i, out, err)
		}
	}
	return nil
}

func (s *session) skip(b block, reason string) {
	for _, c := range b.commands {
		s.skipped = append(s.skipped, fmt.Sprintf("%s:%d: %s: %s", b.document, c.line, c.text, reason))
	}
}

func (s *session) command(text string) (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), commandTime)
	defer cancel()
	cmd := exec.CommandContext(ctx, "/bin/sh", "-c", text)
	cmd.Dir, cmd.Env, cmd.WaitDelay = s.dir, s.env, time.Second
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	err := cmd.Run()
	return out.String(), err
}

// judge compares what command i of a session printed, and how it ended.
func (s *session) judge(b block, i int, out string, err error) {
	c := b.commands[i]
	out = strings.ReplaceAll(out, s.dir, shownDir)
	fails := b.fails && i == len(b.commands)-1
	switch {
	case err != nil && !fails:
		s.fault(b, c, "%v\n%s", err, out)
	case err == nil && fails:
		s.fault(b, c, "it does not fail")
	default:
		if d := b.compare(c, out); d != "" {
			s.fault(b, c, "%s", d)
		}
	}
}
