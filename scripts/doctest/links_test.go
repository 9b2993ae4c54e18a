package main

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"
)

var (
	linkTarget = regexp.MustCompile(`\]\(([^()\s]+)\)`)
	inlineCode = regexp.MustCompile("`[^`\n]*`")
)

// prose is a document without what stands in fences and code spans.
func prose(text string) string {
	var b strings.Builder
	fence := false
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, "```") {
			fence = !fence
		} else if !fence {
			b.WriteString(line)
		}
	}
	return b.String()
}

// anchors are what the headings of a document are linked by, as GitHub makes them.
func anchors(text string) (all []string) {
	for line := range strings.Lines(prose(text)) {
		title := strings.TrimLeft(line, "#")
		if title == line || !strings.HasPrefix(title, " ") {
			continue
		}
		all = append(all, strings.Map(func(r rune) rune {
			switch {
			case r == ' ':
				return '-'
			case r == '-', r == '_', unicode.IsLetter(r), unicode.IsDigit(r):
				return unicode.ToLower(r)
			}
			return -1
		}, strings.TrimSpace(title)))
	}
	return all
}

// brokenLinks returns the links of a document to files and headings that are not there.
func brokenLinks(path, text string) (broken []string) {
	for _, m := range linkTarget.FindAllStringSubmatch(inlineCode.ReplaceAllString(prose(text), "x"), -1) {
		file, anchor, _ := strings.Cut(m[1], "#")
		if strings.Contains(file, ":") {
			continue
		}
		target := text
		if file != "" {
			file = filepath.Join(filepath.Dir(path), file)
			if fi, err := os.Stat(file); err == nil && fi.IsDir() && anchor == "" {
				continue
			}
			content, err := os.ReadFile(file)
			if err != nil {
				broken = append(broken, m[1])
				continue
			}
			target = string(content)
		}
		if anchor != "" && !slices.Contains(anchors(target), anchor) {
			broken = append(broken, m[1])
		}
	}
	return broken
}

func TestBrokenLinks(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "other.md"), []byte("# Other\n\n## What's `-g`, and B?\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	text := fences("# Here\n~~~\n# No\n[a](b)\n~~~\n[1](other.md) [2](#here) [3](other.md#whats--g-and-b) [4](https://x) `[5](x)` [6](.)\n" +
		"[7](no.md) [8](#no) [9](other.md#here)\n")
	got := brokenLinks(filepath.Join(dir, "d.md"), text)
	if want := []string{"no.md", "#no", "other.md#here"}; !slices.Equal(got, want) {
		t.Errorf("%q, not %q", got, want)
	}
}

// TestLinks: what documents link to is there.
func TestLinks(t *testing.T) {
	eachDocument(t, func(path, name, text string) {
		for _, l := range brokenLinks(path, text) {
			t.Errorf("%s: a link to '%s', which is not there", name, l)
		}
	})
}
