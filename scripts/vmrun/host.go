package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"time"
)

// machine is what to boot.
type machine struct {
	kernel, qemu, memory string
	timeout              time.Duration
	verbose              bool
	copies, env          list
}

// run runs a program in the guest and returns its exit status.
func (m *machine) run(args []string) (int, error) {
	tmp, err := os.MkdirTemp("", "vmrun-")
	if err != nil {
		return 0, err
	}
	defer os.RemoveAll(tmp)
	j, err := m.job(args)
	if err != nil {
		return 0, err
	}
	initrd, console := filepath.Join(tmp, "initrd"), filepath.Join(tmp, "console")
	if err := m.pack(initrd, j); err != nil {
		return 0, err
	}

	ctx, cancel := context.WithTimeout(context.Background(), m.timeout)
	defer cancel()
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM, syscall.SIGQUIT)
	defer stop()
	code, err := m.boot(ctx, initrd, console)
	if log, _ := os.ReadFile(console); m.verbose || err != nil {
		os.Stderr.Write(log)
	}
	if err != nil && errors.Is(ctx.Err(), context.DeadlineExceeded) {
		err = fmt.Errorf("%s did not end within %v under %s, and was stopped", args[0], m.timeout, m.kernel)
	}
	return code, err
}

// boot starts the machine and relays what it sends until it reports an exit status.
func (m *machine) boot(ctx context.Context, initrd, console string) (int, error) {
	cmd := exec.CommandContext(ctx, m.qemu, m.flags(initrd, console)...)
	var complaint bytes.Buffer
	cmd.Stderr = &complaint
	// The guest must not outlive this process. The signal is tied to the thread that starts it, so that is kept.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	control, err := cmd.StdoutPipe()
	if err != nil {
		return 0, err
	}
	if err := cmd.Start(); err != nil {
		return 0, err
	}
	code, err := relay(bufio.NewReader(control))
	// All is said, or nothing more will be that makes sense.
	cmd.Process.Kill()
	cmd.Wait()
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		err = fmt.Errorf("the guest went away without an exit status %s", bytes.TrimSpace(complaint.Bytes()))
	}
	return code, err
}

func relay(r io.Reader) (int, error) {
	for {
		typ, payload, err := readFrame(r)
		if err != nil {
			return 0, err
		}
		switch {
		case typ == frameStdout:
			os.Stdout.Write(payload)
		case typ == frameStderr:
			os.Stderr.Write(payload)
		case typ == frameExit && len(payload) == 4:
			return int(int32(binary.LittleEndian.Uint32(payload))), nil
		case typ == frameFailed:
			return 0, fmt.Errorf("in the guest: %s", payload)
		default:
			return 0, fmt.Errorf("the control port carries noise: frame %q of %d bytes", typ, len(payload))
		}
	}
}

// flags name the accelerator, for /dev/kvm may be there and not work.
func (m *machine) flags(initrd, console string) []string {
	return []string{
		"-accel", "tcg", "-machine", "q35", "-cpu", "max,la57=off", "-smp", "2", "-m", m.memory,
		"-no-user-config", "-nodefaults", "-no-reboot", "-display", "none",
		"-chardev", "file,id=console,path=" + console, "-serial", "chardev:console",
		"-chardev", "stdio,id=control,signal=off", "-serial", "chardev:control",
		"-kernel", m.kernel, "-initrd", initrd, "-append", "console=ttyS0 quiet panic=-1 cryptomgr.notests",
	}
}

func (m *machine) job(args []string) (*job, error) {
	program, err := exec.LookPath(args[0])
	if err != nil {
		return nil, err
	}
	if program, err = filepath.Abs(program); err != nil {
		return nil, err
	}
	dir, err := os.Getwd()
	if err != nil {
		return nil, err
	}
	j := &job{Args: []string{program}, Dir: dir}
	for _, arg := range args[1:] {
		// The go command reads that log to keep the result, and knows nothing of the kernel.
		if !strings.HasPrefix(arg, "-test.testlogfile=") {
			j.Args = append(j.Args, arg)
		}
	}
	for _, v := range os.Environ() {
		if !strings.HasPrefix(v, "TMPDIR=") {
			j.Env = append(j.Env, v)
		}
	}
	j.Env = append(j.Env, m.env...)
	return j, nil
}

// pack writes the initramfs.
func (m *machine) pack(path string, j *job) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	desc, err := json.Marshal(j)
	if err != nil {
		return err
	}
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	defer f.Close()
	w := bufio.NewWriter(f)
	c := newCPIO(w)
	c.char("/dev/console", 5, 1)
	c.file(jobPath, 0o600, string(desc))
	for _, dir := range []string{"/tmp", "/proc", "/sys", j.Dir} {
		c.dir(dir)
	}
	if err := c.copyFile("/init", self); err != nil {
		return err
	}
	copies := append([]string{j.Args[0]}, m.copies...)
	if data := filepath.Join(j.Dir, "testdata"); exists(data) {
		copies = append(copies, data)
	}
	for _, src := range copies {
		if err := c.copyTree(src); err != nil {
			return err
		}
	}
	if err := c.close(); err != nil {
		return err
	}
	return w.Flush()
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
