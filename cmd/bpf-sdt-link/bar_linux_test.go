package main

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// openTerminal opens a pseudo terminal of some columns: what a program writes to tty is read from screen.
func openTerminal(t *testing.T, columns uint16) (screen, tty *os.File) {
	t.Helper()
	screen, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Skipf("no pseudo terminals here: %v", err)
	}
	t.Cleanup(func() { screen.Close() })
	fd := int(screen.Fd())
	n, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	if err == nil {
		err = unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0)
	}
	if err == nil {
		err = unix.IoctlSetWinsize(fd, unix.TIOCSWINSZ, &unix.Winsize{Row: 24, Col: columns})
	}
	if err == nil {
		tty, err = os.OpenFile(fmt.Sprint("/dev/pts/", n), os.O_RDWR|unix.O_NOCTTY, 0)
	}
	if err != nil {
		t.Skipf("no pseudo terminals here: %v", err)
	}
	return screen, tty
}

// slowly links a.o and what comes out of a pipe after a while, in dir, and returns what it says on stderr and its status. The
// object in the pipe is the named one.
func slowly(t *testing.T, dir, object string, after time.Duration, stderr *os.File, env []string, args ...string) int {
	t.Helper()
	pipe := filepath.Join(dir, "slow.o")
	if err := unix.Mkfifo(pipe, 0o666); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(filepath.Join(dir, object))
	if err != nil {
		t.Fatal(err)
	}
	cmd := toolCommand(t, append(args, "a.o", "slow.o")...)
	cmd.Dir, cmd.Stderr, cmd.Env = dir, stderr, append(os.Environ(), env...)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	time.Sleep(after)
	if err := os.WriteFile(pipe, data, 0o666); err != nil {
		t.Error(err)
	}
	err = cmd.Wait()
	if _, exited := err.(*exec.ExitError); err != nil && !exited {
		t.Error(err)
	}
	return cmd.ProcessState.ExitCode()
}

// saw reads a stream to its end, that of a terminal with the error that this one gives.
func saw(f *os.File) func() string {
	var all bytes.Buffer
	var done sync.WaitGroup
	done.Go(func() { io.Copy(&all, f) })
	return func() string { done.Wait(); return all.String() }
}

var control = regexp.MustCompile("\x1b\\[([0-9;]*)([A-Za-z])|\r\n|[^\x1b\r]+")

// onScreen plays what is written to a terminal and returns what is on it in the end. It knows what is written here: lines, one
// line up, a line erased, colours.
func onScreen(t *testing.T, written string) string {
	t.Helper()
	lines, y := []string{""}, 0
	for _, m := range control.FindAllStringSubmatch(written, -1) {
		switch {
		case m[0] == "\r\n":
			if y++; y == len(lines) {
				lines = append(lines, "")
			}
		case m[2] == "A":
			y-- // no other number is written
			if y < 0 {
				t.Fatalf("above the first line: %q", written)
			}
		case m[2] == "K":
			lines[y] = ""
		case m[2] == "m":
		case m[2] != "":
			t.Fatalf("an escape that this terminal does not know: %q", m[0])
		default:
			lines[y] += m[0]
		}
	}
	return strings.TrimRight(strings.Join(lines, "\n"), "\n")
}

// A link that takes more than a second shows on a terminal what it is at, and in the end takes it away again. Where standard
// error is no terminal, or something reads it, nothing of the kind is written.
func TestProgressBar(t *testing.T) {
	for _, test := range []struct {
		name     string
		object   string
		after    time.Duration
		columns  uint16 // 0: no terminal
		env      []string
		args     []string
		status   int
		shown    string // what must have been on the terminal meanwhile
		leftover string // of the messages
	}{
		{"shown", "b.o", 2500 * time.Millisecond, 80, nil, nil, 0, "reading objects", ""},
		{"shown before an error", "conflict.o", 2500 * time.Millisecond, 80, nil, []string{"--color=never"}, 1, "reading objects", "is declared with different types"},
		{"narrow terminal", "b.o", 2500 * time.Millisecond, 20, nil, nil, 0, "[", ""},
		{"no terminal", "b.o", 2500 * time.Millisecond, 0, nil, nil, 0, "", ""},
		{"dumb terminal", "b.o", 2500 * time.Millisecond, 80, []string{"TERM=dumb"}, nil, 0, "", ""},
		{"for a program", "b.o", 2500 * time.Millisecond, 80, nil, []string{"--diagnostics=json"}, 0, "", ""},
		{"fast", "b.o", 100 * time.Millisecond, 80, nil, nil, 0, "", ""},
		{"just when it would be shown", "b.o", progressAfter, 80, nil, nil, 0, "", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			if err := writeObjects(dir); err != nil {
				t.Fatal(err)
			}
			screen, stderr, err := os.Pipe()
			if test.columns > 0 {
				screen, stderr = openTerminal(t, test.columns)
			} else if err != nil {
				t.Fatal(err)
			}
			text := saw(screen)
			env := append([]string{"TERM=xterm"}, test.env...)
			status := slowly(t, dir, test.object, test.after, stderr, env, append(test.args, "-o", "out.o")...)
			stderr.Close()
			written := text()
			if status != test.status {
				t.Errorf("status %d: %q", status, written)
			}
			if !strings.Contains(written, test.shown) {
				t.Errorf("nothing was shown: %q", written)
			}
			if test.shown == "" && test.after != progressAfter && written != "" {
				t.Errorf("%q", written)
			}
			left := onScreen(t, written)
			if test.leftover == "" && left != "" || !strings.Contains(left, test.leftover) || strings.Contains(left, "reading") {
				t.Errorf("left on the terminal: %q", left)
			}
			for _, line := range strings.Split(regexp.MustCompile("\x1b\\[[0-9;]*[A-Za-z]").ReplaceAllString(written, ""), "\r\n") {
				if test.columns > 0 && test.leftover == "" && len(line) > int(test.columns) {
					t.Errorf("a line of %d columns in a terminal of %d: %q", len(line), test.columns, line)
				}
			}
		})
	}
}

// A bar can be hidden at any moment of its life, as often as one likes: neither does it wait for ever, nor does it write later.
func TestBarHidden(t *testing.T) {
	var b bytes.Buffer
	for i := range 200 {
		bar := newBar(&b)
		bar.start.Reset(time.Duration(i) * 10 * time.Microsecond)
		time.Sleep(time.Millisecond)
		(&meter{bar: bar}).hide()
		if left := onScreen(t, strings.ReplaceAll(b.String(), "\n", "\r\n")); left != "" {
			t.Fatalf("left behind: %q", left)
		}
	}
}

// What --cpuprofile writes is a profile: gzip around a protocol buffer, whose strings name the samples.
func TestProfile(t *testing.T) {
	chdirToObjects(t)
	if status, stderr := runTool(t, "-o", "out.o", "--cpuprofile", "cpu.prof", "a.o", "b.o"); status != 0 {
		t.Fatal(stderr)
	}
	packed, err := os.Open("cpu.prof")
	if err != nil {
		t.Fatal(err)
	}
	defer packed.Close()
	z, err := gzip.NewReader(packed)
	if err != nil {
		t.Fatal(err)
	}
	if data, err := io.ReadAll(z); err != nil || !bytes.Contains(data, []byte("samples")) {
		t.Errorf("%d bytes, %v", len(data), err)
	}
}
