package main

import (
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"os/signal"
	"syscall"
	"time"

	"golang.org/x/sys/windows"
)

// endingSignals are what the Go runtime makes of Control-C and Control-Break, and of a console that is closed.
var endingSignals = []os.Signal{syscall.SIGINT, syscall.SIGTERM}

// raise returns: no process is ended by a signal here.
func raise(syscall.Signal) {}

// removeOpen removes a file that may be open, and written to at this moment; or a folder, if f is nil. An open file cannot
// be removed here, and a write that is under way keeps it open for a moment after Close.
func removeOpen(path string, f *os.File) {
	if f != nil {
		f.Close()
	}
	for range 50 {
		if os.RemoveAll(path) == nil {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// isBrokenPipe reports whether a write failed because nobody reads any more.
func isBrokenPipe(err error) bool {
	return errors.Is(err, windows.ERROR_BROKEN_PIPE) || errors.Is(err, windows.ERROR_NO_DATA)
}

// realFolder returns a folder as it is, if it is there. Windows takes ".." out of a path before it looks for symbolic
// links, so they may stay; and filepath.EvalSymlinks does not know all that can lead to a folder here.
func realFolder(path string) (string, error) {
	fi, err := os.Stat(path)
	if err == nil && !fi.IsDir() {
		err = syscall.ENOTDIR
	}
	return path, err
}

// ownFolder reports whether fi is a folder. The one for temporary files, which it is in, is each user's own here.
func ownFolder(fi fs.FileInfo) bool { return fi.IsDir() }

// programFile returns path with ".exe", or another of PATHEXT, behind it if that is a program that can be run, else "".
func programFile(path string) string {
	found, err := exec.LookPath(path)
	if err != nil && !errors.Is(err, exec.ErrDot) { // the current folder is only looked in if PATH names it
		return ""
	}
	return found
}

// execFile runs another program and ends with its exit status, as near as Windows comes to replacing a process. It returns
// only if that fails.
func execFile(path string, args, env []string) error {
	cmd := exec.Command(path, args...)
	cmd.Env = env
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	signal.Ignore(os.Interrupt) // Control-C goes to both, and the other decides
	err := cmd.Run()
	var exit *exec.ExitError
	switch {
	case err == nil:
		os.Exit(0)
	case errors.As(err, &exit):
		os.Exit(exit.ExitCode())
	}
	return err
}

// takesEscapes has a console act on escape sequences, and reports whether it does: it cannot before Windows 10.
func takesEscapes(f *os.File) bool {
	console := windows.Handle(f.Fd())
	var mode uint32
	if windows.GetConsoleMode(console, &mode) != nil {
		return false
	}
	return windows.SetConsoleMode(console, mode|windows.ENABLE_VIRTUAL_TERMINAL_PROCESSING) == nil
}
