package diag

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// palette is how Text colours its words; plain has empty strings only.
type palette struct{ bold, err, warn, reset string }

var (
	plain  = palette{}
	colour = palette{bold: "\x1b[1m", err: "\x1b[1;31m", warn: "\x1b[1;35m", reset: "\x1b[0m"}
)

// Text writes diagnostics for people, with ANSI colours if wanted:
//
//	b.o: error: probe 'my_trace' is declared with different types
//	  a.c:7:1: declared here as (int, int)
//	  b.c:5:1: declared here as (int, unsigned long)
func Text(w io.Writer, ds []Diagnostic, coloured bool) error {
	p := plain
	if coloured {
		p = colour
	}
	var b strings.Builder
	for _, d := range ds {
		writeText(&b, d, p)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// Printable makes text from a file fit for a terminal: names in hostile objects can hold anything. What has no
// picture of its own (control characters, those that turn the direction of text, bytes that are no UTF-8) becomes an
// escape of Go's: \x1b, \u202e, \xff. A backslash stays one, as source lines are full of them.
func Printable(s string) string {
	if strings.IndexFunc(s, unprintable) < 0 && utf8.ValidString(s) {
		return s
	}
	var b strings.Builder
	for i, r := range s {
		switch {
		case r == utf8.RuneError && !strings.HasPrefix(s[i:], string(r)): // a byte that is no UTF-8
			fmt.Fprintf(&b, `\x%02x`, s[i])
		case unprintable(r):
			b.WriteString(strings.Trim(strconv.QuoteRuneToASCII(r), "'"))
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

func unprintable(r rune) bool { return !unicode.IsPrint(r) }

func writeText(b *strings.Builder, d Diagnostic, p palette) {
	if d.Place.Object != "" {
		b.WriteString(p.bold + Printable(d.Place.Object) + ":" + p.reset + " ")
	}
	sev := p.err
	if d.Severity == Warning {
		sev = p.warn
	}
	b.WriteString(sev + d.Severity.String() + ":" + p.reset + " " + p.bold + Printable(d.Message) + p.reset + "\n")
	shown := slices.ContainsFunc(d.Related, func(r Related) bool { return r.Place == d.Place })
	if where := describe(d.Place, ""); where != "" && !shown {
		b.WriteString("  at " + where + "\n")
	}
	for _, r := range d.Related {
		b.WriteString("  ")
		if where := describe(r.Place, r.Place.Object); where != "" {
			b.WriteString(where + ": ")
		}
		b.WriteString(Printable(r.Message) + "\n")
	}
	if d.Hint != "" {
		b.WriteString("  hint: " + Printable(d.Hint) + "\n")
	}
}

// describe joins the parts of a place that are known: "a.c:7:1: a.o: xdp+0x18 (prog)".
func describe(p Place, object string) string {
	var parts []string
	for _, s := range []string{p.Source(), object, p.Binary()} {
		if s != "" {
			parts = append(parts, s)
		}
	}
	return Printable(strings.Join(parts, ": "))
}

type jsonPlace struct {
	Object  string  `json:"object,omitempty"`
	Section string  `json:"section,omitempty"`
	Offset  *uint64 `json:"offset,omitempty"`
	Symbol  string  `json:"symbol,omitempty"`
	File    string  `json:"file,omitempty"`
	Line    uint32  `json:"line,omitempty"`
	Column  uint32  `json:"column,omitempty"`
}

type jsonRelated struct {
	jsonPlace
	Message string `json:"message"`
}

type jsonDiagnostic struct {
	Severity Severity `json:"severity"`
	ID       string   `json:"id"`
	Message  string   `json:"message"`
	jsonPlace
	Related []jsonRelated `json:"related,omitempty"`
	Hint    string        `json:"hint,omitempty"`
}

func toJSON(p Place) jsonPlace {
	j := jsonPlace{Object: p.Object, Section: p.Section, Symbol: p.Symbol, File: p.File, Line: p.Line, Column: p.Column}
	if p.HasOffset {
		j.Offset = &p.Offset
	}
	return j
}

// MarshalJSON gives the documented form: severity, id and message, the known fields of
// the place beside them, "related" as a list of places with a message, and "hint".
func (d Diagnostic) MarshalJSON() ([]byte, error) { return json.Marshal(d.json()) }

func (d *Diagnostic) json() jsonDiagnostic {
	j := jsonDiagnostic{Severity: d.Severity, ID: d.ID, Message: d.Message, jsonPlace: toJSON(d.Place), Hint: d.Hint}
	for _, r := range d.Related {
		j.Related = append(j.Related, jsonRelated{toJSON(r.Place), r.Message})
	}
	return j
}

// JSON writes one JSON object a line for each diagnostic.
func JSON(w io.Writer, ds []Diagnostic) error {
	for i := range ds {
		if err := EncodeJSON(w, ds[i].json(), ""); err != nil {
			return err
		}
	}
	return nil
}

// EncodeJSON writes a value and a line end, indented if wanted. Unlike encoding/json it escapes all that a terminal
// may act on, and leaves <, > and & as they are. A byte that is no UTF-8 becomes U+FFFD.
func EncodeJSON(w io.Writer, v any, indent string) error {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", indent)
	if err := enc.Encode(v); err != nil {
		return err
	}
	_, err := w.Write(escapeJSON(b.Bytes()))
	return err
}

// escapeJSON escapes what is not printable. Such characters stand within strings only, but for the line ends that the
// encoder makes between tokens; those of strings it has escaped.
func escapeJSON(text []byte) []byte {
	keep := func(r rune) bool { return r == '\n' || !unprintable(r) }
	if bytes.IndexFunc(text, func(r rune) bool { return !keep(r) }) < 0 {
		return text
	}
	var out []byte
	for _, r := range string(text) {
		switch {
		case keep(r):
			out = utf8.AppendRune(out, r)
		case r > 0xffff:
			high, low := utf16.EncodeRune(r)
			out = fmt.Appendf(out, `\u%04x\u%04x`, high, low)
		default:
			out = fmt.Appendf(out, `\u%04x`, r)
		}
	}
	return out
}
