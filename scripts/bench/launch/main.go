// Launch runs a command and writes what it took to the file descriptor 3: wall-clock nanoseconds, CPU microseconds
// (user and system), and the largest resident set in KiB.
//
//	launch LIMIT-SECONDS COMMAND [ARGUMENT]...
//
// The kernel counts what the parent of a command has resident as the command's own, until it executes. So the parent is
// this small program, and not the one that keeps results. Without arguments it does nothing: an empty Go program.
package main

import (
	"os"
	"strconv"
	"sync/atomic"
	"syscall"
	"time"
)

func main() {
	if len(os.Args) < 3 {
		return
	}
	limit, _ := strconv.Atoi(os.Args[1])
	start := time.Now()
	pid, err := syscall.ForkExec(os.Args[2], os.Args[2:], &syscall.ProcAttr{Env: os.Environ(), Files: []uintptr{0, 1, 2}})
	if err != nil {
		fail(err)
	}
	var late atomic.Bool
	time.AfterFunc(time.Duration(limit)*time.Second, func() {
		late.Store(true)
		_ = syscall.Kill(pid, syscall.SIGKILL)
	})
	var status syscall.WaitStatus
	var usage syscall.Rusage
	if _, err := syscall.Wait4(pid, &status, 0, &usage); err != nil {
		fail(err)
	}
	wall := time.Since(start)
	switch {
	case late.Load():
		os.Exit(124)
	case status.Signaled():
		os.Exit(128 + int(status.Signal()))
	case status.ExitStatus() != 0:
		os.Exit(status.ExitStatus())
	}
	cpu := (usage.Utime.Nano() + usage.Stime.Nano()) / 1000
	line := strconv.FormatInt(wall.Nanoseconds(), 10) + " " + strconv.FormatInt(cpu, 10) + " " + strconv.FormatInt(usage.Maxrss, 10) + "\n"
	if _, err := os.NewFile(3, "result").WriteString(line); err != nil {
		fail(err)
	}
}

func fail(err error) {
	os.Stderr.WriteString("launch: " + err.Error() + "\n")
	os.Exit(125)
}
