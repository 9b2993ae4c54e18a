package main

import (
	"embed"
	"strconv"
	"text/template"
)

//go:embed templates
var files embed.FS

var templates = template.Must(template.New("").Funcs(template.FuncMap{
	"add":        func(a, b int) int { return a + b },
	"div":        func(a, b int) int { return a / b },
	"mod":        func(a, b int) int { return a % b },
	"shl":        func(a, b int) int { return a << b },
	"seq":        seq,
	"mapType":    func(i int) string { return mapTypes[i%len(mapTypes)] },
	"neighbours": func() []string { return []string{"PREV", "NEXT"} },
	"types":      func(prefix string, n int, own bool) typeBlock { return typeBlock{prefix, n, own} },
}).ParseFS(files, "templates/*"))

// typeBlock is N structs that refer to each other.
type typeBlock struct {
	prefix string
	N      int
	own    bool // the names carry the object's suffix
}

func (t typeBlock) Name(i int) string {
	if t.own {
		return "N(" + t.prefix + itoa(i) + ")"
	}
	return t.prefix + itoa(i)
}

func itoa(i int) string { return strconv.Itoa(i) }

func seq(n int) []int {
	s := make([]int, n)
	for i := range s {
		s[i] = i
	}
	return s
}
