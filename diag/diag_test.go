package diag

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// a place with all that can be known, and parts of it.
var full = Place{Object: "a.o", Section: "xdp", Offset: 0x18, Symbol: "prog", File: "a.c", Line: 7, Column: 3, HasOffset: true}

func TestPlace(t *testing.T) {
	tests := []struct {
		place          Place
		source, binary string
	}{
		{Place{}, "", ""},
		{full, "a.c:7:3", "xdp+0x18 (prog)"},
		{Place{File: "a.c"}, "a.c", ""},
		{Place{File: "a.c", Line: 7}, "a.c:7", ""},
		{Place{File: "a.c", Column: 3}, "a.c", ""},
		{Place{Line: 7, Column: 3}, "", ""}, // a line of no file says nothing
		{Place{}.At("xdp", 0), "", "xdp+0x0"},
		{Place{Section: "xdp", Offset: 8}, "", "xdp"},
		{Place{}.In("prog"), "", "prog"},
		{Place{Section: "xdp"}.In("prog"), "", "xdp (prog)"},
	}
	for _, test := range tests {
		if s, b := test.place.Source(), test.place.Binary(); s != test.source || b != test.binary {
			t.Errorf("%+v: '%s', '%s'; want '%s', '%s'", test.place, s, b, test.source, test.binary)
		}
	}
	p := Place{Object: "a.o"}
	_, _ = p.At("xdp", 8), p.In("prog")
	if diff := cmp.Diff(Place{Object: "a.o"}, p); diff != "" {
		t.Errorf("At and In change the place that they are called on:\n%s", diff)
	}
}

// renderings holds each diagnostic as text and as JSON.
var renderings = []struct {
	name string
	d    Diagnostic
	text string
	json string
}{
	{"message only", Errorf("x", Place{}, "no input"),
		"error: no input\n",
		`{"severity":"error","id":"x","message":"no input"}`},
	{"of an object", Warnf("no-btf", Place{Object: "a.o"}, "the object has no BTF").WithHint("compile with %s", "-g"),
		"a.o: warning: the object has no BTF\n  hint: compile with -g\n",
		`{"severity":"warning","id":"no-btf","message":"the object has no BTF","object":"a.o","hint":"compile with -g"}`},
	{"at a known place", Errorf("probe-site", full, "site of probe '%s' is not a NOP", "p"),
		"a.o: error: site of probe 'p' is not a NOP\n  at a.c:7:3: xdp+0x18 (prog)\n",
		`{"severity":"error","id":"probe-site","message":"site of probe 'p' is not a NOP","object":"a.o","section":"xdp","offset":24,"symbol":"prog","file":"a.c","line":7,"column":3}`},
	{"at offset 0, which is not left out", Errorf("x", Place{}.At("s", 0), "m"),
		"error: m\n  at s+0x0\n",
		`{"severity":"error","id":"x","message":"m","section":"s","offset":0}`},
	{"two parties", Errorf("probe-conflict", Place{Object: "b.o"}, "probe 'my_trace' is declared with different types").
		With(Place{File: "a.c", Line: 7, Column: 1}, "declared here as %s", "(int, int)").
		With(Place{Object: "b.o", File: "b.c", Line: 5, Column: 1}, "declared here as (int, unsigned long)").
		With(Place{}, "nobody knows where"),
		"b.o: error: probe 'my_trace' is declared with different types\n" +
			"  a.c:7:1: declared here as (int, int)\n" +
			"  b.c:5:1: b.o: declared here as (int, unsigned long)\n" +
			"  nobody knows where\n",
		`{"severity":"error","id":"probe-conflict","message":"probe 'my_trace' is declared with different types","object":"b.o","related":[` +
			`{"file":"a.c","line":7,"column":1,"message":"declared here as (int, int)"},` +
			`{"object":"b.o","file":"b.c","line":5,"column":1,"message":"declared here as (int, unsigned long)"},` +
			`{"message":"nobody knows where"}]}`},
	{"characters of JSON and HTML", Errorf("x", Place{Object: `a"<b>.o`}, "type 'struct a<b> & \\c'"),
		"a\"<b>.o: error: type 'struct a<b> & \\c'\n",
		`{"severity":"error","id":"x","message":"type 'struct a<b> & \\c'","object":"a\"<b>.o"}`},
}

func TestText(t *testing.T) {
	var all []Diagnostic
	var want strings.Builder
	for _, r := range renderings {
		t.Run(r.name, func(t *testing.T) {
			var b strings.Builder
			if err := Text(&b, []Diagnostic{r.d}, false); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(r.text, b.String()); diff != "" {
				t.Errorf("text (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(strings.TrimSuffix(r.text, "\n"), r.d.Error()); diff != "" {
				t.Errorf("error (-want +got):\n%s", diff)
			}
		})
		all = append(all, r.d)
		want.WriteString(r.text)
	}
	var b strings.Builder
	if err := Text(&b, all, false); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want.String(), b.String()); diff != "" {
		t.Errorf("all of them (-want +got):\n%s", diff)
	}
}

// A name in an object may hold anything; what reaches a terminal must not move its cursor or forge a line.
func TestUnprintable(t *testing.T) {
	place := Place{Object: "a\x1b[2J.o", File: "dir\n/a.c"}.At("s\x00", 8).In("f\xff")
	d := Errorf("x", place, "symbol '%s' is bad", "\r\u202e ünï\t").With(place, "here\n").WithHint("\x9b")
	want := "a\\x1b[2J.o: error: symbol '\\r\\u202e ünï\\t' is bad\n" +
		"  dir\\n/a.c: a\\x1b[2J.o: s\\x00+0x8 (f\\xff): here\\n\n" +
		"  hint: \\x9b\n"
	var b strings.Builder
	if err := Text(&b, []Diagnostic{d}, false); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, b.String()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// The place is left out where a related line shows it.
func TestColours(t *testing.T) {
	var b strings.Builder
	ds := []Diagnostic{Errorf("x", full, "bad").With(full, "here"), Warnf("y", Place{}, "odd")}
	if err := Text(&b, ds, true); err != nil {
		t.Fatal(err)
	}
	want := "\x1b[1ma.o:\x1b[0m \x1b[1;31merror:\x1b[0m \x1b[1mbad\x1b[0m\n" +
		"  a.c:7:3: a.o: xdp+0x18 (prog): here\n" +
		"\x1b[1;35mwarning:\x1b[0m \x1b[1modd\x1b[0m\n"
	if diff := cmp.Diff(want, b.String()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestJSON(t *testing.T) {
	var all []Diagnostic
	var want strings.Builder
	for _, r := range renderings {
		all = append(all, r.d)
		want.WriteString(r.json + "\n")
	}
	var b bytes.Buffer
	if err := JSON(&b, all); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want.String(), b.String()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	i := 0
	for line := range bytes.Lines(b.Bytes()) {
		alone, err := json.Marshal(all[i]) // with < and > escaped, which says the same
		if err != nil {
			t.Fatal(err)
		}
		var a, b any
		if err := errors.Join(json.Unmarshal(line, &a), json.Unmarshal(alone, &b)); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(a, b); diff != "" {
			t.Errorf("a line of JSON and MarshalJSON differ:\n%s", diff)
		}
		i++
	}
}

// failing is a writer that fails.
type failing struct{}

var errFull = errors.New("disk full")

func (failing) Write([]byte) (int, error) { return 0, errFull }

func TestWriteErrors(t *testing.T) {
	ds := []Diagnostic{Errorf("x", full, "bad")}
	if err := Text(failing{}, ds, false); !errors.Is(err, errFull) {
		t.Errorf("text: %v", err)
	}
	if err := JSON(failing{}, ds); !errors.Is(err, errFull) {
		t.Errorf("JSON: %v", err)
	}
}

func TestLog(t *testing.T) {
	var l Log
	if l.Failed() || l.Err() != nil || len(l.All()) > 0 {
		t.Error("an empty log is not empty")
	}
	l.Add(Warnf("w", Place{}, "odd"))
	if l.Failed() || l.Err() != nil {
		t.Error("a warning is a failure")
	}
	l.Add(Errorf("e", Place{Object: "a.o"}, "bad").With(full, "here"), Errorf("f", Place{}, "worse"))
	if !l.Failed() || len(l.All()) != 3 {
		t.Errorf("failed is %t with %d diagnostics", l.Failed(), len(l.All()))
	}
	err := fmt.Errorf("link: %w", l.Err())
	var f *Failure
	if !errors.As(err, &f) || len(f.Diagnostics) != 3 {
		t.Fatalf("error %v", err)
	}
	want := "a.o: error: bad\n  a.c:7:3: a.o: xdp+0x18 (prog): here\nerror: worse" // warnings are no reason
	if diff := cmp.Diff(want, f.Error()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	var d Diagnostic
	if !errors.As(fmt.Errorf("open: %w", error(f.Diagnostics[2])), &d) || d.ID != "f" {
		t.Errorf("a diagnostic is not found in an error: %+v", d)
	}
}

// With must not write into an array that another diagnostic has too.
func TestWithIsolation(t *testing.T) {
	d := Errorf("x", Place{}, "bad").With(Place{}, "one").With(Place{}, "two").With(Place{}, "three")
	a, b := d.With(Place{}, "a"), d.With(Place{}, "b")
	if a.Related[3].Message != "a" || b.Related[3].Message != "b" || len(d.Related) != 3 {
		t.Errorf("%v, %v, %v", d.Related, a.Related, b.Related)
	}
}

func TestSeverity(t *testing.T) {
	for s, want := range map[Severity]string{Warning: "warning", Error: "error", 0: "severity(0)", 9: "severity(9)"} {
		if s.String() != want {
			t.Errorf("%d is '%s'", s, s)
		}
	}
}
