package linkmap_test

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/bpfsdt/bpf-sdt-link/internal/samplemap"
	"github.com/bpfsdt/bpf-sdt-link/linkmap"
)

var update = flag.Bool("update", false, "rewrite the texts in testdata")

func textOf(t testing.TB, m *linkmap.Map) string {
	t.Helper()
	var b bytes.Buffer
	if err := m.WriteText(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestText(t *testing.T) {
	maps := map[string]*linkmap.Map{"firewall": samplemap.Firewall(), "hostile": samplemap.Hostile(), "empty": {Output: "a.o"}}
	for name, m := range maps {
		t.Run(name, func(t *testing.T) {
			file, got := "testdata/"+name+".map", textOf(t, m)
			if *update {
				if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(got, "\n")); d != "" {
				t.Error("-want +got:\n" + d)
			}
		})
	}
}

// An input more adds lines, but moves no column of others: what comes behind it in its sections has other offsets.
func TestTextDiffsWell(t *testing.T) {
	m := samplemap.Firewall()
	before := textOf(t, m)
	m.Inputs = append(m.Inputs, linkmap.Input{Name: strings.Repeat("long/", 40) + "name.o", Size: 1})
	gone := missing(before, textOf(t, m))
	if len(gone) > 0 {
		t.Errorf("lines changed:\n%s", strings.Join(gone, "\n"))
	}
}

func missing(before, after string) (lines []string) {
	have := map[string]bool{}
	for l := range strings.SplitSeq(after, "\n") {
		have[l] = true
	}
	for l := range strings.SplitSeq(before, "\n") {
		if !have[l] {
			lines = append(lines, l)
		}
	}
	return lines
}

// printable tells whether text is fit for a terminal.
func printable(s string) error {
	if !utf8.ValidString(s) {
		return errors.New("no UTF-8")
	}
	for i, r := range s {
		if r != '\n' && !unicode.IsPrint(r) {
			return fmt.Errorf("%U at byte %d", r, i)
		}
	}
	return nil
}

func FuzzText(f *testing.F) {
	for _, name := range samplemap.Names {
		f.Add(name, uint64(8), 1)
	}
	f.Fuzz(func(t *testing.T, name string, number uint64, index int) {
		m := broken(name, number, index)
		text := textOf(t, m)
		if err := printable(text); err != nil {
			t.Error(err)
		}
		lines := strings.Count(textOf(t, broken("x", number, index)), "\n")
		if n := strings.Count(text, "\n"); n != lines {
			t.Errorf("%d lines with the name, %d without", n, lines)
		}
	})
}

// broken is a map whose names, numbers and indexes may be anything.
func broken(name string, number uint64, index int) *linkmap.Map {
	m := samplemap.Firewall()
	samplemap.Strings(m, func(s *string) {
		if *s != "" {
			*s = name + "x"
		}
	})
	m.Symbols[0].Section, m.Symbols[1].Input, m.Symbols[2].Offset, m.Symbols[3].Size = index, index, number, number
	m.Sections[0].Size, m.Sections[2].Parts[0].Offset, m.Sections[2].Parts[1].Input = number, number, index
	m.Dropped[0].Input, m.Renamed[0].Input, m.Promoted[0].Input = index, index, index
	return m
}

type failing struct{ left int }

func (f *failing) Write(p []byte) (int, error) {
	if f.left -= len(p); f.left < 0 {
		return 0, errors.New("disk full")
	}
	return len(p), nil
}

func TestWriteFails(t *testing.T) {
	m := samplemap.Large(10, 5000)
	for _, room := range []int{0, 100_000} {
		if err := m.WriteText(&failing{room}); err == nil || err.Error() != "disk full" {
			t.Errorf("text, room for %d bytes: %v", room, err)
		}
	}
}

func BenchmarkText(b *testing.B) {
	for _, size := range []struct{ objects, symbols int }{{200, 25_000}, {800, 100_000}} {
		m := samplemap.Large(size.objects, size.symbols)
		b.Run(fmt.Sprint(size.symbols), func(b *testing.B) {
			for b.Loop() {
				b.SetBytes(int64(len(textOf(b, m))))
			}
		})
	}
}
