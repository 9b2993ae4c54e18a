package linker_test

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"syscall"

	"github.com/cilium/ebpf"
)

// behaviour is what became of the programs of an object in the kernel.
type behaviour struct {
	refused map[string]error // by program: why it does not load; under "" the whole object, if it was loaded as such
	// facts are what programs returned and left in packets and maps, under names that are the same for every link.
	facts map[string]string
}

// behave loads the programs of an object, all at once or each by itself, and runs those that the kernel can run alone on
// packets of the test. It returns an error if cilium/ebpf does not read the object.
func behave(obj []byte, whole bool) (*behaviour, error) {
	spec, err := ebpf.LoadCollectionSpecFromReader(bytes.NewReader(obj))
	if err != nil {
		return nil, err
	}
	b := &behaviour{map[string]error{}, map[string]string{}}
	if whole {
		b.load("", "", spec)
		return b, nil
	}
	for _, name := range slices.Sorted(maps.Keys(spec.Programs)) {
		b.load(name, name+": ", only(spec, name))
	}
	return b, nil
}

func (b *behaviour) load(name, prefix string, spec *ebpf.CollectionSpec) {
	coll, err := newCollection(spec)
	if err != nil {
		b.refused[name] = err
		return
	}
	defer coll.Close()
	b.observe(prefix, coll)
}

// newCollection loads, and pins nothing.
func newCollection(spec *ebpf.CollectionSpec) (*ebpf.Collection, error) {
	for _, m := range spec.Maps {
		m.Pinning = ebpf.PinNone
	}
	return ebpf.NewCollection(spec)
}

// only is a copy of spec with one program, without tables of others.
func only(spec *ebpf.CollectionSpec, program string) *ebpf.CollectionSpec {
	one := spec.Copy()
	for name := range one.Programs {
		if name != program {
			delete(one.Programs, name)
		}
	}
	for _, m := range one.Maps {
		if m.Type == ebpf.ProgramArray {
			m.Contents = nil
		}
	}
	return one
}

func (b *behaviour) observe(prefix string, coll *ebpf.Collection) {
	for _, name := range slices.Sorted(maps.Keys(coll.Programs)) {
		b.facts[name+" loads"] = "yes"
		for i, result := range runAlone(coll.Programs[name]) {
			b.facts[fmt.Sprintf("%s on packet %d", name, i)] = result
		}
	}
	for name, m := range coll.Maps {
		b.facts[prefix+"map "+name] = mapText(m)
	}
}

// runAlone runs a program on packets, where the kernel knows how to without the rest of the system.
func runAlone(p *ebpf.Program) []string {
	var results []string
	for _, packet := range testPackets() {
		var opts ebpf.RunOptions
		switch p.Type() {
		case ebpf.XDP, ebpf.SchedCLS, ebpf.SchedACT, ebpf.SocketFilter, ebpf.CGroupSKB, ebpf.FlowDissector,
			ebpf.LWTIn, ebpf.LWTOut, ebpf.LWTXmit, ebpf.LWTSeg6Local:
			opts = ebpf.RunOptions{Data: packet, DataOut: make([]byte, len(packet)+256)}
		case ebpf.RawTracepoint, ebpf.RawTracepointWritable, ebpf.Syscall:
			opts = ebpf.RunOptions{Context: [8]uint64{1, 2, 3, 4, 5, 6, 7, 8}}
			if p.Type() != ebpf.Syscall {
				opts.Context = [4]uint64{1, 2, 3, 4}
			}
		default:
			return nil
		}
		ret, err := runOnce(p, &opts)
		if err != nil {
			var errno syscall.Errno
			if !errors.As(err, &errno) {
				return append(results, err.Error())
			}
			results = append(results, errno.Error())
			continue
		}
		results = append(results, fmt.Sprintf("%d, %s", int32(ret), change(packet, opts.DataOut)))
	}
	return results
}

// mapEntries is how many entries of a map are looked at.
const mapEntries = 256

// mapText has the entries of a map. Maps that are no tables have no text.
func mapText(m *ebpf.Map) string {
	var entries []string
	switch m.Type() {
	case ebpf.Array, ebpf.Hash, ebpf.LRUHash, ebpf.LPMTrie:
		var key, value []byte
		it := m.Iterate()
		for len(entries) < mapEntries && it.Next(&key, &value) {
			entries = append(entries, fmt.Sprintf("%x=%x", key, value))
		}
	case ebpf.PerCPUArray, ebpf.PerCPUHash, ebpf.LRUCPUHash:
		var key []byte
		var values [][]byte
		it := m.Iterate()
		for len(entries) < mapEntries && it.Next(&key, &values) {
			// A run is on any processor: what all of them have is the same.
			slices.SortFunc(values, bytes.Compare)
			entries = append(entries, fmt.Sprintf("%x=%x", key, values))
		}
	}
	if m.Type() != ebpf.Array {
		slices.Sort(entries)
	}
	return strings.Join(entries, " ")
}

// complexity reports whether the verifier gave up on a program that may well be right.
func complexity(err error) bool {
	text := err.Error()
	var v *ebpf.VerifierError
	if errors.As(err, &v) {
		text += "\n" + strings.Join(v.Log, "\n")
	}
	return strings.Contains(text, "BPF program is too large") || strings.Contains(text, "program is too complex") ||
		strings.Contains(text, "jumps is too complex")
}
