package sdt

import (
	"fmt"

	"github.com/cilium/ebpf"

	"github.com/bpfsdt/bpf-sdt-link/notes"
)

// Enable switches probes on: BPF_SDT_ENABLED is then true of them in the programs that are loaded from spec. It is not
// needed to observe a probe that no if (BPF_SDT_ENABLED(probe)) guards.
//
// Errors wrap [ErrNoProbe], or [ErrNoFlag] if no object asks for the probe's flag. Then no flag is changed.
func Enable(spec *ebpf.CollectionSpec, probes ...string) error {
	return setFlags(spec, probes, 1)
}

// Disable switches probes off again. They are off unless [Enable] was called. Errors are those of Enable.
func Disable(spec *ebpf.CollectionSpec, probes ...string) error {
	return setFlags(spec, probes, 0)
}

func setFlags(spec *ebpf.CollectionSpec, probes []string, value uint8) error {
	flags := make([]*ebpf.VariableSpec, len(probes))
	for i, probe := range probes {
		var err error
		if flags[i], err = flag(spec, probe); err != nil {
			return err
		}
	}
	for i, f := range flags {
		if err := f.Set(value); err != nil {
			return fmt.Errorf("probe '%s': %w", probes[i], err)
		}
	}
	return nil
}

// flag finds the variable behind BPF_SDT_ENABLED.
func flag(spec *ebpf.CollectionSpec, probe string) (*ebpf.VariableSpec, error) {
	if spec == nil {
		return nil, noProbe(probe, "", nil)
	}
	if v := spec.Variables[notes.FlagPrefix+probe]; v != nil {
		if v.Size() != 1 {
			return nil, fmt.Errorf("probe '%s': %s is of %d bytes, not a flag", probe, v.Name, v.Size())
		}
		return v, nil
	}
	all, err := Probes(spec)
	if err != nil {
		return nil, err
	}
	for i := range all {
		if all[i].Name == probe {
			return nil, fmt.Errorf("probe '%s': %w", probe, ErrNoFlag)
		}
	}
	return nil, noProbe(probe, "", names(all))
}
