package mutate

import (
	"encoding/binary"
	"runtime"
	"testing"
	"time"
)

// BTF makes a little-endian .BTF section of any types, good or bad, without looking at them.
type BTF struct {
	Len   uint32 // id of the last type
	types []byte
	strs  []byte
}

// Add adds a type by its words and returns its id.
func (t *BTF) Add(words ...uint32) uint32 {
	for _, w := range words {
		t.types = binary.LittleEndian.AppendUint32(t.types, w)
	}
	t.Len++
	return t.Len
}

// Name adds a string and returns its offset.
func (t *BTF) Name(s string) uint32 {
	if t.strs == nil {
		t.strs = []byte{0}
	}
	at := uint32(len(t.strs))
	t.strs = append(append(t.strs, s...), 0)
	return at
}

// Bytes returns the section.
func (t *BTF) Bytes() []byte {
	t.Name("")
	n := uint32(len(t.types))
	b := []byte{0x9f, 0xeb, 1, 0}
	for _, w := range []uint32{24, 0, n, n, uint32(len(t.strs))} {
		b = binary.LittleEndian.AppendUint32(b, w)
	}
	return append(append(b, t.types...), t.strs...)
}

// Bounded runs what is given an input of some bytes, and fails if it takes time or memory out of proportion. The time is that of
// processors: whatever else a machine does hardly counts.
func Bounded(t *testing.T, size int, fn func()) {
	t.Helper()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	start := processTime()
	fn()
	took := processTime() - start
	runtime.ReadMemStats(&after)
	t.Logf("%d bytes: %.3f s, %d MiB", size, took.Seconds(), (after.TotalAlloc-before.TotalAlloc)>>20)
	if limit := timeFloor + time.Duration(size)*2*time.Microsecond; took > limit {
		t.Errorf("%d bytes take %s, more than %s", size, took, limit)
	}
	if n, limit := after.TotalAlloc-before.TotalAlloc, uint64(2*memoryFloor+size*bytesPerByte); n > limit {
		t.Errorf("%d bytes take %d bytes of memory, more than %d", size, n, limit)
	}
}
