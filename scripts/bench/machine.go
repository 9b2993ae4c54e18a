package main

import (
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"

	"github.com/bpfsdt/bpf-sdt-link/scripts/host"
)

// machine is what one has to know to compare numbers with others.
type machine struct {
	Tool     string `json:"tool"`
	Bpftool  string `json:"bpftool"`
	Compiler string `json:"compiler"`
	Kernel   string `json:"kernel"`
	CPU      string `json:"cpu"`
	Cores    int    `json:"cores"`
	Rounds   int    `json:"rounds"`
	Load     string `json:"load"` // the load average of the last minute, at the end
}

func (b *bench) describe() machine {
	m := machine{Bpftool: b.bpftoolVersion, Kernel: host.KernelVersion(), CPU: host.CPUModel(), Cores: runtime.NumCPU(), Rounds: b.rounds}
	if out, err := exec.Command(b.tool, "--version").Output(); err == nil {
		m.Tool = strings.TrimSpace(string(out))
	}
	return m
}

// bpftoolVersion reads what 'bpftool version' prints. A bpftool with LLVM takes longer to start than small links take.
func bpftoolVersion(text string) (version string, llvm bool, err error) {
	var libbpf string
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if _, v, ok := strings.Cut(line, "bpftool v"); ok && version == "" {
			version = v
		}
		if v, ok := strings.CutPrefix(line, "using libbpf v"); ok {
			libbpf = v
		}
		if features, ok := strings.CutPrefix(line, "features:"); ok {
			for f := range strings.SplitSeq(features, ",") {
				llvm = llvm || strings.TrimSpace(f) == "llvm"
			}
		}
	}
	if version == "" {
		return "", false, fmt.Errorf("no version of bpftool in %q", text)
	}
	version = "bpftool " + version
	if libbpf != "" {
		version += " (libbpf " + libbpf + ")"
	}
	return version, llvm, nil
}

func loadAverage() string {
	text, _ := os.ReadFile("/proc/loadavg")
	load, _, _ := strings.Cut(string(text), " ")
	return load
}
