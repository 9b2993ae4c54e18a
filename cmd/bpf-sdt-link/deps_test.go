package main

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestDependencies(t *testing.T) {
	got := string(dependencies("o:1 $.o", []string{"a#.o", "-", "./a#.o", "b\t.o"}))
	want := "o\\:1\\ $$.o: \\\n  a\\#.o \\\n  b\\\t.o\n\na\\#.o:\n\nb\\\t.o:\n"
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if got, want := string(dependencies("o", nil)), "o:\n"; got != want {
		t.Errorf("%q, not %q", got, want)
	}
}
