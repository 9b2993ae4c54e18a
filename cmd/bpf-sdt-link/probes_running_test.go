package main

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/bpfsdt/bpf-sdt-link/diag"
	"github.com/bpfsdt/bpf-sdt-link/loaded"
	"github.com/bpfsdt/bpf-sdt-link/notes"
)

// samplePrograms has all that a program which is loaded can have.
func samplePrograms() []program {
	return []program{
		{Program: loaded.Program{ID: 42, Name: "filter", Type: "xdp", Tag: "0a1b", BTF: 7, Probes: []loaded.Probe{{
			Name: "packet_in", Args: []notes.Arg{{Type: "int", Size: 4, Signed: true}, {Type: "struct xdp_md *", Size: 8}}, Declared: true, Stub: "packet_in",
			Sites: []loaded.Site{{Function: "filter", Insn: 7, File: "prog.c", Line: 8, Column: 2, Callee: "packet_in"},
				{Function: "verdict", Insn: 0, Callee: "packet_in"}},
			Observers: []loaded.Observer{{Link: 5, Program: 50, Name: "watch", Attach: "fentry"}, {Link: 6, Program: 51, Name: "leave", Attach: "fexit"}},
		}, {
			Name: "packet_costly", Args: []notes.Arg{{Type: "unsigned long long", Size: 8}}, Stub: "p_packet_costly",
			Sites: []loaded.Site{{Function: "filter", Linked: loaded.LinkedRemoved, Insn: -1}}, Flag: "bpf_sdt_enabled_packet_costly",
		}, {
			Name: "packet_on", Args: []notes.Arg{}, Declared: true, Stub: "packet_on",
			Sites: []loaded.Site{{Function: "filter", Insn: -1, Callee: "packet_on"}}, Flag: "bpf_sdt_enabled_packet_on", Enabled: true,
		}, {
			Name: "packet_tally", Sites: []loaded.Site{{Function: "filter", Linked: loaded.LinkedAttach, Insn: -1}},
		}}}},
		{Program: loaded.Program{ID: 43, Name: "plain", Type: "kprobe"}},
		unreadableProgram("prog 9", "prog 9", loaded.ErrRights),
	}
}

func TestProgramTables(t *testing.T) {
	want := `prog 42 (filter), xdp:
PROBE          ARGUMENTS               FUNCTION  INSN  SOURCE    LINKED          ENABLED  OBSERVERS
packet_in      (int, struct xdp_md *)  filter    7     prog.c:8  call packet_in  -        watch (prog 50, link 5), leave (fexit, prog 51, link 6)
packet_in      (int, struct xdp_md *)  verdict   0     -         call packet_in  -        watch (prog 50, link 5), leave (fexit, prog 51, link 6)
packet_costly  (unsigned long long)    filter    -     -         removed         no       -
packet_on      (void)                  filter    -     -         call packet_on  yes      -
packet_tally   (not declared)          filter    -     -         attach          -        -

prog 43 (plain), kprobe:
no probes
`
	if diff := cmp.Diff(want, programTables(samplePrograms())); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got := programTables(nil); got != "no program that is loaded has probes\n" {
		t.Errorf("of none: %q", got)
	}
}

func TestDescribePrograms(t *testing.T) {
	var b bytes.Buffer
	if err := diag.EncodeJSON(&b, describePrograms(samplePrograms()), "  "); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(b.String(), "null") {
		t.Errorf("there is a null in %s", b.String())
	}
	list := describePrograms(samplePrograms())
	site := func(function, linked, callee string) SiteEntry {
		return SiteEntry{Function: function, Programs: []string{"filter"}, Registers: []string{}, Linked: linked, Callee: callee}
	}
	in := site("filter", "call", "packet_in")
	in.Offset, in.Insn, in.File, in.Line, in.Column = 56, 7, "prog.c", 8, 2
	want := ProgramList{Schema: 1, Objects: []ProgramProbes{
		{Name: "prog 42 (filter)", Prog: ProgramEntry{42, "filter", "xdp", "0a1b", 7}, Diagnostics: []diag.Diagnostic{}, Probes: []RunningProbe{{
			ProbeEntry: ProbeEntry{Name: "packet_in", Declared: true, Args: []ArgEntry{{"int", 4, true}, {"struct xdp_md *", 8, false}}, Stub: "packet_in",
				Sites: []SiteEntry{in, site("verdict", "call", "packet_in")}},
			Observers: []ObserverEntry{{5, 50, "watch", "fentry"}, {6, 51, "leave", "fexit"}},
		}, {
			ProbeEntry: ProbeEntry{Name: "packet_costly", Args: []ArgEntry{{"unsigned long long", 8, false}}, Stub: "p_packet_costly",
				Sites: []SiteEntry{site("filter", "removed", "")}, Flag: "bpf_sdt_enabled_packet_costly"},
			Observers: []ObserverEntry{},
		}, {
			ProbeEntry: ProbeEntry{Name: "packet_on", Declared: true, Args: []ArgEntry{}, Stub: "packet_on",
				Sites: []SiteEntry{site("filter", "call", "packet_on")}, Flag: "bpf_sdt_enabled_packet_on"},
			Enabled: true, Observers: []ObserverEntry{},
		}, {
			ProbeEntry: ProbeEntry{Name: "packet_tally", Args: []ArgEntry{}, Sites: []SiteEntry{site("filter", "attach", "")}},
			Observers:  []ObserverEntry{},
		}}},
		{Name: "prog 43 (plain)", Prog: ProgramEntry{ID: 43, Name: "plain", Type: "kprobe"}, Probes: []RunningProbe{}, Diagnostics: []diag.Diagnostic{}},
	}}
	failed := list.Objects[2]
	list.Objects = list.Objects[:2]
	if diff := cmp.Diff(want, list); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if failed.Name != "prog 9" || failed.Prog.ID != 0 || len(failed.Diagnostics) != 1 || failed.Diagnostics[0].ID != "program" {
		t.Errorf("a program that cannot be read: %+v", failed)
	}
}

// TestHostilePrograms has names that a terminal may act on, as who loads a program may choose them.
func TestHostilePrograms(t *testing.T) {
	for _, h := range hostile {
		p := samplePrograms()[0]
		p.Name = h
		for i := range p.Probes {
			probe := &p.Probes[i]
			probe.Name, probe.Stub, probe.Flag = h, h, h
			for j := range probe.Args {
				probe.Args[j].Type = h
			}
			for j := range probe.Sites {
				probe.Sites[j].Function, probe.Sites[j].File, probe.Sites[j].Callee = h, h, h
			}
			for j := range probe.Observers {
				probe.Observers[j].Name = h
			}
		}
		table := programTables([]program{p})
		if at := unsafe([]byte(table)); at != "" {
			t.Errorf("%q: prints %q", h, at)
		}
		if n := strings.Count(table, "\n"); n != 7 {
			t.Errorf("%q: prints %d lines", h, n)
		}
		var b bytes.Buffer
		if err := diag.EncodeJSON(&b, describePrograms([]program{p}), ""); err != nil || !json.Valid(b.Bytes()) || unsafe(b.Bytes()) != "" {
			t.Errorf("%q: JSON: %v, %q", h, err, unsafe(b.Bytes()))
		}
	}
}
