// Package diag holds diagnostics as data: what is wrong, how bad it is, where, and
// who else is party to it. The packages of the linker make them; only the command
// turns them into text or JSON for people.
//
// A program that links gets a [*Failure] from the linker and prints it with [Text] or [JSON], or looks at its
// diagnostics. One that checks inputs makes diagnostics with [Errorf] and [Warnf], and collects them in a [Log].
package diag

import (
	"fmt"
	"strings"
)

// Severity says how bad a diagnostic is.
type Severity uint8

const (
	// Warning does not keep an output from being made.
	Warning Severity = iota + 1
	// Error means that there is no output.
	Error
)

// String returns "warning" or "error".
func (s Severity) String() string {
	switch s {
	case Warning:
		return "warning"
	case Error:
		return "error"
	}
	return fmt.Sprintf("severity(%d)", uint8(s))
}

// MarshalText makes a Severity its name in JSON.
func (s Severity) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// Place is a position in an input. Every field may be empty; what is known is set.
type Place struct {
	Object  string // the input's name as given on the command line
	Section string // an ELF section of Object
	Offset  uint64 // bytes from the start of Section, if HasOffset
	Symbol  string // the function, variable or label at the place
	File    string // the C source, from line_info
	Line    uint32 // 1-based, 0 if unknown
	Column  uint32 // 1-based, 0 if unknown

	HasOffset bool
}

// At returns p with a section offset in bytes.
func (p Place) At(section string, offset uint64) Place {
	p.Section, p.Offset, p.HasOffset = section, offset, true
	return p
}

// In returns p with a symbol.
func (p Place) In(symbol string) Place {
	p.Symbol = symbol
	return p
}

// Source returns "file:line:column", shortened to what is known, or "".
func (p Place) Source() string {
	switch {
	case p.File == "":
		return ""
	case p.Line == 0:
		return p.File
	case p.Column == 0:
		return fmt.Sprintf("%s:%d", p.File, p.Line)
	}
	return fmt.Sprintf("%s:%d:%d", p.File, p.Line, p.Column)
}

// Binary returns "section+0xoffset (symbol)", shortened to what is known ("symbol"), or "".
func (p Place) Binary() string {
	var b strings.Builder
	b.WriteString(p.Section)
	if p.HasOffset {
		fmt.Fprintf(&b, "+%#x", p.Offset)
	}
	switch {
	case p.Symbol == "":
	case b.Len() == 0:
		return p.Symbol
	default:
		fmt.Fprintf(&b, " (%s)", p.Symbol)
	}
	return b.String()
}

// Related is another party to a diagnostic: the other declaration of a conflict, say.
type Related struct {
	Place   Place
	Message string
}

// Diagnostic is one fault or oddity of an input.
type Diagnostic struct {
	Severity Severity
	// ID is a short stable name for the kind of fault ("probe-conflict"), for tests
	// and for programs that read the JSON form.
	ID      string
	Message string // one line, lower case, no final stop
	Place   Place
	Related []Related
	Hint    string // what to do about it, where that is known
}

// Errorf makes a diagnostic of severity Error.
func Errorf(id string, at Place, format string, args ...any) Diagnostic {
	return Diagnostic{Severity: Error, ID: id, Place: at, Message: fmt.Sprintf(format, args...)}
}

// Warnf makes a diagnostic of severity Warning.
func Warnf(id string, at Place, format string, args ...any) Diagnostic {
	return Diagnostic{Severity: Warning, ID: id, Place: at, Message: fmt.Sprintf(format, args...)}
}

// With returns d with one more related place.
func (d Diagnostic) With(at Place, format string, args ...any) Diagnostic {
	d.Related = append(d.Related[:len(d.Related):len(d.Related)], Related{at, fmt.Sprintf(format, args...)})
	return d
}

// WithHint returns d with an advice.
func (d Diagnostic) WithHint(format string, args ...any) Diagnostic {
	d.Hint = fmt.Sprintf(format, args...)
	return d
}

// Error makes a single diagnostic usable as a Go error, so that a decoder can return one.
// Its text is that of Text, without colours.
func (d Diagnostic) Error() string {
	var b strings.Builder
	writeText(&b, d, plain)
	return strings.TrimRight(b.String(), "\n")
}

// Log collects the diagnostics of one run in the order in which they were found.
// It is not safe for concurrent use. The zero value is ready.
type Log struct {
	all    []Diagnostic
	errors int
}

// Add appends diagnostics.
func (l *Log) Add(ds ...Diagnostic) {
	for _, d := range ds {
		if d.Severity == Error {
			l.errors++
		}
		l.all = append(l.all, d)
	}
}

// Failed reports whether there is any error.
func (l *Log) Failed() bool { return l.errors > 0 }

// All returns what was added, in order.
func (l *Log) All() []Diagnostic { return l.all }

// Err returns nil if there is no error, else a *Failure with everything added so far.
func (l *Log) Err() error {
	if !l.Failed() {
		return nil
	}
	return &Failure{Diagnostics: l.all}
}

// Failure is the error of an operation on faulty input. It carries every diagnostic
// of the run, warnings too, in the order in which they were found.
type Failure struct {
	Diagnostics []Diagnostic
}

// Error returns the text of all errors, one to a line with its related lines indented below it.
func (f *Failure) Error() string {
	var b strings.Builder
	for _, d := range f.Diagnostics {
		if d.Severity == Error {
			writeText(&b, d, plain)
		}
	}
	return strings.TrimRight(b.String(), "\n")
}
