// Vmrun runs a static Linux program, a Go test binary say, as root under a kernel of one's choice in a machine of QEMU
// that is thrown away afterwards:
//
//	CGO_ENABLED=0 go test -exec 'vmrun -kernel build/kernels/vmlinuz-6.1' ./linker
//
// On the host it packs the program, the folder testdata beside it, the files that -copy names and itself, as /init, into
// an initramfs. In the guest, where it is process 1, it runs the program and sends what that prints and its exit status
// over the second serial port, so that messages of the kernel, which go to the first, never mix with them. The kernel's
// messages are printed if the guest goes away without an exit status. Vmrun must be static: CGO_ENABLED=0 go build.
package main

import (
	"encoding/binary"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"
	"time"
)

// job is what the guest has to do. It travels as JSON in the initramfs.
type job struct {
	Args []string // the program and its arguments
	Env  []string
	Dir  string
}

const jobPath = "/job.json"

// exitVM is the exit status where the guest reports none. No test binary has it.
const exitVM = 125

// A frame on the control port is its type, the length of what follows, 32 bits little-endian, and that.
const (
	frameStdout = 'o'
	frameStderr = 'e'
	frameExit   = 'x' // a status of 32 bits
	frameFailed = '!' // why the guest could not run the program
)

// maxFrame tells a frame from noise. The Go runtime writes far less at once.
const maxFrame = 1 << 26

func writeFrame(w io.Writer, typ byte, payload []byte) error {
	frame := binary.LittleEndian.AppendUint32([]byte{typ}, uint32(len(payload)))
	_, err := w.Write(append(frame, payload...))
	return err
}

func readFrame(r io.Reader) (byte, []byte, error) {
	var header [5]byte
	if _, err := io.ReadFull(r, header[:]); err != nil {
		return 0, nil, err
	}
	n := binary.LittleEndian.Uint32(header[1:])
	if n > maxFrame {
		return 0, nil, fmt.Errorf("the control port carries noise: %x", header)
	}
	payload := make([]byte, n)
	_, err := io.ReadFull(r, payload)
	return header[0], payload, err
}

type list []string

func (l *list) String() string     { return strings.Join(*l, ",") }
func (l *list) Set(s string) error { *l = append(*l, s); return nil }

func main() {
	if os.Getpid() == 1 {
		guest()
		return
	}
	var m machine
	flag.StringVar(&m.kernel, "kernel", "", "`file` of the kernel to boot")
	flag.StringVar(&m.qemu, "qemu", "qemu-system-x86_64", "QEMU `binary`")
	flag.StringVar(&m.memory, "memory", "1G", "`size` of the guest's memory")
	flag.DurationVar(&m.timeout, "timeout", 5*time.Minute, "give up after this `time`")
	flag.BoolVar(&m.verbose, "v", false, "print the kernel's messages")
	flag.Var(&m.copies, "copy", "`file` or folder that the guest has at the same path (repeatable)")
	flag.Var(&m.env, "env", "`NAME=VALUE` for the program's environment (repeatable)")
	flag.Parse()
	if flag.NArg() == 0 || m.kernel == "" {
		fmt.Fprintln(os.Stderr, "usage: vmrun -kernel FILE [flags] PROGRAM [ARGUMENT...]")
		flag.PrintDefaults()
		os.Exit(2)
	}
	code, err := m.run(flag.Args())
	if err != nil {
		fmt.Fprintln(os.Stderr, "vmrun:", err)
		code = exitVM
	}
	os.Exit(code)
}
