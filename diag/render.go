package diag

import (
	"encoding/json"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode"
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

// printable makes text from a file fit for a terminal: names in hostile objects can hold anything.
func printable(s string) string {
	if strings.IndexFunc(s, unprintable) < 0 && utf8.ValidString(s) {
		return s
	}
	var b strings.Builder
	for _, r := range s {
		if unprintable(r) || r == utf8.RuneError {
			b.WriteString(strings.Trim(strconv.QuoteRuneToASCII(r), "'"))
			continue
		}
		b.WriteRune(r)
	}
	return b.String()
}

func unprintable(r rune) bool { return !unicode.IsPrint(r) }

func writeText(b *strings.Builder, d Diagnostic, p palette) {
	if d.Place.Object != "" {
		b.WriteString(p.bold + printable(d.Place.Object) + ":" + p.reset + " ")
	}
	sev := p.err
	if d.Severity == Warning {
		sev = p.warn
	}
	b.WriteString(sev + d.Severity.String() + ":" + p.reset + " " + p.bold + printable(d.Message) + p.reset + "\n")
	shown := slices.ContainsFunc(d.Related, func(r Related) bool { return r.Place == d.Place })
	if where := describe(d.Place, ""); where != "" && !shown {
		b.WriteString("  at " + where + "\n")
	}
	for _, r := range d.Related {
		b.WriteString("  ")
		if where := describe(r.Place, r.Place.Object); where != "" {
			b.WriteString(where + ": ")
		}
		b.WriteString(printable(r.Message) + "\n")
	}
	if d.Hint != "" {
		b.WriteString("  hint: " + printable(d.Hint) + "\n")
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
	return printable(strings.Join(parts, ": "))
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
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	for i := range ds {
		if err := enc.Encode(ds[i].json()); err != nil {
			return err
		}
	}
	return nil
}
