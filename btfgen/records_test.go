package btfgen

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"math/rand"
	"slices"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
)

// moved places all records of a section by bytes further on.
func moved(by uint32) Placement {
	return Placement{Place: func(off uint32) (uint32, bool) { return off + by, true }, Moved: true}
}

// placed gives each record a place of its own; those that are not listed go.
func placed(at map[uint32]uint32) Placement {
	return Placement{Place: func(off uint32) (uint32, bool) { to, ok := at[off]; return to, ok }}
}

// extPlaced is the records of one object, all of .text, and where they come to be.
type extPlaced struct {
	*extTypes
	wire *extWire
	Placement
}

// finishRecords merges objects and returns each kind's records of .text as text.
func finishRecords(t *testing.T, bo binary.ByteOrder, objs []extPlaced) (got [recordKinds][]string) {
	t.Helper()
	m := NewMerger()
	for _, o := range objs {
		ext, types := o.parseExt(t, o.wire, bo)
		_, _, ext = m.Add(m.NewHasher().Prepare(types, ext))
		for k := range recordKinds {
			for i := range ext.Records(k) {
				m.AddRecords(k, ".text", ext, &ext.Records(k)[i], o.Placement)
			}
		}
	}
	types, raw, err := m.Finish(bo)
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := ParseTypes(types, bo)
	if err != nil {
		t.Fatal(err)
	}
	if raw == nil {
		return got
	}
	ext, err := ParseExt(raw, bo, parsed, nil)
	if err != nil {
		t.Fatal(err)
	}
	for k := range recordKinds {
		for _, s := range ext.Records(k) {
			for i := range s.Len() {
				got[k] = append(got[k], recordText(parsed, k, s.Record(i)))
			}
		}
	}
	return got
}

func recordText(t *Types, k RecordKind, r []uint32) string {
	switch k {
	case FuncInfo:
		return fmt.Sprintf("%d %s", r[recOff], t.Name(r[recType]))
	case LineInfo:
		return fmt.Sprintf("%d %s:%d %s", r[recOff], t.str(r[recFile]), r[recLine]>>10, t.str(r[recText]))
	}
	return fmt.Sprintf("%d %s %s", r[recOff], t.Name(r[recType]), t.str(r[recText]))
}

// lines makes an object with lines of .text at the given offsets, in that order: of file NAME.c, from line 1 on.
func lines(name string, offsets ...uint32) extPlaced {
	x := newExtTypes()
	file := x.str(name + ".c")
	part := []uint32{16, x.text, uint32(len(offsets))}
	for i, off := range offsets {
		part = append(part, off, file, x.src, uint32(i+1)<<10)
	}
	return extPlaced{x, &extWire{LineInfo: part}, moved(0)}
}

func (p extPlaced) at(to Placement) extPlaced { p.Placement = to; return p }

// Lines are in order of place in the output, whatever the order of the objects and of the records in them; of several at one
// place the last stays.
func TestLineOrder(t *testing.T) {
	for _, test := range []struct {
		name string
		objs []extPlaced
		want []string
	}{
		{"as they are", []extPlaced{lines("a", 0, 8), lines("b", 0, 8).at(moved(16))}, []string{"0 a.c:1", "8 a.c:2", "16 b.c:1", "24 b.c:2"}},
		{"a later object in front", []extPlaced{lines("a", 0, 8).at(moved(16)), lines("b", 0, 8)}, []string{"0 b.c:1", "8 b.c:2", "16 a.c:1", "24 a.c:2"}},
		{"one among another's", []extPlaced{lines("a", 0, 32), lines("b", 0, 8).at(moved(16))}, []string{"0 a.c:1", "16 b.c:1", "24 b.c:2", "32 a.c:2"}},
		{"out of order in the object", []extPlaced{lines("a", 16, 0, 8)}, []string{"0 a.c:2", "8 a.c:3", "16 a.c:1"}},
		{"twice at one place", []extPlaced{lines("a", 0, 0, 8, 8, 8, 16)}, []string{"0 a.c:2", "8 a.c:5", "16 a.c:6"}},
		{"twice at one place, out of order", []extPlaced{lines("a", 8, 0, 8, 0)}, []string{"0 a.c:4", "8 a.c:3"}},
		{"one object's last place is the next one's first", []extPlaced{lines("a", 0, 8), lines("b", 0, 8).at(moved(8))}, []string{"0 a.c:1", "8 b.c:1", "16 b.c:2"}},
		{"instructions taken out", []extPlaced{lines("a", 0, 8, 16).at(placed(map[uint32]uint32{0: 0, 8: 8, 16: 8}))}, []string{"0 a.c:1", "8 a.c:3"}},
		{"a function taken out", []extPlaced{lines("a", 0, 8, 16).at(placed(map[uint32]uint32{0: 0, 16: 8})), lines("b", 0).at(moved(16))},
			[]string{"0 a.c:1", "8 a.c:3", "16 b.c:1"}},
		{"all taken out", []extPlaced{lines("a", 0, 8).at(placed(nil)), lines("b", 0)}, []string{"0 b.c:1"}},
		{"no records", []extPlaced{lines("a"), lines("b", 0)}, []string{"0 b.c:1"}},
	} {
		for _, o := range orders {
			want := []string{}
			for _, w := range test.want {
				want = append(want, w+" return 0;")
			}
			if d := gocmp.Diff(want, finishRecords(t, o.order, test.objs)[LineInfo]); d != "" {
				t.Errorf("%s, %s (-want +got):\n%s", test.name, o.name, d)
			}
		}
	}
}

// randomRecords makes an object with records of all kinds at random places, and says what they are as text, without the place.
func randomRecords(r *rand.Rand, name string) (o extPlaced, texts [recordKinds][]string, offsets [recordKinds][]uint32) {
	x := newExtTypes()
	o = extPlaced{extTypes: x, wire: &extWire{}}
	files := []string{name + ".c", "shared.h"}
	for k := range recordKinds {
		size := 4 * recMinWords[k]
		n := r.Intn(6)
		var part []uint32
		for i := range n {
			off := uint32(8 * r.Intn(8))
			var rec []uint32
			var text string
			switch k {
			case FuncInfo:
				f := r.Intn(2)
				rec, text = []uint32{off, []uint32{x.fn, x.other}[f]}, []string{"f", "g"}[f]
			case LineInfo:
				file := files[r.Intn(2)]
				src := fmt.Sprintf("line %d;", r.Intn(3))
				rec, text = []uint32{off, x.str(file), x.str(src), uint32(i+1) << 10}, fmt.Sprintf("%s:%d %s", file, i+1, src)
			default:
				rec, text = []uint32{off, x.st, x.acc, 0}, "s 0:1"
			}
			part, texts[k], offsets[k] = append(part, rec...), append(texts[k], text), append(offsets[k], off)
		}
		if n > 0 {
			o.wire[k] = append([]uint32{uint32(size), x.text, uint32(n)}, part...)
		}
	}
	return o, texts, offsets
}

// Random records of several objects, placed at random, are those that the rules ask for: in order of place, at one place in the
// order of the objects, of functions and lines the last.
func TestRecordsRandom(t *testing.T) {
	r := rand.New(rand.NewSource(4))
	for range 500 {
		var objs []extPlaced
		var all [recordKinds][]placedRecord
		for i := range 1 + r.Intn(4) {
			o, texts, offsets := randomRecords(r, fmt.Sprint("o", i))
			o.Placement = moved(uint32(8 * r.Intn(32)))
			if r.Intn(2) == 0 { // some go, and what is left moves together
				at, next := map[uint32]uint32{}, uint32(8*r.Intn(32))
				for off := uint32(0); off < 64; off += 8 {
					if r.Intn(4) > 0 {
						at[off] = next
					}
					next += uint32(8 * r.Intn(2))
				}
				o.Placement = placed(at)
			}
			objs = append(objs, o)
			for k := range recordKinds {
				all[k] = append(all[k], o.staying(texts[k], offsets[k])...)
			}
		}
		var want [recordKinds][]string
		for k := range recordKinds {
			slices.SortStableFunc(all[k], func(a, b placedRecord) int { return cmp.Compare(a.at, b.at) })
			for i, x := range all[k] {
				if RecordKind(k) == CoreRelo || i+1 == len(all[k]) || all[k][i+1].at != x.at {
					want[k] = append(want[k], fmt.Sprintf("%d %s", x.at, x.text))
				}
			}
		}
		if d := gocmp.Diff(want, finishRecords(t, binary.LittleEndian, objs)); d != "" {
			t.Fatalf("(-want +got):\n%s", d)
		}
	}
}

// placedRecord is a record in the output.
type placedRecord struct {
	at   uint32
	text string
}

// staying returns the records of an object that stay, in the order of where they were.
func (p *extPlaced) staying(texts []string, offsets []uint32) (list []placedRecord) {
	order := make([]int, len(offsets))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(offsets[a], offsets[b]) })
	for _, i := range order {
		if at, stays := p.Place(offsets[i]); stays {
			list = append(list, placedRecord{at, texts[i]})
		}
	}
	return list
}
