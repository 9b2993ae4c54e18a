package linker_test

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/bpfsdt/bpf-sdt-link/diag"
)

// reference is a link by `bpftool gen object`.
type reference struct {
	object  []byte
	refusal string // what it says instead
}

var (
	references   sync.Map // the inputs' digest -> func() (reference, error)
	versionField = regexp.MustCompile(`v(\d+)\.(\d+)\.`)
)

// bpftoolVersion returns the version of the bpftool that is installed: 701 is 7.1.
var bpftoolVersion = sync.OnceValues(func() (int, error) {
	if _, err := exec.LookPath("bpftool"); err != nil {
		return 0, errors.New("no bpftool is installed")
	}
	out, err := exec.Command("bpftool", "version").CombinedOutput()
	m := versionField.FindSubmatch(out)
	if err != nil || m == nil {
		return 0, fmt.Errorf("bpftool version: %w: %q", err, out)
	}
	var major, minor int
	fmt.Sscan(string(m[1]), &major)
	fmt.Sscan(string(m[2]), &minor)
	return major*100 + minor, nil
})

func needReference(t *testing.T) int {
	t.Helper()
	v, err := bpftoolVersion()
	if err != nil {
		t.Skip(err)
	}
	return v
}

// reference links with bpftool, once for the same inputs.
func (l *corpusLink) reference(t *testing.T) reference {
	t.Helper()
	h := sha256.New()
	for _, in := range l.inputs {
		fmt.Fprintf(h, "%s %d\n", in.Name, len(in.Data))
		h.Write(in.Data)
	}
	dir := t.TempDir()
	link, _ := references.LoadOrStore(string(h.Sum(nil)), sync.OnceValues(func() (reference, error) { return l.runReference(dir) }))
	r, err := link.(func() (reference, error))()
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func (l *corpusLink) runReference(dir string) (reference, error) {
	out := filepath.Join(dir, "out.o")
	args := []string{"gen", "object", out}
	for i, in := range l.inputs {
		path := filepath.Join(dir, fmt.Sprintf("%d.%s", i, filepath.Base(in.Name)))
		if err := os.WriteFile(path, in.Data, 0o644); err != nil {
			return reference{}, err
		}
		args = append(args, path)
	}
	text, err := exec.Command("bpftool", args...).CombinedOutput()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		if exit.ExitCode() < 0 {
			return reference{refusal: exit.String()}, nil // "signal: segmentation fault"
		}
		return reference{refusal: strings.TrimSpace(string(text))}, nil
	}
	if err != nil {
		return reference{}, err
	}
	obj, err := os.ReadFile(out)
	return reference{object: obj}, err
}

// refusal is a reason for which bpftool or we refuse a link of the corpus.
type refusal struct {
	name    string
	reason  string
	message *regexp.Regexp // bpftool's; nil if it is not at fault for it
	id      string         // of our error; "" if there is none
	alone   bool           // the other linker may link what this refuses
	links   *regexp.Regexp // the links that it is limited to; nil for all
}

// explain returns the names of the refusals that explain why one or both linkers refuse a link: bpftool stops at the
// first fault, we report all. It is nil if something is not explained.
func explain(link, theirs string, ours []string) []string {
	var names []string
	if theirs != "" {
		i := slices.IndexFunc(refusals, func(r refusal) bool {
			return r.message != nil && r.message.MatchString(theirs) && (r.links == nil || r.links.MatchString(link))
		})
		if i < 0 {
			return nil
		}
		if r := &refusals[i]; !r.alone && !slices.Contains(ours, r.id) {
			return nil
		}
		names = append(names, refusals[i].name)
	}
	for _, id := range ours {
		i := slices.IndexFunc(refusals, func(r refusal) bool { return r.id == id && (theirs != "" || r.alone) })
		if i < 0 {
			return nil
		}
		if !slices.Contains(names, refusals[i].name) {
			names = append(names, refusals[i].name)
		}
	}
	return names
}

// errorIDs returns the IDs of the errors of a link, each once.
func errorIDs(t *testing.T, err error) []string {
	t.Helper()
	if err == nil {
		return nil
	}
	var failure *diag.Failure
	if !errors.As(err, &failure) {
		t.Fatal(err)
	}
	var ids []string
	for _, d := range failure.Diagnostics {
		if d.Severity == diag.Error && !slices.Contains(ids, d.ID) {
			ids = append(ids, d.ID)
		}
	}
	return ids
}

var says = regexp.MustCompile

// refusals are all that are meant.
var refusals = []refusal{
	{name: "weak definition made strong", reason: "a reference that is not weak makes bpftool take a weak definition for a strong one",
		message: says(`conflicting non-weak symbol`), alone: true, links: says(`^corpus/weak_order/`)},
	{name: "variable in a section of its own", reason: "clang 14 lists it in the DATASEC of .data, where bpftool does not find it",
		message: says(`failed to find symbol for variable`), alone: true, links: says(`^corpus/function_sections/clang14`)},
	{name: "two definitions", reason: "both refuse two strong definitions of a name",
		message: says(`conflicting non-weak symbol`), id: "duplicate-symbol"},
	{name: "two licenses", reason: "both refuse license or version sections with different contents",
		message: says(`non-identical contents of section`), id: "license"},
	{name: "flags of a section", reason: "bpftool merges only sections with the same flags and type",
		message: says(`sec \S+ (flags|types) mismatch`), alone: true},
	{name: "two types", reason: "both refuse a name that two objects declare with different types",
		message: says(`incompatible|mismatch|invalid map definition`), id: "type-mismatch"},
	{name: "no BTF", reason: "bpftool wants BTF for every global; objects without it link here, with a warning",
		message: says(`failed to find BTF info for (object|global/extern symbol)`), alone: true},
	{name: "no BTF of a function", reason: "a function without BTF that an object with BTF calls makes no program that loads", id: "no-func-btf"},
	{name: "addresses of statics in data", reason: "bpftool has no relocations of data against sections: tables of static functions, of labels, and all probes",
		message: says(`relocation against STT_SECTION in non-exec section is not supported`), alone: true},
	{name: "kernel symbol without type", reason: "bpftool wants to know the size of a void that two objects take from the kernel",
		message: says(`failed to resolve size of underlying type`), alone: true},
	{name: "definition of a kernel symbol", reason: "bpftool crashes, or leaves a definition where the loader looks for the kernel's",
		message: says(`segmentation fault`), id: "kernel-symbol"},
	{name: "second license by another name", reason: "bpftool makes relocations against symbol 0 of those against it",
		message: says(`^unreadable: .*names symbol 0`), alone: true},
	{name: "probes of one name", reason: "bpftool knows nothing of probes, and refuses them all", id: "probe-conflict"},
	{name: "tag on what is dropped", reason: "bpftool loses the variable and then looks for it, for its tag",
		message: says(`failed to find new ID mapping`), alone: true},
	{name: "reference to what is dropped", reason: "bpftool makes relocations against symbol 0 of it", id: "relocation"},
	{name: "groups and notes", reason: "bpftool refuses the section groups of C++, and notes",
		message: says(`unrecognized section #\d+ \(\.(group|note\.mine)\)`), alone: true, links: says(`^golden/(cplusplus|note)/`)},
	{name: "sections of no use", reason: "both refuse notes, constructors and groups, and code joined with data",
		message: says(`unrecognized section`), id: "section"},
	{name: "size of a struct", reason: "bpftool does not compare total sizes, nor types of licenses", id: "type-mismatch", alone: true},
	{name: "definition of a kernel function", reason: "bpftool leaves the function in .ksyms, where the loader looks for the kernel's",
		id: "kernel-symbol", alone: true},
}
