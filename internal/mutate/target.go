package mutate

import (
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"
)

// Target is what mutated objects are given to.
type Target struct {
	Name  string
	Seeds []*Seed
	Focus []Focus // one of these for each input
	// Objects is the most objects of one input; 1 if it is 0.
	Objects int
	// Share is the part of the inputs that the target gets in a long run, one in so many; 1 if it is 0.
	Share int
	// BTF says that inputs are two sections, .BTF and .BTF.ext, and no objects.
	BTF bool
	// Check does with an input what there is to do. The outcome is counted: "ok", or in a word why the input was refused.
	// The error is a find.
	Check func(in *Input) (outcome string, err error)
}

// Input is what a target is given.
type Input struct {
	Data  [][]byte // objects, or .BTF and .BTF.ext
	Mode  uint16   // chooses among the ways to use it
	Big   bool     // the byte order of the seeds
	Names []string // of the seeds
	size  int
}

// headSize is the size of what stands before the operations: seed, mode, focus and number of objects. The objects but
// the first are of the same golden case, if there are enough, and not always.
const headSize = 8

// input makes the input that some bytes describe: any bytes do. bufs is for the objects.
func (t *Target) input(data []byte, bufs *[3][]byte) *Input {
	var h [headSize]byte
	script := data[copy(h[:], data):]
	first := t.Seeds[int(binary.LittleEndian.Uint16(h[:]))%len(t.Seeds)]
	in := &Input{Mode: binary.LittleEndian.Uint16(h[2:]), Big: first.Big()}
	focus := t.Focus[int(h[4])%len(t.Focus)]
	if t.BTF {
		types, ext := first.BTF(script, focus)
		in.Data, in.Names = [][]byte{types, ext}, []string{first.Name}
	} else {
		seeds := t.more(first, 1+int(h[5])%max(t.Objects, 1), h)
		for i, s := range seeds {
			obj := s.Object(share(script, i, len(seeds)), focus, bufs[i])
			bufs[i] = obj
			in.Data, in.Names = append(in.Data, obj[:len(obj):len(obj)]), append(in.Names, s.Name)
		}
	}
	for _, d := range in.Data {
		in.size += len(d)
	}
	return in
}

// share returns the operations that are for one of some objects.
func share(script []byte, i, of int) (own []byte) {
	if of == 1 {
		return script
	}
	for op := range slices.Chunk(script, opSize) {
		if int(op[0])/len(operations)%of == i {
			own = append(own, op...)
		}
	}
	return own
}

// more returns n seeds that go together, of which one is the first.
func (t *Target) more(first *Seed, n int, h [headSize]byte) []*Seed {
	seeds := []*Seed{first}
	var group, others []*Seed
	for _, s := range t.Seeds {
		switch {
		case n == 1 || s == first || s.Big() != first.Big():
		case filepath.Dir(s.Name) == filepath.Dir(first.Name) && variant(s.Name) == variant(first.Name):
			group = append(group, s)
		default:
			others = append(others, s)
		}
	}
	for i := 1; i < n; i++ {
		from := group
		if i > len(group) || h[6]&3 == 0 {
			from = others
		}
		if len(from) > 0 {
			seeds = append(seeds, from[(int(h[7])+i)%len(from)])
		}
	}
	return seeds
}

// variant is the compiler and byte order in the name of a fixture.
func variant(name string) string {
	_, v, _ := strings.Cut(filepath.Base(name), ".")
	return v
}

// Load reads the objects that match a pattern, up to a size in bytes, as seeds.
func Load(tb testing.TB, maxSize int, patterns ...string) (seeds []*Seed) {
	tb.Helper()
	for _, pattern := range patterns {
		files, err := filepath.Glob(pattern)
		if err != nil || len(files) == 0 {
			tb.Fatalf("no objects %s: %v", pattern, err)
		}
		for _, f := range files {
			data, err := Unpack(f)
			if err != nil {
				tb.Fatal(err)
			}
			if s := Read(filepath.ToSlash(f), data); s.size <= maxSize {
				seeds = append(seeds, s)
			}
		}
	}
	return seeds
}

// Unpack reads a file that is an object compressed with zstd.
func Unpack(file string) ([]byte, error) {
	packed, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	dec, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1))
	if err != nil {
		return nil, err
	}
	defer dec.Close()
	data, err := dec.DecodeAll(packed, nil)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return data, nil
}

// Fuzz lets Go's fuzzer write the scripts.
func Fuzz(f *testing.F, t Target) {
	r := rng(1)
	for range 32 {
		f.Add(r.script())
	}
	f.Fuzz(func(tt *testing.T, data []byte) {
		var bufs [3][]byte
		in := t.input(data, &bufs)
		if _, err := t.Check(in); err != nil {
			tt.Fatalf("%v: %v", in.Names, err)
		}
	})
}

// rng is a generator of pseudo-random numbers: SplitMix64.
type rng uint64

func (r *rng) next() uint64 {
	*r += 0x9e3779b97f4a7c15
	z := uint64(*r)
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// script makes the bytes of an input: mostly of few operations, because of many the first fault hides the others.
func (r *rng) script() []byte {
	n := 1 + int(r.next()%4)
	if r.next()%8 == 0 {
		n += int(r.next() % 12)
	}
	b := make([]byte, 0, headSize+n*opSize)
	for range n + 1 {
		b = binary.LittleEndian.AppendUint64(b, r.next())
	}
	return b
}
