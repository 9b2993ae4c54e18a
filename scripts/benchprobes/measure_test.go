package main

import (
	"strings"
	"testing"
)

func TestQuantile(t *testing.T) {
	for _, c := range []struct {
		values []float64
		q      float64
		want   float64
	}{
		{[]float64{3}, 0.5, 3},
		{[]float64{4, 1}, 0.5, 2.5},
		{[]float64{9, 1, 5}, 0.5, 5},
		{[]float64{9, 1, 5}, 1, 9},
		{[]float64{5, 4, 3, 2, 1}, 0.25, 2},
	} {
		if got := quantile(c.values, c.q); got != c.want {
			t.Errorf("quantile(%v, %v) = %v, want %v", c.values, c.q, got, c.want)
		}
	}
}

func TestReport(t *testing.T) {
	variants := []*variant{
		{name: "none", title: "no probes", ns: []float64{10, 11, 100}, jited: 50, insns: 20},
		{name: "stub", title: "stub", yardstick: "hand", ns: []float64{106, 107, 196}, jited: 130, insns: 100},
		{name: "observed", title: "observed", yardstick: "hand", missing: "not permitted"},
		{name: "hand", title: "by hand", ns: []float64{90, 91, 180}, jited: 66},
	}
	got := report("clang", variants, 3, 7)
	for _, want := range []string{
		"without probes a run takes 11 ns",
		"\n| stub | 6.0 (6.0 to 6.0) | 1.20 | 5.0 | 5.0 |\n",
		"\n| by hand | 5.0 (5.0 to 5.0) |  |  | 1.0 |\n",
		"\nNot measured here: observed (not permitted).\n",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in\n%s", want, got)
		}
	}
}
