package linker

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/bpfsdt/bpf-sdt-link/linkmap"
	"github.com/bpfsdt/bpf-sdt-link/object"
)

// A map says of each input what it put where, and of what is not as it was, why.
func TestMap(t *testing.T) {
	a := newBuild().fn(".text", "helper", object.Local, 1).fn(".text", "unused", object.Local, 2).fn(".text", "over", object.Weak, 3).
		fn("xdp", "prog", object.Global, 4, "call .text+0", "call over").data("license", "LICENSE", object.Global, 'G', 'P', 'L', 0)
	b := newBuild().fn(".text", "helper", object.Local, 5).fn(".text", "over", object.Global, 6, "call .text+0").
		data("license", "LICENSE", object.Global, 'G', 'P', 'L', 0).data(".data", "value", object.Global, 1, 2, 3, 4)
	in := []Input{{Name: "a.o", Data: a.bytes(t)}, {Name: "b.o", Data: b.bytes(t)}}
	r, err := Link(context.Background(), in, Options{Output: "out.o", Map: true, Localize: []string{"value"}})
	if err != nil {
		t.Fatal(err)
	}
	text := linkmap.Section{}
	for _, s := range r.Map.Sections {
		if s.Name == ".text" {
			text = s
		}
		if s.Size > 0 && s.Type != "zero" && s.Offset+s.Size > r.Map.Size {
			t.Errorf("section %s ends behind the output", s.Name)
		}
	}
	for _, d := range []struct{ what, diff string }{
		{"parts", cmp.Diff([]linkmap.Part{{Input: 0, Section: ".text", Offset: 0, Size: 16, Before: 48}, {Input: 1, Section: ".text", Offset: 16, Size: 40, Before: 40}}, text.Parts)},
		{"dropped", cmp.Diff([]linkmap.Dropped{
			{Kind: "function", Name: "unused", Input: 0, Section: ".text", Offset: 16, Size: 16, Why: "nothing calls it"},
			{Kind: "function", Name: "over", Input: 0, Section: ".text", Offset: 32, Size: 16, Why: "b.o overrides it"},
			{Kind: "section", Name: "license", Input: 1, Section: "license", Size: 4, Why: "a.o has the same"},
		}, r.Map.Dropped)},
		{"renamed", cmp.Diff([]linkmap.Renamed{{From: "helper", To: "helper.2", Input: 1, Why: "a.o has one of the name"}}, r.Map.Renamed)},
		{"promoted", cmp.Diff([]linkmap.Promoted{{Name: "value", Input: 1, From: "global", To: "local", Why: "--localize"}}, r.Map.Promoted)},
	} {
		if d.diff != "" {
			t.Errorf("%s (-want +got):\n%s", d.what, d.diff)
		}
	}
	names := map[string]linkmap.Symbol{}
	for _, s := range r.Map.Symbols {
		names[s.Name] = s
	}
	if s := names["helper.2"]; s.Input != 1 || s.Offset != 16 || s.Size != 16 || s.Binding != "local" || s.Type != "function" || r.Map.Sections[s.Section].Name != ".text" {
		t.Errorf("helper.2 is %+v", s)
	}
	if len(names) != 6 {
		t.Errorf("%d symbols", len(names))
	}
}

// What is told to be removed is what the map has, also where a site that stays a NOP takes the last call from a function.
func TestTraceRemoved(t *testing.T) {
	data, err := os.ReadFile(filepath.Join("..", "golden", "testdata", "lower_kept", "a.clang19.el.o.zst"))
	if err != nil {
		t.Fatal(err)
	}
	attach := []Attachment{{"deep", "seen"}}
	for _, o := range []Options{
		{Probes: []ProbeRule{{Mode: ProbeCall, BestEffort: true}}, Attach: attach},
		{Probes: []ProbeRule{{Mode: ProbeStrip}}},
	} {
		var told, listed []string
		o.Map, o.Trace = true, func(e Event) {
			if e.Kind == EventRemoved {
				told = append(told, e.Symbol+": "+e.What)
			}
		}
		r, err := Link(context.Background(), []Input{{Name: "a.o", Data: data}}, o)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range r.Map.Dropped {
			if d.Kind == "function" {
				listed = append(listed, d.Name+": "+d.Why)
			}
		}
		if diff := cmp.Diff(listed, told); diff != "" || len(told) == 0 {
			t.Errorf("%d told (-listed +told):\n%s", len(told), diff)
		}
	}
}
