// Command man makes the manual page of the manual: man docs/manual.md > docs/bpf-sdt-link.1.
//
// The manual is written to be read on the web as well, so it is rearranged first. The first heading becomes the title and
// the NAME section; tables become lists, for a terminal is too narrow for them; and links into the manual and to the
// documents beside it become plain text.
package main

import (
	"bytes"
	"fmt"
	"os"
	"strings"

	"github.com/cpuguy83/go-md2man/v2/md2man"
	"github.com/russross/blackfriday/v2"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: man MANUAL.md > PAGE.1")
		os.Exit(2)
	}
	text, err := os.ReadFile(os.Args[1])
	var out []byte
	if err == nil {
		out, err = page(text)
	}
	if err == nil {
		_, err = os.Stdout.Write(out)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "man:", err)
		os.Exit(1)
	}
}

const madeBy = ".\\\" Made from docs/manual.md by 'make man'. Do not edit.\n"

// page returns the manual page of a manual, in roff.
func page(manual []byte) ([]byte, error) {
	renderer := md2man.NewRoffRenderer()
	doc := blackfriday.New(blackfriday.WithExtensions(renderer.GetExtensions())).Parse(manual)
	title, err := takeTitle(doc)
	if err != nil {
		return nil, err
	}
	if err := rearrange(doc); err != nil {
		return nil, err
	}
	var body bytes.Buffer
	doc.Walk(func(n *blackfriday.Node, entering bool) blackfriday.WalkStatus {
		return renderer.RenderNode(&body, n, entering)
	})
	return append([]byte(madeBy+title), tidy(body.Bytes())...), nil
}

// takeTitle takes the heading 'NAME - SUMMARY' away and returns what starts the page.
func takeTitle(doc *blackfriday.Node) (string, error) {
	h := doc.FirstChild
	if h == nil || h.Type != blackfriday.Heading || h.Level != 1 {
		return "", fmt.Errorf("the manual does not start with a heading of the first level")
	}
	name, summary, ok := strings.Cut(plain(h), " - ")
	if !ok {
		return "", fmt.Errorf("the first heading is not of the form 'NAME - SUMMARY'")
	}
	h.Unlink()
	name = strings.ReplaceAll(name, "-", `\-`)
	// The page has no date, which would be that of a build. No word is broken at the end of a line, for it may be an option.
	return fmt.Sprintf(".nr HY 0\n.TH %s 1 \"\" %[2]s \"User Commands\"\n.SH NAME\n%[2]s \\- %[3]s\n", strings.ToUpper(name), name, summary), nil
}

// rearrange makes of the manual what md2man makes a good page of.
func rearrange(doc *blackfriday.Node) error {
	var tables, links, texts, headings []*blackfriday.Node
	doc.Walk(func(n *blackfriday.Node, entering bool) blackfriday.WalkStatus {
		if !entering {
			return blackfriday.GoToNext
		}
		switch n.Type {
		case blackfriday.Table:
			tables = append(tables, n)
		case blackfriday.Link:
			links = append(links, n)
		case blackfriday.Heading:
			headings = append(headings, n)
		case blackfriday.Text, blackfriday.Code, blackfriday.CodeBlock:
			texts = append(texts, n)
		}
		return blackfriday.GoToNext
	})
	for _, n := range texts {
		n.Literal = guard(n.Literal)
	}
	for _, n := range links {
		if !bytes.Contains(n.Destination, []byte("://")) {
			replace(n)
		}
	}
	for _, n := range texts {
		if n.Type == blackfriday.Code && n.Parent.Type == blackfriday.TableCell {
			n.Literal = bytes.ReplaceAll(n.Literal, []byte(`\|`), []byte("|")) // as on the web
		}
	}
	for _, n := range tables {
		if err := listOf(n); err != nil {
			return err
		}
	}
	for _, n := range headings {
		if n.Level == 2 {
			for c := n.FirstChild; c != nil; c = c.Next {
				c.Literal = bytes.ToUpper(c.Literal)
			}
		}
	}
	return nil
}

// replace puts what is in a node in its place.
func replace(n *blackfriday.Node) {
	for n.FirstChild != nil {
		n.InsertBefore(n.FirstChild)
	}
	n.Unlink()
}

// Characters that stand for what md2man would escape, or leave as it is. They are not in a manual.
const (
	minus     = "\uE000"
	quote     = "\uE001"
	circumfl  = "\uE002"
	graveMark = "\uE003"
	tilde     = "\uE004"
)

var (
	guards   = strings.NewReplacer("-", minus, "'", quote, "^", circumfl, "`", graveMark, "~", tilde)
	unguards = strings.NewReplacer(minus, `\-`, quote, `\(aq`, circumfl, `\(ha`, graveMark, `\(ga`, tilde, `\(ti`)
)

// guard keeps characters as they are for who copies from the page: roff makes hyphens and typographic quotes of them.
func guard(text []byte) []byte { return []byte(guards.Replace(string(text))) }

// listOf makes a list of a table: the first column is the term, the last one says what it is, and what is between goes
// with the term in brackets. The table's head is dropped.
func listOf(table *blackfriday.Node) error {
	list := blackfriday.NewNode(blackfriday.List)
	list.ListFlags = blackfriday.ListTypeDefinition
	for _, row := range bodyRows(table) {
		term, text := item(blackfriday.ListTypeTerm), item(0)
		first, last := row.FirstChild, row.LastChild
		if first == nil || first == last {
			return fmt.Errorf("a table with a row of fewer than two columns: %s", plain(row))
		}
		move(first, term)
		for c := first.Next; c != last; c = c.Next {
			if c.FirstChild != nil {
				term.AppendChild(literal(" ("))
				move(c, term)
				term.AppendChild(literal(")"))
			}
		}
		term.AppendChild(literal("\n"))
		move(last, text)
		text.AppendChild(literal("\n"))
		list.AppendChild(term)
		list.AppendChild(text)
	}
	table.InsertBefore(list)
	table.Unlink()
	return nil
}

func bodyRows(table *blackfriday.Node) (rows []*blackfriday.Node) {
	for part := table.FirstChild; part != nil; part = part.Next {
		if part.Type != blackfriday.TableBody {
			continue
		}
		for row := part.FirstChild; row != nil; row = row.Next {
			rows = append(rows, row)
		}
	}
	return rows
}

func item(flags blackfriday.ListType) *blackfriday.Node {
	n := blackfriday.NewNode(blackfriday.Item)
	n.ListFlags = blackfriday.ListTypeDefinition | flags
	return n
}

func literal(text string) *blackfriday.Node {
	n := blackfriday.NewNode(blackfriday.Text)
	n.Literal = []byte(text)
	return n
}

func move(from, to *blackfriday.Node) {
	for from.FirstChild != nil {
		to.AppendChild(from.FirstChild)
	}
}

// plain is the text of a node without its form.
func plain(n *blackfriday.Node) string {
	var b strings.Builder
	n.Walk(func(n *blackfriday.Node, entering bool) blackfriday.WalkStatus {
		if entering {
			b.Write(n.Literal)
		}
		return blackfriday.GoToNext
	})
	return b.String()
}

// tidy takes out what is of no use to roff, or complained about: empty lines, but for those in examples, and a paragraph
// that starts at once behind a heading. Examples are indented.
func tidy(roff []byte) []byte {
	var out []string
	example := false
	for line := range strings.Lines(unguards.Replace(string(roff))) {
		line = strings.TrimRight(line, " \n")
		last := ""
		if len(out) > 0 {
			last = out[len(out)-1]
		}
		switch {
		case line == ".EX":
			example = true
			if !heading(last) {
				out = append(out, ".PP")
			}
			out = append(out, ".RS 4", line)
		case line == ".EE":
			example = false
			out = append(out, line, ".RE")
		case line == "" && !example:
		case line == ".PP" && heading(last):
		default:
			out = append(out, line)
		}
	}
	return []byte(strings.Join(out, "\n") + "\n")
}

func heading(line string) bool {
	return strings.HasPrefix(line, ".SH ") || strings.HasPrefix(line, ".SS ")
}
