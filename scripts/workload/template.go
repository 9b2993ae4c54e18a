package main

import (
	"embed"
	"strconv"
	"text/template"
)

//go:embed templates
var files embed.FS

var templates = template.Must(template.New("").Funcs(template.FuncMap{
	"add": func(a, b int) int { return a + b },
	"div": func(a, b int) int { return a / b },
	"mod": func(a, b int) int { return a % b },
	"shl": func(a, b int) int { return a << b },
	"seq": func(n int) []int {
		s := make([]int, n)
		for i := range s {
			s[i] = i
		}
		return s
	},
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

// growth is a kind of set with many of one thing.
type growth struct{ objects, max int }

// A struct has up to 65,535 members in BTF, and a file as many sections without tricks that BPF loaders know.
var growths = map[string]growth{
	"symbols":  {1, 1_000_000},
	"enums":    {1, 65_000},
	"types":    {1, 65_000},
	"sections": {1, 30_000},
	"nest":     {2, 64},
}

// growthSource is what the template of a growth set is made of.
type growthSource struct{ N, Object int }
