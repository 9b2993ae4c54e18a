//go:build unix

package main

import (
	"errors"
	"io/fs"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"
)

// endingSignals are those that end a process and can be caught.
var endingSignals = []os.Signal{
	syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGPIPE, syscall.SIGQUIT, syscall.SIGXCPU,
}

// raise ends this process by a signal, so that a shell or make sees what ended it. It returns if it cannot.
func raise(s syscall.Signal) {
	// SIGPIPE the Go runtime ignores when it is sent by kill; of SIGXCPU it makes a crash. SIGQUIT has it print stacks.
	if s == syscall.SIGPIPE || s == syscall.SIGXCPU {
		return
	}
	signal.Reset(s)
	if syscall.Kill(syscall.Getpid(), s) == nil {
		time.Sleep(time.Second) // it is delivered to some thread, soon
	}
}

// removeOpen removes a file that may be open, and written to at this moment; or a folder, if f is nil.
func removeOpen(path string, _ *os.File) { os.RemoveAll(path) }

// isBrokenPipe reports whether a write failed because nobody reads any more.
func isBrokenPipe(err error) bool { return errors.Is(err, syscall.EPIPE) }

// realFolder returns a folder with no symbolic link left: there, ".." is the folder above.
func realFolder(path string) (string, error) { return filepath.EvalSymlinks(path) }

// ownFolder reports whether fi is a folder of this user's that nobody else can write to.
func ownFolder(fi fs.FileInfo) bool {
	owner, ok := fi.Sys().(*syscall.Stat_t)
	return ok && fi.IsDir() && int(owner.Uid) == os.Getuid() && fi.Mode().Perm()&0o022 == 0
}

// programFile returns path if that is a program that can be run, else "".
func programFile(path string) string {
	if fi, err := os.Stat(path); err != nil || !fi.Mode().IsRegular() || fi.Mode()&0o111 == 0 {
		return ""
	}
	return path
}

// execFile replaces this process by another program. It returns only if that fails.
func execFile(path string, args, env []string) error {
	return syscall.Exec(path, append([]string{path}, args...), env)
}

func takesEscapes(*os.File) bool { return true }
