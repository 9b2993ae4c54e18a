package linker_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/bpfsdt/bpf-sdt-link/linker"
	"github.com/bpfsdt/bpf-sdt-link/object"
)

// The corpus of the differential test and of the properties: objects that others have compiled, and our own.

// corpusLink is a set of objects to link.
type corpusLink struct {
	name   string // group/what; a pair has a "+"
	order  string // el or eb
	inputs []linker.Input
	twin   string // the name of the link of the same sources in the other byte order, if there is one
	runs   []corpusRun
	// chance marks one of many, most of which the properties leave out: two objects that only happen to go together.
	chance bool
}

// corpusRun is a program to run on packets, as `// Run: NAME TYPE` in a source of the corpus says.
type corpusRun struct{ program, kind string }

// corpusGroups are where the links come from. A group that is missing skips a subtest, with the reason.
var corpusGroups = []struct {
	name string
	load func(t *testing.T) []corpusLink
}{
	{"cilium", ciliumLinks},
	{"xdp-tools", packageLinks},
	{"golden", goldenLinks},
	{"kernel", kernelLinks},
	{"corpus", folderLinks},
}

// eachCorpusLink runs test on every link of the corpus, in parallel, and returns when all are done.
func eachCorpusLink(t *testing.T, test func(t *testing.T, l corpusLink)) {
	t.Helper()
	for _, g := range corpusGroups {
		t.Run(g.name, func(t *testing.T) {
			links := g.load(t)
			if len(links) == 0 {
				t.Error("no objects")
			}
			// A subtest for each of thousands of pairs costs more than the links: some run in each.
			for i, chunk := range slices.Collect(slices.Chunk(links, 64)) {
				t.Run(strconv.Itoa(i), func(t *testing.T) {
					t.Parallel()
					for _, l := range chunk {
						test(t, l)
					}
				})
			}
		})
	}
}

// corpusObject is an object file of the corpus, uncompressed.
type corpusObject struct {
	path  string // as shown
	order string
	input linker.Input
}

func readObject(t *testing.T, path, shown string) (corpusObject, bool) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	data = plain(t, data)
	o, err := object.Parse(shown, data)
	if err != nil {
		return corpusObject{}, false // no relocatable BPF object
	}
	order := "el"
	if o.Order.String() == "BigEndian" {
		order = "eb"
	}
	return corpusObject{shown, order, linker.Input{Name: shown, Data: data}}, true
}

var ciliumDir = sync.OnceValues(func() (string, error) {
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/cilium/ebpf").Output()
	return strings.TrimSpace(string(out)), err
})

// ciliumObjects returns the objects that the module github.com/cilium/ebpf carries for its tests and examples.
func ciliumObjects(t *testing.T) []corpusObject {
	t.Helper()
	dir, err := ciliumDir()
	if err != nil || dir == "" {
		t.Skipf("go list does not tell where the module github.com/cilium/ebpf is: %v", err)
	}
	var objects []corpusObject
	err = filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if ext := filepath.Ext(path); d.Type().IsRegular() && (ext == ".elf" || ext == ".o") {
			shown, err := filepath.Rel(dir, path)
			if err != nil {
				return err
			}
			if o, ok := readObject(t, path, shown); ok {
				objects = append(objects, o)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return objects
}

// otherOrder is the name of the same file for the other byte order.
func otherOrder(path string) string {
	if strings.Contains(path, "el.") {
		return strings.Replace(path, "el.", "eb.", 1)
	}
	return strings.Replace(path, "eb.", "el.", 1)
}

// ciliumLinks has every object by itself, and every two objects of one byte order: those that do not go together are
// a test of what is refused.
func ciliumLinks(t *testing.T) []corpusLink {
	objects := ciliumObjects(t)
	known := map[string]bool{}
	for _, o := range objects {
		known[o.path] = true
	}
	var links []corpusLink
	for i, a := range objects {
		l := corpusLink{name: "cilium/" + a.path, order: a.order, inputs: []linker.Input{a.input}}
		if other := otherOrder(a.path); other != a.path && known[other] {
			l.twin = "cilium/" + other
		}
		links = append(links, l)
		for _, b := range objects[i+1:] {
			// Each version of one example is compiled from the same names: they conflict, as an object does with itself.
			if a.order == b.order && (a.order == "el" || strings.Contains(a.path, "linked")) {
				links = append(links, corpusLink{name: "cilium/" + a.path + "+" + b.path, order: a.order, inputs: []linker.Input{a.input, b.input}, chance: true})
			}
		}
	}
	return links
}

// packageLinks has the objects of the Debian package xdp-tools, by themselves and in pairs.
func packageLinks(t *testing.T) []corpusLink {
	paths, err := filepath.Glob("/usr/lib/*/bpf/*.o")
	if err != nil {
		t.Fatal(err)
	}
	if len(paths) == 0 {
		t.Skip("xdp-tools is not installed")
	}
	var links []corpusLink
	var objects []corpusObject
	for _, p := range paths {
		if o, ok := readObject(t, p, filepath.Base(p)); ok {
			objects = append(objects, o)
		}
	}
	for i, a := range objects {
		links = append(links, corpusLink{name: "xdp-tools/" + a.path, order: a.order, inputs: []linker.Input{a.input}})
		for _, b := range objects[i+1:] {
			links = append(links, corpusLink{name: "xdp-tools/" + a.path + "+" + b.path, order: a.order, inputs: []linker.Input{a.input, b.input}, chance: true})
		}
	}
	return links
}

var (
	objectName = regexp.MustCompile(`^(.*)\.(clang\d+)\.(el|eb)\.o\.zst$`)
	runLine    = regexp.MustCompile(`(?m)^// Run: (\S+) (xdp|tc|socket)$`)
)

// folder is the committed objects of a folder, by compiler and byte order ("clang22.el"), in the order of their names.
type folder struct {
	name    string
	objects map[string][]corpusObject
	runs    []corpusRun
}

func readFolder(t *testing.T, dir string) folder {
	t.Helper()
	f := folder{name: filepath.Base(dir), objects: map[string][]corpusObject{}}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		path := filepath.Join(dir, e.Name())
		if m := objectName.FindStringSubmatch(e.Name()); m != nil {
			o, ok := readObject(t, path, m[1]+".o")
			if !ok {
				t.Errorf("%s is no BPF object", path)
			}
			f.objects[m[2]+"."+m[3]] = append(f.objects[m[2]+"."+m[3]], o)
		} else if filepath.Ext(path) == ".c" {
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range runLine.FindAllSubmatch(text, -1) {
				f.runs = append(f.runs, corpusRun{string(m[1]), string(m[2])})
			}
		}
	}
	return f
}

// links returns the link of the named objects of a folder by every compiler, for both byte orders.
func (f *folder) links(group string, names []string) []corpusLink {
	var links []corpusLink
	for _, compiler := range compilers {
		for _, order := range []string{"el", "eb"} {
			var inputs []linker.Input
			for _, name := range names {
				i := slices.IndexFunc(f.objects[compiler+"."+order], func(o corpusObject) bool { return o.path == name })
				if i < 0 {
					break
				}
				inputs = append(inputs, f.objects[compiler+"."+order][i].input)
			}
			if len(inputs) == 0 || len(inputs) < len(names) {
				continue
			}
			name := func(order string) string {
				return group + "/" + f.name + "/" + compiler + "." + order + "/" + strings.Join(names, "+")
			}
			l := corpusLink{name: name(order), order: order, inputs: inputs, runs: f.runs}
			if len(f.objects[compiler+".eb"]) > 0 && len(f.objects[compiler+".el"]) > 0 {
				l.twin = name(map[string]string{"el": "eb", "eb": "el"}[order])
			}
			links = append(links, l)
		}
	}
	return links
}

// parts returns the names of the objects of a folder but for those that include the others.
func (f *folder) parts() []string {
	var names []string
	for _, objects := range f.objects {
		for _, o := range objects {
			if o.path != "all.o" && o.path != "whole.o" {
				names = append(names, o.path)
			}
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

func folders(t *testing.T, pattern string) []folder {
	t.Helper()
	dirs, err := filepath.Glob(pattern)
	if err != nil {
		t.Fatal(err)
	}
	var all []folder
	for _, dir := range dirs {
		if st, err := os.Stat(dir); err == nil && st.IsDir() {
			if f := readFolder(t, dir); len(f.objects) > 0 {
				all = append(all, f)
			}
		}
	}
	return all
}

// allAndEach returns the link of all parts of a folder, and of each by itself.
func (f *folder) allAndEach(group string) []corpusLink {
	parts := f.parts()
	links := f.links(group, parts)
	if len(parts) > 1 {
		for _, p := range parts {
			one := f.links(group, []string{p})
			for i := range one {
				one[i].runs = nil // they may need what the others define
			}
			links = append(links, one...)
		}
	}
	return links
}

func goldenLinks(t *testing.T) []corpusLink {
	var links []corpusLink
	for _, f := range folders(t, "../golden/testdata/*") {
		links = append(links, f.allAndEach("golden")...)
	}
	return links
}

func folderLinks(t *testing.T) []corpusLink {
	var links []corpusLink
	for _, f := range folders(t, "testdata/corpus/*") {
		links = append(links, f.allAndEach("corpus")...)
	}
	return links
}

func kernelLinks(t *testing.T) []corpusLink {
	var links []corpusLink
	for _, f := range folders(t, "testdata/kernel/*") {
		parts := [][]string{}
		for _, c := range kernelCases {
			if c.name == f.name {
				parts = c.links
			}
		}
		if len(parts) == 0 {
			parts = [][]string{f.parts()}
		}
		for i, names := range parts {
			objects := []string{}
			for _, n := range names {
				objects = append(objects, strings.TrimSuffix(n, ".o")+".o")
			}
			all := f.links("kernel", objects)
			for k := range all {
				all[k].chance = i > 0 // the same in other orders
			}
			links = append(links, all...)
		}
	}
	return links
}

// parse reads the inputs of a link.
func (l *corpusLink) parse(t *testing.T) []*object.Object {
	t.Helper()
	var all []*object.Object
	for _, in := range l.inputs {
		o, err := object.Parse(in.Name, bytes.Clone(in.Data))
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, o)
	}
	return all
}
