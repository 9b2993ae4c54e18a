package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// writes are the files that a run makes. All are prepared first: a file to be replaced as a
// temporary one in its folder. Then all appear, in the order in which they were added, those that
// cannot be replaced (standard output, devices, pipes) before the others.
type writes struct {
	t      *tool
	direct []write
	staged []write
}

// write is one file of writes.
type write struct {
	name   string      // as given, for messages
	target string      // the file to be replaced, with no symbolic link left
	temp   string      // what replaces it
	data   io.WriterTo // of a direct write
}

func (t *tool) newWrites() *writes { return &writes{t: t} }

// add prepares a file.
func (w *writes) add(name string, data io.WriterTo) error {
	if isStdout(name) {
		w.direct = append(w.direct, write{name: name, data: data})
		return nil
	}
	target, direct, err := resolveOutput(name)
	if err != nil {
		return &fileError{name, "write", err}
	}
	if direct {
		w.direct = append(w.direct, write{name: name, data: data})
		return nil
	}
	temp, err := pending.create(filepath.Dir(target), data)
	if err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			err = fmt.Errorf("there is no folder '%s'", filepath.Dir(target))
		}
		return &fileError{name, "write", err}
	}
	w.staged = append(w.staged, write{name: name, target: target, temp: temp})
	return nil
}

// addInPlace prepares a file that somebody may have open: one that is there is not replaced but written over.
func (w *writes) addInPlace(name string, data io.WriterTo) error {
	if fi, err := os.Stat(name); err != nil || isStdout(name) || !fi.Mode().IsRegular() {
		return w.add(name, data)
	}
	w.direct = append(w.direct, write{name: name, data: data})
	return nil
}

// commit makes the files appear.
func (w *writes) commit() error {
	pending.watchSignals() // so that to write to a pipe without a reader is an error
	for _, d := range w.direct {
		if isStdout(d.name) {
			if _, err := d.data.WriteTo(w.t.stdout); err != nil {
				return &stdoutError{err}
			}
			continue
		}
		if err := writeDirect(d.name, d.data); err != nil {
			return &fileError{d.name, "write", err}
		}
	}
	if bad, err := pending.replace(w.staged); err != nil {
		return &fileError{bad.name, "write", err}
	}
	w.staged = nil
	return nil
}

// discard removes the temporary files that are left.
func (w *writes) discard() {
	for _, s := range w.staged {
		pending.remove(s.temp)
	}
	w.staged = nil
}

// writeFile writes one file, whole or not at all.
func (t *tool) writeFile(name string, data []byte) error {
	w := t.newWrites()
	defer w.discard()
	if err := w.add(name, bytes.NewReader(data)); err != nil {
		return err
	}
	return w.commit()
}

// isStdout reports whether an output is standard output. /dev/stdout means the open stream, as it
// does to the shell, and not the file that the stream happens to go to.
func isStdout(name string) bool {
	return name == "-" || name == "/dev/stdout" || name == "/dev/fd/1" || name == "/proc/self/fd/1"
}

// maxLinks is how many symbolic links are followed, as by Linux.
const maxLinks = 40

// splitPath splits a path at its last separator. Unlike filepath.Dir it leaves ".." in the folder as it is: what that
// means depends on symbolic links before it.
func splitPath(path string) (folder, base string) {
	volume := filepath.VolumeName(path) // as in C:\a.o; C:a.o is in the current folder of drive C
	i := len(path)
	for i > len(volume) && !os.IsPathSeparator(path[i-1]) {
		i--
	}
	switch folder, base = path[:i], path[i:]; len(folder) - len(volume) {
	case 0:
		return volume + ".", base
	case 1:
		return folder, base // the root
	}
	return folder[:i-1], base
}

// resolveOutput finds out how to write a file: by replacing target, which is name with symbolic
// links followed, or directly, because it is no regular file. The target need not exist.
func resolveOutput(name string) (target string, direct bool, err error) {
	path := name
	for range maxLinks {
		folder, base := splitPath(path)
		if base == "" || base == "." || base == ".." {
			return "", false, syscall.EISDIR
		}
		dir, err := realFolder(folder)
		if errors.Is(err, fs.ErrNotExist) {
			err = fmt.Errorf("there is no folder '%s'", folder)
		}
		if err != nil {
			return "", false, err
		}
		if dir == "/proc" || strings.HasPrefix(dir, "/proc/") {
			return "", true, nil // /dev/fd/3 and the like: links that only look like links
		}
		path = filepath.Join(dir, base)
		fi, err := os.Lstat(path)
		switch {
		case err != nil:
			return path, false, ignoreNotExist(err)
		case fi.IsDir():
			return "", false, syscall.EISDIR
		case fi.Mode().IsRegular():
			return path, false, nil
		case fi.Mode()&fs.ModeSymlink == 0:
			return "", true, nil
		}
		to, err := os.Readlink(path)
		if err != nil {
			return "", false, err
		}
		if !filepath.IsAbs(to) {
			to = dir + "/" + to // not Join: what ".." means depends on links in between
		}
		path = to
	}
	return "", false, syscall.ELOOP
}

func ignoreNotExist(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// writeDirect writes to what cannot be replaced by a rename.
func writeDirect(name string, data io.WriterTo) error {
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_TRUNC, 0)
	if err != nil {
		return err
	}
	_, err = data.WriteTo(f)
	return errors.Join(err, f.Close())
}

// createTemp makes a new file in dir. Its mode is what the umask leaves of 0666, like that of any
// new file, which os.CreateTemp's is not. Its name does not grow with the output's, which may be
// as long as the file system permits.
func createTemp(dir string) (*os.File, error) {
	for {
		f, err := os.OpenFile(tempName(dir), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
		if !errors.Is(err, fs.ErrExist) {
			return f, err
		}
	}
}

func tempName(dir string) string {
	return filepath.Join(dir, fmt.Sprintf(".bpf-sdt-link-%016x.tmp", rand.Uint64()))
}
