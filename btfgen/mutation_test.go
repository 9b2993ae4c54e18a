package btfgen

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"testing"

	"github.com/bpfsdt/bpf-sdt-link/internal/mutate"
)

func mutationTarget(tb testing.TB, name string, focus ...mutate.Focus) mutate.Target {
	return mutate.Target{
		Name:  name,
		BTF:   true,
		Seeds: mutate.Load(tb, 6<<10, "../golden/testdata/*/*.clang*.o.zst", "../notes/testdata/*.o.zst", "../linker/testdata/corpus/btf_*/*.o.zst"),
		Focus: focus,
		Check: func(in *mutate.Input) (string, error) {
			order := binary.ByteOrder(binary.LittleEndian)
			if in.Big {
				order = binary.BigEndian
			}
			return mergeMutated(in.Data[0], in.Data[1], order, in.Mode)
		},
	}
}

func typesTarget(tb testing.TB) mutate.Target { return mutationTarget(tb, "types", mutate.Types) }
func extTarget(tb testing.TB) mutate.Target   { return mutationTarget(tb, "ext", mutate.Records) }

// mergeMutated reads types and records, uses each, merges them and holds what comes of it against itself, merged again.
func mergeMutated(btf, data []byte, order binary.ByteOrder, mode uint16) (string, error) {
	types, err := ParseTypes(btf, order)
	if (types == nil) == (err == nil) {
		return "", fmt.Errorf("types %v, error %v", types, err)
	}
	if err != nil {
		return "types refused", nil
	}
	for id := range min(types.Len(), 500) {
		if err := useType(types, id); err != nil {
			return "", err
		}
	}
	var ext *Ext
	if len(data) > 0 {
		ext, err = ParseExt(data, order, types, nil)
		if (ext == nil) == (err == nil) {
			return "", fmt.Errorf("records %v, error %v", ext, err)
		}
		if err != nil {
			return "records refused", nil
		}
		useRecords(types, ext)
	}
	once, onceExt, err := mergeAll(types, ext, order, mode)
	if err != nil {
		if once != nil || onceExt != nil {
			return "", fmt.Errorf("types and error %v", err)
		}
		return "not merged", nil
	}
	if once == nil {
		return "nothing left", nil
	}
	if types, err = ParseTypes(once, order); err != nil {
		return "", fmt.Errorf("what was merged cannot be read: %w", err)
	}
	ext = nil
	if onceExt != nil {
		if ext, err = ParseExt(onceExt, order, types, nil); err != nil {
			return "", fmt.Errorf("what was merged cannot be read: %w", err)
		}
	}
	twice, twiceExt, err := mergeAll(types, ext, order, 0)
	if err != nil {
		return "", fmt.Errorf("what was merged cannot be merged again: %w", err)
	}
	if !bytes.Equal(once, twice) || !bytes.Equal(onceExt, twiceExt) {
		return "", errors.New("merged again, it is something else")
	}
	return "ok", nil
}

// mergeAll merges all types but those that an even mode drops, and all records. DATASECs are taken over.
func mergeAll(types *Types, ext *Ext, order binary.ByteOrder, mode uint16) ([]byte, []byte, error) {
	m := NewMerger()
	node, _, ext := m.Add(m.NewHasher().Prepare(types, ext))
	dropped := map[uint32]bool{}
	for id := uint32(1); id < types.Len(); id++ {
		if k := types.Kind(id); mode != 0 && mode&1 == 0 && (k == Var || k == Func) && (uint32(mode)+id)%7 == 0 {
			m.Drop(node[id])
			dropped[id] = true
		}
	}
	for id := uint32(1); id < types.Len(); id++ {
		if types.Kind(id) != Datasec {
			continue
		}
		var vars []SectionVar
		for i := range types.Vlen(id) {
			if e := types.Element(id, i); !dropped[e.Type] {
				vars = append(vars, SectionVar{node[e.Type], e.Offset, e.Size})
			}
		}
		m.AddSection(types.Name(id), types.at(id)[wType], vars)
	}
	for k := range recordKinds {
		for i := range ext.Records(k) {
			s := &ext.Records(k)[i]
			m.AddRecords(k, s.Name, ext, s, Placement{Place: func(off uint32) (uint32, bool) { return off, true }})
		}
	}
	return m.Finish(order)
}

func useRecords(t *Types, x *Ext) {
	for k := range recordKinds {
		for i := range x.Records(k) {
			s := &x.Records(k)[i]
			for j := range s.Len() {
				off := uint64(s.Offset(j))
				_ = x.FuncAt(0, s.Name, off)
				_, _ = x.LineAt(t, 0, s.Name, off, off)
			}
		}
	}
}

func FuzzTypesMutated(f *testing.F) { mutate.Fuzz(f, typesTarget(f)) }
func FuzzExtMutated(f *testing.F)   { mutate.Fuzz(f, extTarget(f)) }
func TestMutations(t *testing.T)    { mutate.Run(t, typesTarget(t), extTarget(t)) }
