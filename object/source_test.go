package object

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/bpfsdt/bpf-sdt-link/diag"
)

// committed calls test with the objects that are committed for the tests of all packages, plain.
func committed(t *testing.T, test func(name string, data []byte)) {
	t.Helper()
	n := 0
	for _, pattern := range []string{"../golden/testdata/*/*.o.zst", "../linker/testdata/*/*.o.zst", "../linker/testdata/*/*/*.o.zst"} {
		names, err := filepath.Glob(pattern)
		if err != nil || len(names) == 0 {
			t.Fatalf("no objects %s: %v", pattern, err)
		}
		for _, name := range names {
			packed, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			data, err := Decompress(packed)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := Parse(name, data); err != nil && strings.Contains(filepath.ToSlash(name), "/mutations/") {
				continue // a find that is refused now; FuzzParse compares both readers on such
			}
			test(name, data)
			n++
		}
	}
	if n < 1000 {
		t.Errorf("%d objects only", n)
	}
}

// readable is what a Reader gives of an object: all but what it does not read.
func readable(o *Object) *Object {
	c := *o
	c.Sections = slices.Clone(o.Sections)
	r := &reader{obj: &c}
	twins := r.twins()
	for i := range c.Sections {
		s := &c.Sections[i]
		if s.Data != nil && !r.wanted(s, twins) {
			s.Data = nil
		}
		if len(s.Data) == 0 {
			s.Data = nil // of no bytes there is nothing to compare
		}
	}
	return &c
}

// mayStayUnread says which sections a Reader may leave alone, in words of the format rather than those of the code.
func mayStayUnread(o *Object, s *Section) bool {
	if s.Type == SecRel {
		to := o.Sections[s.Info].Name
		return strings.HasPrefix(to, ".debug_") || to == ".eh_frame" || to == ".BTF" || to == ".BTF.ext"
	}
	return strings.HasPrefix(s.Name, ".debug_")
}

// A file is read as its bytes are parsed, but for what nobody asks for; by one Reader after another.
func TestReadInput(t *testing.T) {
	dir := t.TempDir()
	var rd Reader
	orders, unread := map[string]int{}, 0
	committed(t, func(name string, data []byte) {
		path := filepath.Join(dir, "x.o")
		if err := os.WriteFile(path, data, 0o666); err != nil {
			t.Fatal(err)
		}
		got, _, err := rd.ReadInput(path)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		want, err := Parse(path, data)
		if err != nil {
			t.Fatal(err)
		}
		for i := range want.Sections {
			if w, g := &want.Sections[i], &got.Sections[i]; len(w.Data) > 0 && g.Data == nil {
				if unread++; !mayStayUnread(want, w) {
					t.Errorf("%s: %s is not read", name, w.Name)
				}
			}
		}
		if w, g := readable(want), readable(got); !reflect.DeepEqual(w, g) { // cmp takes long for what is equal
			t.Errorf("%s (-parsed +read):\n%s", name, cmp.Diff(w, g))
		}
		orders[got.Order.String()]++
	})
	if len(orders) != 2 || unread == 0 {
		t.Errorf("byte orders %v, %d sections not read", orders, unread)
	}
}

// readOne holds what a Reader makes of any bytes against what Parse does.
func readOne(t *testing.T, data []byte, want *Object, refused error) {
	t.Helper()
	got, err := new(Reader).Read("x.o", bytes.NewReader(data), int64(len(data)))
	if refused != nil {
		if got != nil || err == nil || err.Error() != refused.Error() {
			t.Fatalf("read: %v, %v; parsed: %v", got, err, refused)
		}
		return
	}
	if err != nil {
		t.Fatalf("parsed, and not read: %v", err)
	}
	if w, g := readable(want), readable(got); !reflect.DeepEqual(w, g) {
		t.Fatalf("(-parsed +read):\n%s", cmp.Diff(w, g))
	}
	for i := range got.Sections {
		_, _ = got.RelocsOf(i)
	}
}

// A packed file is the same object.
func TestReadInputPacked(t *testing.T) {
	const name = "../golden/testdata/lower_frame/sized.clang19.el.o.zst"
	got, _, err := new(Reader).ReadInput(name)
	if err != nil {
		t.Fatal(err)
	}
	packed, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	want, _, err := new(Reader).Inflate(name, packed)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

// Relocations of sections that are not carried are there for who asks for them: those of .stack_sizes always, those of
// .BTF.ext where only they tell two code sections of one name apart. Of others there are none, and asking is no mistake.
func TestReadRelocsOf(t *testing.T) {
	asked := map[string]int{}
	committed(t, func(name string, data []byte) {
		got, err := new(Reader).Read(name, bytes.NewReader(data), int64(len(data)))
		if err != nil {
			t.Fatal(err)
		}
		all, err := Parse(name, data)
		if err != nil {
			t.Fatal(err)
		}
		twins := (&reader{obj: all}).twins()
		for i := range all.Sections {
			s := &all.Sections[i]
			if s.Type == SecRel || Carried(s) {
				continue
			}
			want, err := all.RelocsOf(i)
			if err != nil {
				t.Fatal(err)
			}
			if s.Name != ".stack_sizes" && !(twins && s.Name == ".BTF.ext") {
				want = nil
			}
			if want != nil {
				asked[s.Name]++
			}
			if rels, err := got.RelocsOf(i); err != nil || !slices.Equal(rels, want) {
				t.Errorf("%s: %s has %d relocations, not %d; %v", name, s.Name, len(rels), len(want), err)
			}
		}
	})
	if asked[".stack_sizes"] == 0 || asked[".BTF.ext"] == 0 {
		t.Errorf("relocations of %v", asked)
	}
}

// recorder is a file that remembers what is read of it.
type recorder struct {
	data  []byte
	reads [][2]int64 // from, to
	fail  func(read int, p []byte, n int) (int, error)
}

func (r *recorder) ReadAt(p []byte, off int64) (int, error) {
	n, err := bytes.NewReader(r.data).ReadAt(p, off)
	r.reads = append(r.reads, [2]int64{off, off + int64(n)})
	if r.fail != nil {
		return r.fail(len(r.reads)-1, p, n)
	}
	return n, err
}

// within returns how many bytes of a part of the file have been read.
func (r *recorder) within(from, to int64) (n int64) {
	for _, x := range r.reads {
		n += max(0, min(x[1], to)-max(x[0], from))
	}
	return n
}

// startOf returns where the contents of a section start in the file.
func startOf(t *testing.T, data []byte, section int) int64 {
	t.Helper()
	r := &reader{src: source{data: data, size: uint64(len(data))}, obj: &Object{}}
	if err := r.header(); err != nil {
		t.Fatal(err)
	}
	return int64(r.obj.Sections[section].Offset)
}

// Of an object that is mostly DWARF most is not read: of a section that is larger than maxGap nothing but the bytes that come
// with the alignment of what follows.
func TestMostlyDWARF(t *testing.T) {
	for _, o := range orders {
		im := sample(o.order)
		im.Sections = append(im.Sections,
			ImageSection{Name: ".debug_info", Type: SecProgbits, Align: 1, Data: make([]byte, 1<<20)},
			ImageSection{Name: ".BTF", Type: SecProgbits, Align: 4, Data: []byte("types")},
			ImageSection{Name: ".debug_line", Type: SecProgbits, Align: 1, Data: make([]byte, 1<<20)},
			ImageSection{Name: ".BTF.ext", Type: SecProgbits, Align: 4, Data: []byte("records")})
		f := &recorder{data: mustWrite(t, im)}
		obj, err := new(Reader).Read("a.o", f, int64(len(f.data)))
		if err != nil {
			t.Fatal(err)
		}
		if n := f.within(0, int64(len(f.data))); n > 16<<10 {
			t.Errorf("%s: %d of %d bytes are read, in %d calls", o.name, n, len(f.data), len(f.reads))
		}
		for i := range obj.Sections {
			s := &obj.Sections[i]
			if from := startOf(t, f.data, i); strings.HasPrefix(s.Name, ".debug_") && s.Size > maxGap && f.within(from, from+int64(s.Size)) >= wordAlign {
				t.Errorf("%s: %d bytes of %s are read", o.name, f.within(from, from+int64(s.Size)), s.Name)
			}
			if s.Name == ".BTF" && string(s.Data) != "types" || s.Name == ".BTF.ext" && string(s.Data) != "records" {
				t.Errorf("%s: %s is %q", o.name, s.Name, s.Data)
			}
		}
	}
}

// Whichever read of a file fails, or ends early, there is one error that says so, and no object.
func TestReadFailures(t *testing.T) {
	broken := errors.New("broken")
	const shorter = "the file became shorter while it was read"
	im := sample(orders[0].order)
	im.Sections = append(im.Sections,
		ImageSection{Name: ".BTF", Type: SecProgbits, Align: 4, Data: []byte("types")},
		ImageSection{Name: ".debug_info", Type: SecProgbits, Align: 1, Data: make([]byte, 3*maxGap)},
		ImageSection{Name: "far", Type: SecProgbits, Align: 1, Data: []byte("far")})
	data := mustWrite(t, im)
	whole := &recorder{data: data}
	if _, err := new(Reader).Read("a.o", whole, int64(len(data))); err != nil {
		t.Fatal(err)
	}
	if len(whole.reads) < 6 { // header, section headers, their names, .BTF, two pieces of the rest
		t.Fatalf("%d reads: %v", len(whole.reads), whole.reads)
	}
	kinds := map[string]func(p []byte, n int) (int, error){
		"broken":                  func([]byte, int) (int, error) { return 0, broken },
		"broken at the last byte": func(_ []byte, n int) (int, error) { return n - 1, broken },
		"at the end":              func([]byte, int) (int, error) { return 0, io.EOF },
		"a byte short":            func(_ []byte, n int) (int, error) { return n - 1, io.EOF },
		"unexpected end":          func(_ []byte, n int) (int, error) { return n - 1, io.ErrUnexpectedEOF },
		"short for no reason":     func(_ []byte, n int) (int, error) { return n / 2, nil },
		"path":                    func([]byte, int) (int, error) { return 0, &os.PathError{Op: "read", Path: "p", Err: broken} },
	}
	for at := range whole.reads {
		for kind, fail := range kinds {
			f := &recorder{data: data, fail: func(read int, p []byte, n int) (int, error) {
				if read == at {
					return fail(p, n)
				}
				return n, nil
			}}
			o, err := new(Reader).Read("a.o", f, int64(len(data)))
			want := shorter
			if strings.HasPrefix(kind, "broken") || kind == "path" {
				want = "broken"
			}
			if o != nil || err == nil || err.Error() != want {
				t.Errorf("read %d %s: object %t, error %v", at, kind, o != nil, err)
			}
			if len(f.reads) != at+1 {
				t.Errorf("read %d %s: %d reads more", at, kind, len(f.reads)-at-1)
			}
		}
	}
}

// A file that is shorter than what Parse takes is refused in the words of Parse, cut anywhere.
func TestReadTruncated(t *testing.T) {
	data := mustWrite(t, sample(orders[0].order))
	for n := range data {
		o, err := new(Reader).Read("a.o", bytes.NewReader(data[:n]), int64(n))
		_, want := Parse("a.o", data[:n])
		if d := (diag.Diagnostic{}); o != nil || !errors.As(err, &d) || err.Error() != want.Error() {
			t.Errorf("%d bytes: %v, want %v", n, err, want)
		}
	}
}

// What a Reader gave of the last object stays as it is, but for .BTF and .BTF.ext.
func TestReaderAgain(t *testing.T) {
	var rd Reader
	read := func(fill string) *Object {
		im := sample(orders[0].order)
		im.Sections[1].Data = []byte(strings.Repeat(fill, 10))
		im.Sections = append(im.Sections, ImageSection{Name: ".BTF", Type: SecProgbits, Align: 4, Data: []byte(strings.Repeat(fill, 1<<17))})
		data := mustWrite(t, im)
		o, err := rd.Read(fill, bytes.NewReader(data), int64(len(data)))
		if err != nil {
			t.Fatal(err)
		}
		return o
	}
	first := read("a")
	text, btf := fmt.Sprint(first.Symbols), Section{}
	for i := range first.Sections {
		if s := &first.Sections[i]; s.Name == ".BTF" {
			btf = *s
		}
	}
	if want := strings.Repeat("a", 1<<17); string(btf.Data) != want {
		t.Error("types that are not those of the file")
	}
	for _, fill := range []string{"b", "c"} {
		read(fill)
		if string(first.Sections[secData].Data) != "aaaaaaaaaa" || fmt.Sprint(first.Symbols) != text {
			t.Errorf("after another object .data is %q", first.Sections[secData].Data)
		}
	}
}
