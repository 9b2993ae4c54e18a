package linker

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/cilium/ebpf/btf"

	"github.com/bpfsdt/bpf-sdt-link/diag"
	"github.com/bpfsdt/bpf-sdt-link/golden"
	"github.com/bpfsdt/bpf-sdt-link/golden/rfcread"
	"github.com/bpfsdt/bpf-sdt-link/internal/ar"
	"github.com/bpfsdt/bpf-sdt-link/internal/mutate"
	"github.com/bpfsdt/bpf-sdt-link/notes"
)

// Links of mutated objects: an error or a result, and of a result all that can be told without knowing the inputs.

func mutationSeeds(tb testing.TB) []*mutate.Seed {
	return mutate.Load(tb, 4<<10, "../golden/testdata/*/*.clang*.o.zst", "testdata/corpus/*/*.clang*.o.zst", "../notes/testdata/*.o.zst")
}

func linkTarget(seeds []*mutate.Seed, name string, objects int) mutate.Target {
	return mutate.Target{
		Name: name, Seeds: seeds, Objects: objects,
		Focus: []mutate.Focus{mutate.All, mutate.ELF, mutate.Types, mutate.Records, mutate.Notes},
		Check: func(in *mutate.Input) (string, error) { return linkMutated(in, plainOptions(in.Mode)) },
	}
}

// lowerTarget links with probes that become something else; its seeds have probes.
func lowerTarget(tb testing.TB) mutate.Target {
	var seeds []*mutate.Seed
	for _, dir := range []string{"lower_*", "five_args", "many_sites", "repeated", "rfc_shapes", "calls", "agree", "declared_everywhere", "unused", "weak_override"} {
		seeds = append(seeds, mutate.Load(tb, 8<<10, "../golden/testdata/"+dir+"/*.clang*.o.zst")...)
	}
	return mutate.Target{
		Name: "lower", Seeds: seeds, Objects: 2,
		Focus: []mutate.Focus{mutate.All, mutate.Notes, mutate.Types},
		Check: func(in *mutate.Input) (string, error) {
			opts := plainOptions(in.Mode >> 4)
			opts.Probes = []ProbeRule{{Mode: ProbeCall, BestEffort: in.Mode&1 != 0}}
			switch in.Mode >> 1 & 7 {
			case 0, 1:
				opts.Probes[0] = ProbeRule{Mode: ProbeStrip}
			case 2:
				opts.Attach = []Attachment{{"*", "observer"}, {"five", "sub"}, {"*", "on_*"}}
			case 3:
				opts.StubPrefix = "stub_"
			}
			return linkMutated(in, opts)
		},
	}
}

func plainOptions(mode uint16) Options {
	opts := Options{Output: "out.o"}
	switch mode & 15 {
	case 0:
		opts.KeepUnreachable = true
	case 1:
		opts.KeepWeak = true
	case 2:
		opts.NoUndefined = true
	case 3:
		opts.Observers = true
	case 4:
		opts.Localize = []string{"*"}
	case 5:
		opts.AllowMultiple = true
	case 6:
		opts.Map, opts.Prefix, opts.PrefixMap = true, "p_", []PrefixMap{{"/", "x"}, {"", "y"}}
	case 7:
		opts.Localize, opts.Prefix, opts.KeepUnreachable = []string{"!prog*", "*a*"}, "p_", true
	}
	return opts
}

// linkMutated links and holds the result against what must be true of every result.
func linkMutated(in *mutate.Input, opts Options) (string, error) {
	var inputs []Input
	for i, d := range in.Data {
		inputs = append(inputs, Input{Name: fmt.Sprintf("%c.o", 'a'+i), Data: d})
	}
	if in.Mode&15 == 8 { // as members of an archive, the first of them whole
		for i := range inputs {
			inputs[i].Data, inputs[i].WholeArchive = ar.GNU(ar.Member{Name: inputs[i].Name, Data: inputs[i].Data}), i == 0
		}
	}
	res, err := Link(context.Background(), inputs, opts)
	if err != nil {
		var failure *diag.Failure
		if res != nil || !errors.As(err, &failure) {
			return "", fmt.Errorf("result %v with error %w", res, err)
		}
		return firstError(failure), nil
	}
	if err := goodOutput(res.Object, in.Mode); err != nil {
		return "", err
	}
	return relink(res, opts)
}

func firstError(f *diag.Failure) string {
	for _, d := range f.Diagnostics {
		if d.Severity == diag.Error {
			return d.ID
		}
	}
	return "no error"
}

// goodOutput looks at an output: every offset in it by mutate.Inspect, its probes, and now and then its text and its BTF
// by a library.
func goodOutput(obj []byte, mode uint16) error {
	if err := mutate.Inspect(obj); err != nil {
		return err
	}
	f, err := notes.Open("out.o", obj)
	if err != nil {
		return fmt.Errorf("the output cannot be read: %w", err)
	}
	if _, _, err := rfcread.Read(obj); err != nil {
		return fmt.Errorf("rfcread: %w", err)
	}
	if mode>>8&15 != 0 {
		return nil
	}
	text, err := golden.Dump("out.o", obj)
	if err != nil && !exotic(err) {
		return fmt.Errorf("golden: %w", err)
	}
	_ = text
	for i := range f.Obj.Sections {
		if s := &f.Obj.Sections[i]; s.Name == ".BTF" && len(s.Data) > 0 {
			if _, err := btf.LoadSpecFromReader(bytes.NewReader(s.Data)); err != nil && !exotic(err) {
				return fmt.Errorf("cilium/ebpf: %w", err)
			}
		}
	}
	return nil
}

// exotic says of an error that it is about BTF that the linker passes on as it is, and others refuse.
func exotic(err error) bool {
	return slices.ContainsFunc(exoticErrors, func(s string) bool { return strings.Contains(err.Error(), s) })
}

// exoticErrors are parts of such errors: names, flags, sizes and numbers of members that mean nothing or are new, and types in
// types without end.
var exoticErrors = []string{" with name ", " with a kind flag", " with size ", " members", "nest too deep", "info word ", "type is no function", "unknown kind: "}

// relink links an output once more: nothing is left to be done.
func relink(res *Result, opts Options) (string, error) {
	again, err := Link(context.Background(), []Input{{Name: "out.o", Data: res.Object}}, Options{Output: "out.o", KeepWeak: opts.KeepWeak, KeepUnreachable: opts.KeepUnreachable})
	if err != nil {
		return "", fmt.Errorf("the output cannot be linked: %w", err)
	}
	// Of functions that share code or a FUNC, as no compiler makes them, a second link takes more apart once they are local.
	if !bytes.Equal(res.Object, again.Object) && len(opts.Localize) == 0 {
		return "", errors.New("linked again, it is something else")
	}
	return "ok", nil
}

func FuzzLinkMutated(f *testing.F)  { mutate.Fuzz(f, linkTarget(mutationSeeds(f), "link", 3)) }
func FuzzLowerMutated(f *testing.F) { mutate.Fuzz(f, lowerTarget(f)) }

func TestMutations(t *testing.T) {
	seeds := mutationSeeds(t)
	mutate.Run(t, linkTarget(seeds, "link1", 1), linkTarget(seeds, "link3", 3), lowerTarget(t))
}
