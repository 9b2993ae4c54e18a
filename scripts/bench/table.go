package main

import (
	"fmt"
	"os"
	"strings"
)

// machine is a paragraph on where and how the numbers came about.
func (r *results) machine() string {
	m := r.Machine
	return fmt.Sprintf("%s; %s; sets compiled with %s; kernel %s, %s, %d cores, load average %s. Medians of %d rounds.\nA process that does nothing takes %s and %.1f MiB (`true`), an empty Go program %s and %.1f MiB, `bpf-sdt-link --version` %s and %.1f MiB.\n",
		m.Tool, m.Bpftool, m.Compiler, m.Kernel, m.CPU, m.Cores, m.Load, m.Rounds,
		seconds(r.Floor.True.Seconds), r.Floor.True.MiB, seconds(r.Floor.Empty.Seconds), r.Floor.Empty.MiB, seconds(r.Floor.Start.Seconds), r.Floor.Start.MiB)
}

// setTable compares the tools on every set, then the linker with itself on the sets with probes.
func (r *results) setTable() string {
	if len(r.Sets) == 0 {
		return ""
	}
	var b strings.Builder
	b.WriteString("| set | objects | MB | BTF types | global symbols | bpftool | bpf-sdt-link | ratio | target | CPU: bpftool | bpf-sdt-link | ratio | MiB: bpftool | bpf-sdt-link | ratio | target |\n")
	b.WriteString("|" + strings.Repeat(" --- |", 16) + "\n")
	probes := ""
	for _, s := range r.Sets {
		if s.Plain != nil {
			probes += probeRow(s)
			continue
		}
		fmt.Fprintf(&b, "| %s | %s | %s |\n", s.cells(), s.times(), s.memory())
	}
	if probes != "" {
		b.WriteString("\nTwo probes in every function, which bpftool refuses, beside the same set without probes:\n\n")
		b.WriteString("| set | objects | MB | BTF types | global symbols | without probes | with probes | CPU: without | with | ratio | MiB: without | with | ratio |\n")
		b.WriteString("|" + strings.Repeat(" --- |", 13) + "\n" + probes)
	}
	return b.String()
}

func (r row) cells() string {
	return fmt.Sprintf("%s | %s | %s | %s | %s", r.Name, thousands(r.Objects), megabytes(r.Bytes), thousands(r.Types), thousands(r.Globals))
}

func (r row) times() string {
	return strings.Join([]string{
		wall(r.Theirs), wall(r.Ours), ratio(r.Ours, r.Theirs, func(s *sample) float64 { return s.Seconds }), target(timeTargets, r.Name),
		cpu(r.Theirs), cpu(r.Ours), ratio(r.Ours, r.Theirs, func(s *sample) float64 { return s.CPU })}, " | ")
}

func (r row) memory() string {
	return strings.Join([]string{mib(r.Theirs), mib(r.Ours),
		ratio(r.Ours, r.Theirs, func(s *sample) float64 { return s.MiB }), target(memoryTargets, r.Name)}, " | ")
}

func probeRow(r row) string {
	return fmt.Sprintf("| %s | %s | %s | %s | %s | %s | %s | %s | %s |\n", r.cells(), wall(r.Plain), wall(r.Ours), cpu(r.Plain), cpu(r.Ours),
		ratio(r.Ours, r.Plain, func(s *sample) float64 { return s.CPU }), mib(r.Plain), mib(r.Ours),
		ratio(r.Ours, r.Plain, func(s *sample) float64 { return s.MiB }))
}

// growthTable has the exponents of all kinds, then the values.
func (r *results) growthTable() string {
	if len(r.Growth) == 0 {
		return ""
	}
	var b strings.Builder
	b.WriteString("| N is the number of | up to | CPU time: bpftool | bpf-sdt-link | memory: bpftool | bpf-sdt-link |\n| --- | --- | --- | --- | --- | --- |\n")
	for _, g := range r.Growth {
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s | %s |\n", g.What, thousands(g.Points[len(g.Points)-1].N),
			exponent(g.Theirs.CPU), exponent(g.Ours.CPU), exponent(g.Theirs.MiB), exponent(g.Ours.MiB))
	}
	b.WriteString("\n| set | MB | CPU: bpftool | bpf-sdt-link | ratio | MiB: bpftool | bpf-sdt-link | |\n| --- | --- | --- | --- | --- | --- | --- | --- |\n")
	for _, g := range r.Growth {
		for _, p := range g.Points {
			fmt.Fprintf(&b, "| %s | %s | %s | %s | %s | %s | %s | %s |\n", p.Name, megabytes(p.Bytes), cpu(p.Theirs), cpu(p.Ours),
				ratio(p.Ours, p.Theirs, func(s *sample) float64 { return s.CPU }), mib(p.Theirs), mib(p.Ours), p.Note)
		}
	}
	return b.String()
}

func exponent(e *float64) string {
	if e == nil {
		return "-"
	}
	return fmt.Sprintf("N^%.2f", *e)
}

func wall(s *sample) string {
	if s == nil {
		return "-"
	}
	return seconds(s.Seconds)
}

func cpu(s *sample) string {
	if s == nil {
		return "-"
	}
	return seconds(s.CPU)
}

func mib(s *sample) string {
	if s == nil {
		return "-"
	}
	return fmt.Sprintf("%.0f", s.MiB)
}

// ratio is empty where there is nothing to compare with.
func ratio(ours, other *sample, of func(*sample) float64) string {
	if ours == nil || other == nil || of(other) == 0 {
		return ""
	}
	return fmt.Sprintf("%.2g", of(ours)/of(other))
}

func target(targets map[string]float64, name string) string {
	if t, ok := targets[name]; ok {
		return fmt.Sprint(t)
	}
	return ""
}

// seconds has two or three digits that count.
func seconds(s float64) string {
	switch {
	case s < 0.1:
		return fmt.Sprintf("%.1f ms", 1000*s)
	case s < 1:
		return fmt.Sprintf("%.0f ms", 1000*s)
	}
	return fmt.Sprintf("%.2f s", s)
}

func megabytes(n int) string {
	if n < 1e6 {
		return fmt.Sprintf("%.2f", float64(n)/1e6)
	}
	return fmt.Sprintf("%.0f", float64(n)/1e6)
}

func thousands(n int) string {
	if n < 1000 {
		return fmt.Sprint(n)
	}
	return thousands(n/1000) + fmt.Sprintf(",%03d", n%1000)
}

// updateDocs rewrites the parts of a document that are between markers.
func updateDocs(path string, r *results) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	doc := string(text)
	parts := map[string]string{"machine": r.machine()}
	if len(r.Sets) > 0 {
		parts["sets"] = r.setTable()
	}
	if len(r.Growth) > 0 {
		parts["growth"] = r.growthTable()
	}
	for name, content := range parts {
		if doc, err = replacePart(doc, name, content); err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
	}
	return os.WriteFile(path, []byte(doc), 0o644)
}

func replacePart(doc, name, content string) (string, error) {
	begin, end := "<!-- bench: "+name+" -->\n", "<!-- bench: end -->"
	before, rest, ok := strings.Cut(doc, begin)
	if !ok {
		return "", fmt.Errorf("there is no marker %q", strings.TrimSpace(begin))
	}
	_, after, ok := strings.Cut(rest, end)
	if !ok {
		return "", fmt.Errorf("there is no marker %q after %q", end, strings.TrimSpace(begin))
	}
	return before + begin + "\n" + strings.TrimSpace(content) + "\n\n" + end + after, nil
}
