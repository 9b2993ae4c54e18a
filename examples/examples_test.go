package examples_test

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/bpfsdt/bpf-sdt-link/examples"
	"github.com/bpfsdt/bpf-sdt-link/linker"
)

func TestExampleLinks(t *testing.T) {
	var inputs []linker.Input
	for _, name := range examples.Names {
		data, err := examples.Object(name)
		if err != nil {
			t.Fatal(err)
		}
		inputs = append(inputs, linker.Input{Name: name, Data: data})
	}
	res, err := linker.Link(context.Background(), inputs, linker.Options{})
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, p := range res.Probes {
		for _, s := range p.Sites {
			got[p.Name] = s.Function
		}
	}
	want := map[string]string{"parse_start": "ethernet_protocol", "verdict": "firewall", "packet_leaves": "egress"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("probes and the functions they are in (-want +got):\n%s", diff)
	}
	if len(res.Diagnostics) > 0 {
		t.Errorf("warnings: %v", res.Diagnostics)
	}
	if _, err := examples.Object("../examples.go"); err == nil {
		t.Error("an object of another name was found")
	}
}
