package linkmap_test

import (
	"bytes"
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/bpfsdt/bpf-sdt-link/internal/samplemap"
	"github.com/bpfsdt/bpf-sdt-link/linkmap"
)

func htmlOf(t testing.TB, m *linkmap.Map) string {
	t.Helper()
	var b bytes.Buffer
	if err := m.WriteHTML(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

var (
	tagPattern  = regexp.MustCompile(`<[A-Za-z/!][^>]*>`)
	dataPattern = regexp.MustCompile(`(?s)<script type="application/json" id="map">(.*?)</script>`)
)

// tags are the tags of a page, without what the map's JSON holds.
func tags(page string) []string { return tagPattern.FindAllString(page, -1) }

// checkPage checks that a page is text, and that its names make no tags: as many as with plain names.
func checkPage(t *testing.T, page, plain string) {
	t.Helper()
	if err := printable(strings.ReplaceAll(page, "\t", "")); err != nil {
		t.Error(err)
	}
	if n, want := strings.Count(page, "\t"), strings.Count(plain, "\t"); n != want {
		t.Errorf("%d tabs, want the %d of the script and the style", n, want)
	}
	if d := cmp.Diff(tags(plain), tags(page)); d != "" {
		t.Error("tags, -plain +got:\n" + d)
	}
	data := dataPattern.FindStringSubmatch(page)
	if data == nil {
		t.Fatal("no map")
	}
	if strings.ContainsAny(data[1], "<>&") {
		t.Error("the map's JSON has <, > or &")
	}
	if !json.Valid([]byte(data[1])) {
		t.Error("the map is no JSON")
	}
}

func TestHTMLHostile(t *testing.T) {
	checkPage(t, htmlOf(t, samplemap.Hostile()), htmlOf(t, samplemap.Firewall()))
}

func TestHTMLMap(t *testing.T) {
	page := htmlOf(t, samplemap.Hostile())
	var m struct {
		Words    []string
		Sections []struct {
			Name  string
			Parts []struct{ Input, Section, Offset, Size int }
		}
		Inputs  []struct{ Name, Why string }
		Symbols struct {
			Name          []string
			Section, Part []int
			Binding       []int
		}
		Probes []struct {
			Name  string
			Sites []struct{ Source string }
		}
	}
	if err := json.Unmarshal([]byte(dataPattern.FindStringSubmatch(page)[1]), &m); err != nil {
		t.Fatal(err)
	}
	if got, want := m.Inputs[0].Name, "</script><img src=x onerror=alert(1)>build/firewall.o"; got != want {
		t.Errorf("input %q, want %q", got, want)
	}
	i := slices.IndexFunc(m.Symbols.Name, func(s string) bool { return strings.HasSuffix(s, "parse_ports") })
	if si, pi := m.Symbols.Section[i], m.Symbols.Part[i]; si != 2 || pi != 2 || m.Words[m.Symbols.Binding[i]] != "local" {
		t.Errorf("parse_ports is in part %d of section %d, %s", pi, si, m.Words[m.Symbols.Binding[i]])
	}
	if got := m.Probes[0].Sites[1].Source; !strings.HasSuffix(got, "src/parser.c:47:2") {
		t.Errorf("source %q", got)
	}
}

// The page is small, asks for nothing, and is the same every time.
func TestHTMLPage(t *testing.T) {
	page := htmlOf(t, &linkmap.Map{Output: "a.o"})
	if len(page) > 45_000 {
		t.Errorf("an empty page has %d bytes", len(page))
	}
	if m := regexp.MustCompile(`(?i)https?:|\bsrc=|@import|url\(|innerHTML|\beval\(`).FindString(page); m != "" {
		t.Errorf("the page has %q", m)
	}
	if strings.Contains(page, "ZgotmplZ") {
		t.Error("the template refused something")
	}
	first, second := htmlOf(t, samplemap.Firewall()), htmlOf(t, samplemap.Firewall())
	if first != second {
		t.Error("two pages of one map differ")
	}
}

func TestHTMLWriteFails(t *testing.T) {
	m := samplemap.Large(10, 5000)
	for _, room := range []int{0, 100_000} {
		if err := m.WriteHTML(&failing{room}); err == nil || !strings.Contains(err.Error(), "disk full") {
			t.Errorf("room for %d bytes: %v", room, err)
		}
	}
}

func FuzzHTML(f *testing.F) {
	for _, name := range samplemap.Names {
		f.Add(name, uint64(8), 1)
	}
	f.Fuzz(func(t *testing.T, name string, number uint64, index int) {
		checkPage(t, htmlOf(t, broken(name, number, index)), htmlOf(t, broken("x", number, index)))
	})
}

func BenchmarkHTML(b *testing.B) {
	m := samplemap.Large(800, 100_000)
	for b.Loop() {
		b.SetBytes(int64(len(htmlOf(b, m))))
	}
}
