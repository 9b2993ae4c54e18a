package linkmap

import (
	"bufio"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
	"sync"
	"text/template"
)

// The page is one file that asks for nothing else. Its script makes all from the map, which stands in it as JSON.
//
//go:embed page
var pageFiles embed.FS

// Made when the first page is: a program that makes none does not wait for them.
var (
	pageTemplate = sync.OnceValue(func() *template.Template {
		return template.Must(template.New("page.html").Funcs(template.FuncMap{"group": group, "hex": hex}).ParseFS(pageFiles, "page/page.html"))
	})
	pageStyle  = sync.OnceValue(func() string { return pageText("page.css") })
	pageScript = sync.OnceValue(func() string { return pageText("start.js", "table.js", "treemap.js", "views.js") })
)

// pageText joins files of the page. Browsers take line ends of any kind for \n before they hash a script.
func pageText(names ...string) string {
	var b strings.Builder
	for _, name := range names {
		text, err := pageFiles.ReadFile("page/" + name)
		if err != nil {
			panic(err) // they are in the program
		}
		b.WriteString(strings.ReplaceAll(string(text), "\r\n", "\n"))
	}
	return b.String()
}

// policy lets the page's own script and style run, and nothing else, whatever a name in the map may bring about.
func policy() string {
	hash := func(text string) string {
		sum := sha256.Sum256([]byte(text))
		return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
	}
	return "default-src 'none'; script-src " + hash(pageScript()) + "; style-src " + hash(pageStyle()) +
		"; base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
}

// page is what page.html shows without its script. What comes from a map goes through the function html there; style, script and
// the map as JSON are as they are.
type page struct {
	Output   string
	Policy   string
	Style    string
	Script   string
	Map      string
	Facts    []fact
	Sections []pageSection
	Inputs   []pageInput
}

type fact struct{ Label, Value, Note string }

// WriteHTML writes the map as one page of HTML, for any browser, also without a network. It loads nothing.
func (m *Map) WriteHTML(w io.Writer) error {
	j := m.pageMap()
	var text strings.Builder
	if err := json.NewEncoder(&text).Encode(j); err != nil { // escapes < and >: no name ends the script element
		return err
	}
	b := bufio.NewWriterSize(w, 64<<10)
	err := pageTemplate().Execute(b, page{
		Output: j.Output, Policy: policy(), Style: pageStyle(), Script: pageScript(),
		Map: text.String(), Facts: m.facts(), Sections: j.Sections, Inputs: j.Inputs,
	})
	if err != nil {
		return err
	}
	return b.Flush()
}

func (m *Map) facts() []fact {
	var file uint64
	for i := range m.Inputs {
		file += m.Inputs[i].Size
	}
	sites := 0
	for i := range m.Probes {
		sites += len(m.Probes[i].Sites)
	}
	undefined := 0
	for i := range m.Symbols {
		if m.Symbols[i].Section == -1 {
			undefined++
		}
	}
	var code uint64
	coded := 0
	for i := range m.Sections {
		if s := &m.Sections[i]; s.Type == "code" {
			code, coded = code+s.Size, coded+1
		}
	}
	return []fact{
		{"Size", human(m.Size), group(m.Size) + " bytes"},
		{"Code", human(code), group(code/8) + " instructions"},
		{"Inputs", count(len(m.Inputs)), human(file) + " of files"},
		{"Sections", count(len(m.Sections)), count(coded) + " with code"},
		{"Symbols", count(len(m.Symbols)), count(undefined) + " undefined"},
		{"Probes", count(len(m.Probes)), count(sites) + " " + plural(sites, "site")},
	}
}

func plural(n int, word string) string {
	if n == 1 {
		return word
	}
	return word + "s"
}

func count(n int) string { return group(uint64(n)) }

// group writes 1234567 as "1,234,567".
func group(n uint64) string {
	digits := strconv.FormatUint(n, 10)
	for at := len(digits) - 3; at > 0; at -= 3 {
		digits = digits[:at] + "," + digits[at:]
	}
	return digits
}

func hex(n uint64) string { return fmt.Sprintf("%#x", n) }

// human writes a size with three digits or so: "14.4 KiB".
func human(n uint64) string {
	if n < 1024 {
		return fmt.Sprintf("%d %s", n, plural(int(n), "byte"))
	}
	value, unit := float64(n), ""
	for _, unit = range []string{"KiB", "MiB", "GiB", "TiB", "PiB", "EiB"} {
		if value /= 1024; value < 1023.95 {
			break
		}
	}
	return fmt.Sprintf("%.1f %s", value, unit)
}
