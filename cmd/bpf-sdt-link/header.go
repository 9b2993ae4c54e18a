package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/urfave/cli/v2"

	"github.com/bpfsdt/bpf-sdt-link/include"
)

func (t *tool) headerCommand() *cli.Command {
	return &cli.Command{
		Name:      "header",
		Usage:     "give out bpf_sdt.h, the C header with which probes are written",
		UsageText: "bpf-sdt-link header [-o DIR]\nbpf-sdt-link header --print-dir",
		Description: `Prints the header, or writes it to DIR/bpf_sdt.h; the folder is made if it is missing. --print-dir
prints a folder for clang's -I: that of the installed header if it is this very one, else one in the
user's cache, where the header is put.

Examples:

    clang -O2 -g -target bpf -I$(bpf-sdt-link header --print-dir) -c a.c
    bpf-sdt-link header -o include
`,
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "output", Aliases: []string{"o"}, Usage: "write the header to the folder `DIR`"},
			&cli.BoolFlag{Name: "print-dir", Usage: "print a folder that holds the header", DisableDefaultText: true},
		},
		Action: func(c *cli.Context) error {
			dir := c.String("output")
			switch {
			case c.Args().Present():
				return usagef("header", "'%s' is one argument too many", c.Args().First())
			case c.IsSet("output") && c.Bool("print-dir"):
				return usagef("header", "-o and --print-dir exclude each other")
			case c.IsSet("output") && dir == "":
				return usagef("header", "the folder's name is empty")
			case c.Bool("print-dir"):
				return t.printHeaderDir()
			case c.IsSet("output") && dir != "-":
				return t.writeHeader(dir, 0o777)
			}
			return t.print(include.Header())
		},
	}
}

// writeHeader writes the header to a folder, which is made with the given mode if it is missing.
func (t *tool) writeHeader(dir string, mode fs.FileMode) error {
	if err := os.MkdirAll(dir, mode); err != nil {
		return &fileError{dir, "write", err}
	}
	return t.writeFile(dir+"/"+include.Name, include.Header()) // not Join: see splitPath
}

func (t *tool) printHeaderDir() error {
	dir := installedHeaderDir()
	if dir == "" || !hasHeader(dir) {
		var err error
		if dir, err = cacheDir(); err != nil {
			return err
		}
		// Any number of processes may do this at a time: each puts the same file in place.
		if !hasHeader(dir) {
			if err := t.writeHeader(dir, 0o700); err != nil {
				return err
			}
		}
	}
	return t.print([]byte(dir + "\n"))
}

// hasHeader reports whether a folder has this very header.
func hasHeader(dir string) bool {
	have, err := os.ReadFile(filepath.Join(dir, include.Name))
	return err == nil && bytes.Equal(have, include.Header())
}

// installedHeaderDir returns where the header is when it was installed with this program:
// PREFIX/include/bpf-sdt-link for PREFIX/bin/bpf-sdt-link.
func installedHeaderDir() string {
	exe, err := os.Executable()
	if err != nil {
		return ""
	}
	if exe, err = filepath.EvalSymlinks(exe); err != nil {
		return ""
	}
	return filepath.Join(filepath.Dir(filepath.Dir(exe)), "include", name)
}

// cacheDir returns a folder of the user's that is named for the header's contents, so that the
// tool's versions do not take it from each other. It may be missing.
func cacheDir() (string, error) {
	sum := sha256.Sum256(include.Header())
	key := hex.EncodeToString(sum[:8])
	if base, err := os.UserCacheDir(); err == nil {
		dir := filepath.Join(base, name, key)
		if hasHeader(dir) || os.MkdirAll(dir, 0o700) == nil {
			return dir, nil
		}
	}
	// No home, or one that cannot be written to, as in many a build sandbox.
	return privateTempDir(fmt.Sprintf("%s-%d-%s", name, os.Getuid(), key))
}

// privateTempDir makes a folder in the system's one for temporary files, which everybody may write
// to: what is there already is used only if it is this user's, and nobody else can write to it.
func privateTempDir(base string) (string, error) {
	dir := filepath.Join(os.TempDir(), base)
	if err := os.Mkdir(dir, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return "", &fileError{dir, "write", err}
	}
	fi, err := os.Lstat(dir)
	if err != nil {
		return "", &fileError{dir, "read", err}
	}
	if !ownFolder(fi) {
		return "", &fileError{dir, "write", errors.New("it is not a folder of this user's alone")}
	}
	return dir, nil
}
