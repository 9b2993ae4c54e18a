package samplemap

import (
	"fmt"
	"strings"

	"github.com/bpfsdt/bpf-sdt-link/linkmap"
	"github.com/bpfsdt/bpf-sdt-link/notes"
)

// Firewall is what a link of a small program looks like: an archive, an observer's stub, code that nothing calls.
func Firewall() *linkmap.Map {
	b := start("firewall.o",
		linkmap.Input{Name: "build/firewall.o", Size: 9864},
		linkmap.Input{Name: "build/egress.o", Size: 5120},
		linkmap.Input{Name: "libparse.a(parser.o)", Size: 7336, Symbol: "parse_packet", By: "build/firewall.o"},
		linkmap.Input{Name: "libparse.a(checksum.o)", Size: 2208, Symbol: "checksum_fold"},
		linkmap.Input{Name: "<bpf-sdt-link>"},
	)
	b.section("xdp", "code", "AX", 8)
	b.part(0, "xdp", function("firewall", "global", 1272, "src/firewall.c", 21))
	b.last().Before = 1240
	b.section("tc", "code", "AX", 8)
	b.part(1, "tc", function("egress", "global", 640, "src/egress.c", 14))
	b.section(".text", "code", "AX", 8)
	b.part(0, ".text", function("count", "local", 176, "src/firewall.c", 9))
	b.last().Before = 264
	b.part(1, ".text", function("count.2", "local", 160, "src/egress.c", 6))
	b.part(2, ".text", function("parse_packet", "global", 936, "src/parser.c", 30),
		function("parse_ports", "local", 312, "src/parser.c", 12))
	b.part(3, ".text", function("checksum_fold", "global", 88, "src/checksum.c", 4))
	b.part(4, ".text", function("packet_dropped", "global", 16, "", 0))
	b.m.Symbols[4].Visibility = "hidden"
	b.section("license", "data", "WA", 1)
	b.part(0, "license", variable("LICENSE", "global", 4))
	b.section(".rodata", "data", "A", 8)
	b.part(0, ".rodata", variable("verbose", "global", 1))
	b.part(2, ".rodata", variable("parse_ports.known", "local", 48))
	b.section(".bss", "zero", "WA", 8)
	b.part(1, ".bss", variable("last_seen", "local", 4096))
	b.section(".maps", "maps", "WA", 8)
	b.part(0, ".maps", variable("verdicts", "global", 40), variable("blocked", "global", 32))
	b.section(".bpf_sdt_notes", "probes", "", 8)
	b.part(1, ".bpf_sdt_notes", linkmap.Symbol{Name: "___sdt_jt_packet_out", Binding: "local", Type: "none", Size: 24})
	b.table(".BTF", "btf", 4, 6212)
	b.table(".BTF.ext", "btf", 4, 2876)
	b.table(".relxdp", "relocations", 8, 208)
	b.table(".reltc", "relocations", 8, 64)
	b.m.Symbols = append(b.m.Symbols,
		linkmap.Symbol{Name: "bpf_fib_fast", Binding: "weak", Type: "none", Visibility: "default", Section: -1, Input: -1},
		linkmap.Symbol{Name: "VERSION", Binding: "global", Type: "none", Visibility: "default", Section: -2, Offset: 7, Input: 0})
	m := b.finish()
	m.Probes = firewallProbes()
	m.Dropped = []linkmap.Dropped{
		{Kind: "function", Name: "dump_packet", Input: 0, Section: ".text", Offset: 0xb0, Size: 88, Why: "nothing calls it"},
		{Kind: "definition", Name: "checksum_fold", Input: 1, Section: ".text", Size: 72, Why: "libparse.a(checksum.o) overrides it"},
		{Kind: "section", Name: ".debug_*", Input: 0, Section: ".debug_*", Size: 5120, Why: "DWARF is not linked"},
		{Kind: "member", Name: "libparse.a(ipv6.o)", Input: -1, Why: "no input refers to a symbol that it defines"},
	}
	m.Renamed = []linkmap.Renamed{{From: "count", To: "count.2", Input: 1, Why: "another has the name"}}
	m.Promoted = []linkmap.Promoted{{Name: "verdicts", Input: 0, From: "weak", To: "global", Why: "code refers to the map"}}
	return m
}

func firewallProbes() []notes.Probe {
	u32 := notes.Arg{Type: "unsigned int", Size: 4}
	xdp := notes.Arg{Type: "struct xdp_md *", Size: 8}
	return []notes.Probe{
		{Name: "packet_dropped", Declared: true, Args: []notes.Arg{xdp, u32}, Stub: "packet_dropped",
			Flag: "bpf_sdt_enabled_packet_dropped", Sites: []notes.Site{
				{Probe: "packet_dropped", Section: "xdp", Function: "firewall", Programs: []string{"firewall"}, Offset: 0x118,
					File: "src/firewall.c", Line: 34, Column: 3, Linked: notes.LinkedCall, Callee: "packet_dropped"},
				{Probe: "packet_dropped", Section: ".text", Function: "parse_packet", Programs: []string{"firewall", "egress"},
					Offset: 0x1f0, File: "src/parser.c", Line: 47, Column: 2, Linked: notes.LinkedCall, Callee: "packet_dropped"},
			}},
		{Name: "packet_out", Declared: true, Args: []notes.Arg{u32}, Sites: []notes.Site{
			{Probe: "packet_out", Section: "tc", Function: "egress", Programs: []string{"egress"}, Offset: 0x40, Regs: []uint8{6},
				File: "src/egress.c", Line: 19, Column: 2, Linked: notes.LinkedNop},
		}},
		{Name: "table_full", Declared: true},
	}
}

// Hostile is the firewall with every name made dangerous. The linker's own words stay.
func Hostile() *linkmap.Map {
	m := Firewall()
	words := map[string]bool{"": true}
	for _, w := range strings.Fields("code data zero maps probes btf relocations symbols strings A AX WA local global weak " +
		"function object none default hidden section definition member") {
		words[w] = true
	}
	n := 0
	Strings(m, func(s *string) {
		if !words[*s] {
			*s = Names[n%len(Names)] + *s
			n++
		}
	})
	return m
}

// Names are what a hostile object may hold: terminal escapes, HTML, text that turns the direction, bytes that are no
// UTF-8, words of JavaScript.
var Names = []string{
	"\x1b[2J\x1b]0;owned\a", "</script><img src=x onerror=alert(1)>", "<script>window.owned=1</script>", "\u202egnp.\u2066",
	`"><svg onload=alert(1)>`, "'; window.owned=1; '", "a\nSECTIONS\r\n", "\xff\xfe\x80", "<!--", "]]>&lt;&amp;", "\u2028\u2029",
	"javascript:alert(1)//", "${window.owned=1}", "__proto__", "{{.Output}}", "%s%n",
	"\x00\x7f\u0085", "\ufeff\U000e0041", "https://example.com/",
}

// Large is a link of many objects with many functions, all of different sizes.
func Large(objects, symbols int) *linkmap.Map {
	inputs := make([]linkmap.Input, objects)
	for i := range inputs {
		inputs[i] = linkmap.Input{Name: fmt.Sprintf("build/net/part%04d.o", i), Size: 40000 + uint64(i)*8}
	}
	b := start("large.o", inputs...)
	per := (symbols + objects - 1) / objects
	type maker func(name string, k int) linkmap.Symbol
	section := func(name, kind, flags string, from, to int, make maker) {
		b.section(name, kind, flags, 8)
		for i := range inputs {
			var syms []linkmap.Symbol
			for k := from; k < to && i*per+k < symbols; k++ {
				syms = append(syms, make(fmt.Sprintf("net_part%04d_%03d", i, k), k))
			}
			if len(syms) > 0 {
				b.part(i, name, syms...)
			}
		}
	}
	section(".text", "code", "AX", 0, per*7/10, func(name string, k int) linkmap.Symbol {
		return function(name, []string{"global", "local"}[k%2], 8+uint64(k*k%97)*16, "net/"+name[:12]+".c", uint32(k*20+1))
	})
	section(".rodata", "data", "A", per*7/10, per*9/10, func(name string, k int) linkmap.Symbol {
		return variable(name+"_table", "local", 8+uint64(k%13)*8)
	})
	section(".bss", "zero", "WA", per*9/10, per, func(name string, k int) linkmap.Symbol {
		return variable(name+"_seen", "weak", 8+uint64(k%5)*64)
	})
	b.table(".BTF", "btf", 4, uint64(symbols)*37)
	b.table(".BTF.ext", "btf", 4, uint64(symbols)*29)
	b.table(".rel.text", "relocations", 8, uint64(symbols)*16)
	m := b.finish()
	for i := range min(objects, 300) {
		name := fmt.Sprintf("net_event%03d", i)
		site := notes.Site{Probe: name, Section: ".text", Function: fmt.Sprintf("net_part%04d_000", i), Offset: uint64(i) * 16,
			Regs: []uint8{1}, File: "net/part.c", Line: uint32(i + 1)}
		m.Probes = append(m.Probes, notes.Probe{Name: name, Declared: true, Args: []notes.Arg{{Type: "int"}}, Sites: []notes.Site{site}})
	}
	return m
}
