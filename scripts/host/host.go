// Package host tells what machine a benchmark runs on, and which compiler it has.
package host

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"
)

// KernelVersion returns the release of the kernel.
func KernelVersion() string {
	var u unix.Utsname
	if unix.Uname(&u) != nil {
		return "unknown"
	}
	return string(bytes.TrimRight(u.Release[:], "\x00"))
}

// CPUModel returns the name of the processor.
func CPUModel() string {
	text, _ := os.ReadFile("/proc/cpuinfo")
	for line := range strings.Lines(string(text)) {
		if key, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(key) == "model name" {
			return strings.TrimSpace(value)
		}
	}
	return "an unknown processor"
}

// Clang returns a clang and the first line of its --version: the command that is given, or if that is empty the first of
// names that is installed.
func Clang(command string, names ...string) (found, version string, err error) {
	for _, c := range names {
		if _, err := exec.LookPath(c); err == nil && command == "" {
			command = c
		}
	}
	if command == "" {
		return "", "", errors.New("no clang is installed")
	}
	out, err := exec.Command(command, "--version").Output()
	if err != nil {
		return "", "", fmt.Errorf("%s --version: %w", command, err)
	}
	version, _, _ = strings.Cut(string(out), "\n")
	return command, strings.TrimSpace(version), nil
}

// IncludeFlags are the flags by which clang finds the headers of the machine: with -target bpf it does not look where Debian
// and Ubuntu have asm/types.h.
func IncludeFlags() (flags []string) {
	multiarch, _ := filepath.Glob("/usr/include/*-linux-gnu")
	for _, dir := range multiarch {
		flags = append(flags, "-idirafter", dir)
	}
	return flags
}
