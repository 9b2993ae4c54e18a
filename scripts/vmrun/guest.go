package main

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"sync"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

const tcsbrk = 0x5409 // with an argument: wait until all is written

// guest is process 1. What it prints itself goes to the kernel's console.
func guest() {
	for _, m := range []struct{ fs, dir string }{
		{"devtmpfs", "/dev"}, {"proc", "/proc"}, {"sysfs", "/sys"}, {"bpf", "/sys/fs/bpf"},
		{"cgroup2", "/sys/fs/cgroup"}, {"debugfs", "/sys/kernel/debug"}, {"tracefs", "/sys/kernel/tracing"},
	} {
		os.MkdirAll(m.dir, 0o755)
		if err := syscall.Mount(m.fs, m.dir, m.fs, 0, ""); err != nil && err != syscall.EBUSY {
			fmt.Printf("vmrun: mount %s: %v\n", m.dir, err)
		}
	}
	if err := linkUp("lo"); err != nil {
		fmt.Println("vmrun: lo:", err)
	}
	tty, err := openRaw("/dev/ttyS1")
	if err != nil {
		fmt.Println("vmrun:", err)
		powerOff()
	}
	port := &port{w: tty}
	if code, err := runJob(port); err != nil {
		port.send(frameFailed, []byte(err.Error()))
	} else {
		port.send(frameExit, binary.LittleEndian.AppendUint32(nil, uint32(code)))
	}
	ioctl(tty.Fd(), tcsbrk, 1) // what is written goes out first
	powerOff()
}

// linkUp brings a network interface up.
func linkUp(name string) error {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	req, err := unix.NewIfreq(name)
	if err != nil {
		return err
	}
	req.SetUint16(unix.IFF_UP)
	return unix.IoctlIfreq(fd, unix.SIOCSIFFLAGS, req)
}

func powerOff() {
	syscall.Reboot(syscall.LINUX_REBOOT_CMD_POWER_OFF)
	select {}
}

// runJob runs the program and returns its exit status, 128 and the signal where a signal ended it.
func runJob(port *port) (int, error) {
	desc, err := os.ReadFile(jobPath)
	if err != nil {
		return 0, err
	}
	var j job
	if err := json.Unmarshal(desc, &j); err != nil {
		return 0, err
	}
	cmd := exec.Command(j.Args[0], j.Args[1:]...)
	cmd.Dir, cmd.Env = j.Dir, j.Env
	cmd.Stdout, cmd.Stderr = stream{port, frameStdout}, stream{port, frameStderr}
	err = cmd.Run()
	var exit *exec.ExitError
	switch {
	case err == nil:
		return 0, nil
	case !errors.As(err, &exit):
		return 0, fmt.Errorf("%w (is it static? build with CGO_ENABLED=0)", err)
	case exit.ExitCode() < 0:
		sig := exit.Sys().(syscall.WaitStatus).Signal()
		port.send(frameStderr, fmt.Appendf(nil, "vmrun: ended by signal: %v\n", sig))
		return 128 + int(sig), nil
	}
	return exit.ExitCode(), nil
}

// port is the control port, to which both streams of the program are copied at once.
type port struct {
	mu sync.Mutex
	w  io.Writer
}

func (p *port) send(typ byte, payload []byte) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	return writeFrame(p.w, typ, payload)
}

type stream struct {
	port *port
	typ  byte
}

func (s stream) Write(b []byte) (int, error) {
	if err := s.port.send(s.typ, b); err != nil {
		return 0, err
	}
	return len(b), nil
}

// openRaw opens a terminal that passes every byte on as it is.
func openRaw(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		return nil, err
	}
	t := syscall.Termios{Cflag: syscall.CS8 | syscall.CREAD | syscall.CLOCAL | syscall.B115200}
	t.Cc[syscall.VMIN] = 1
	if err := ioctl(f.Fd(), syscall.TCSETS, uintptr(unsafe.Pointer(&t))); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return f, nil
}

func ioctl(fd, request, arg uintptr) error {
	if _, _, e := syscall.Syscall(syscall.SYS_IOCTL, fd, request, arg); e != 0 {
		return e
	}
	return nil
}
