package main

import (
	"math"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestSlope(t *testing.T) {
	power := func(c, e float64, x ...float64) (y []float64) {
		for _, v := range x {
			y = append(y, c*math.Pow(v, e))
		}
		return y
	}
	x := []float64{100, 200, 400, 1600}
	for _, e := range []float64{0, 1, 1.5, 2} {
		if got := slope(x, power(0.003, e, x...)); got == nil || math.Abs(*got-e) > 1e-9 {
			t.Errorf("slope %v, want %v", got, e)
		}
	}
	// Least squares, not the line from the first point to the last.
	if got := slope([]float64{1, math.E, math.E * math.E}, []float64{1, math.E * math.E, math.E}); got == nil || math.Abs(*got-0.5) > 1e-9 {
		t.Errorf("slope %v, want 0.5", got)
	}
	for _, c := range [][2][]float64{{{1, 2}, {1, 2}}, {{5, 5, 5}, {1, 2, 3}}, {{1, 2, 3}, {0, 1, 2}}, {nil, nil}} {
		if got := slope(c[0], c[1]); got != nil {
			t.Errorf("slope(%v) = %v", c, *got)
		}
	}
}

// Runs that are mostly the start of a process say nothing of growth.
func TestSlopesLeaveStartOut(t *testing.T) {
	var points []point
	for _, n := range []int{1, 2, 100, 200, 400} {
		points = append(points, point{N: n, row: row{Ours: &sample{CPU: max(0.002, float64(n)/1000), MiB: 5}}})
	}
	got := slopesOf(points, func(p point) *sample { return p.Ours })
	if got.CPU == nil || math.Abs(*got.CPU-1) > 1e-9 || got.MiB == nil || math.Abs(*got.MiB) > 1e-9 {
		t.Errorf("%v, %v", got.CPU, got.MiB)
	}
	if got := slopesOf(points, func(p point) *sample { return p.Theirs }); got.CPU != nil {
		t.Errorf("a slope of nothing: %v", *got.CPU)
	}
}

func TestBpftoolVersion(t *testing.T) {
	for _, c := range []struct {
		text, version string
		llvm          bool
	}{
		{"/usr/sbin/bpftool v7.1.0\nusing libbpf v1.1\nfeatures: libbpf_strict\n", "bpftool 7.1.0 (libbpf 1.1)", false},
		{"bpftool v7.5.0\nusing libbpf v1.5\nfeatures: llvm, skeletons\n", "bpftool 7.5.0 (libbpf 1.5)", true},
		{"bpftool v5.10.0\nfeatures: libbfd, skeletons", "bpftool 5.10.0", false},
	} {
		version, llvm, err := bpftoolVersion(c.text)
		if version != c.version || llvm != c.llvm || err != nil {
			t.Errorf("%q: %q, %v, %v", c.text, version, llvm, err)
		}
	}
	if v, _, err := bpftoolVersion("command not found"); err == nil {
		t.Errorf("version %q", v)
	}
}

func TestMedians(t *testing.T) {
	got := medians([]sample{{3, 30, 1, 1}, {1, 10, 2, 1}, {2, 50, 9, 1}})
	if diff := cmp.Diff(sample{2, 30, 2, 3}, got); diff != "" {
		t.Error(diff)
	}
	got = medians([]sample{{1, 4, 0, 1}, {2, 8, 1, 1}})
	if diff := cmp.Diff(sample{1.5, 6, 0.5, 2}, got); diff != "" {
		t.Error(diff)
	}
}

func TestParseSample(t *testing.T) {
	got, err := parseSample("2500000000 1250000 2048\n")
	if diff := cmp.Diff(sample{2.5, 1.25, 2, 1}, got); diff != "" || err != nil {
		t.Error(diff, err)
	}
	if _, err := parseSample("12 13"); err == nil {
		t.Error("no error for a line that is cut off")
	}
}

func TestCompilerOf(t *testing.T) {
	if got := compilerOf("generator 4, Debian clang version 19.1.7 (3), vmlinux.h 00"); got != "Debian clang version 19.1.7 (3)" {
		t.Errorf("%q", got)
	}
}

func TestTables(t *testing.T) {
	two := 2.0
	r := &results{
		Sets: []row{
			{set: set{Name: "c-200", Objects: 200, Bytes: 163_850_000, Types: 394_496, Globals: 5398}, Ours: &sample{0.25, 0.1, 30, 7}, Theirs: &sample{0.5, 0.4, 20, 7}},
			{set: set{Name: "tiny-sdt", Objects: 2, Bytes: 80_000, Types: 394, Globals: 62}, Ours: &sample{0.01, 0.012, 7, 7}, Plain: &sample{0.008, 0.006, 7, 7}},
			{set: set{Name: "d-800", Objects: 800}, Ours: &sample{1, 1, 1, 1}},
		},
		Growth: []growth{{Kind: "d", What: "objects", Ours: slopes{CPU: &two}, Points: []point{
			{N: 100, row: row{set: set{Name: "d-100", Bytes: 22e6}, Ours: &sample{1.5, 1.5, 20, 1}, Note: "bpftool: not tried"}},
		}}},
	}
	for _, want := range []string{
		"\n| c-200 | 200 | 164 | 394,496 | 5,398 | 500 ms | 250 ms | 0.5 | 0.25 | 400 ms | 100 ms | 0.25 | 20 | 30 | 1.5 | 1.5 |\n",
		"\n| d-800 | 800 | 0.00 | 0 | 0 | - | 1.00 s |  | 0.01 | - | 1.00 s |  | - | 1 |  |  |\n",
		"\n| tiny-sdt | 2 | 0.08 | 394 | 62 | 8.0 ms | 10.0 ms | 6.0 ms | 12.0 ms | 2 | 7 | 7 | 1 |\n",
	} {
		if !strings.Contains(r.setTable(), want) {
			t.Errorf("no %q in\n%s", want, r.setTable())
		}
	}
	for _, want := range []string{
		"\n| objects | 100 | - | N^2.00 | - | - |\n",
		"\n| d-100 | 22 | - | 1.50 s |  | - | 20 | bpftool: not tried |\n",
	} {
		if !strings.Contains(r.growthTable(), want) {
			t.Errorf("no %q in\n%s", want, r.growthTable())
		}
	}
}

// All lines of a table have as many cells as its head.
func TestTableWidth(t *testing.T) {
	r := &results{Sets: []row{{Ours: &sample{}}, {Ours: &sample{}, Plain: &sample{}}}, Growth: []growth{{Points: []point{{}}}}}
	width := 0
	for line := range strings.Lines(r.setTable() + "\n" + r.growthTable()) {
		n := strings.Count(line, "|")
		if n > 0 && width > 0 && n != width {
			t.Errorf("%d columns instead of %d: %s", n-1, width-1, line)
		}
		width = n
	}
}

// What is written is read again, embedded structs and missing values included.
func TestResultsFile(t *testing.T) {
	two := 2.0
	want := &results{
		Machine: machine{Tool: "t", Cores: 2},
		Sets:    []row{{set: set{Name: "tiny", Objects: 2}, Ours: &sample{1, 2, 3, 4}, Note: "n"}},
		Growth:  []growth{{Kind: "d", Ours: slopes{CPU: &two}, Points: []point{{N: 7, row: row{set: set{Bytes: 1}, Theirs: &sample{Runs: 1}}}}}},
	}
	path := filepath.Join(t.TempDir(), "sub", "results.json")
	if err := want.write(path); err != nil {
		t.Fatal(err)
	}
	got, err := readResults(path)
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(row{}, point{})); diff != "" || err != nil {
		t.Error(diff, err)
	}
}

func TestReplacePart(t *testing.T) {
	doc := "a\n<!-- bench: x -->\nold\n<!-- bench: end -->\nb\n<!-- bench: y -->\nkept\n<!-- bench: end -->\n"
	want := "a\n<!-- bench: x -->\n\nnew\n\n<!-- bench: end -->\nb\n<!-- bench: y -->\nkept\n<!-- bench: end -->\n"
	got, err := replacePart(doc, "x", "new\n")
	if err != nil || got != want {
		t.Errorf("%q, %v", got, err)
	}
	if again, err := replacePart(got, "x", "new\n"); err != nil || again != want {
		t.Errorf("a second time: %q, %v", again, err)
	}
	for _, doc := range []string{"", "<!-- bench: x -->\nno end"} {
		if _, err := replacePart(doc, "x", "new"); err == nil {
			t.Errorf("no error for %q", doc)
		}
	}
}
