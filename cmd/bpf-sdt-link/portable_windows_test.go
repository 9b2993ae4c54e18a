package main

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestSplitPathWindows(t *testing.T) {
	checkSplits(t, map[string][2]string{
		`C:\a.o`: {`C:\`, "a.o"}, `C:a.o`: {`C:.`, "a.o"},
		`C:\d/e\a.o`: {`C:\d/e`, "a.o"}, `\\host\share\a.o`: {`\\host\share\`, "a.o"},
		`d\`: {"d", ""},
	})
}

func TestDependencyNames(t *testing.T) {
	got := string(dependencies(`C:\a dir\out.o`, []string{`sub\a.o`, `D:b.o`}))
	want := "C:/a\\ dir/out.o: \\\n  sub/a.o \\\n  D:b.o\n\nsub/a.o:\n\nD:b.o:\n"
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	for name, want := range map[string]bool{`d\a.o`: true, `d\ a.o`: true, "a=b": false} {
		if quotable(name, false) != want {
			t.Errorf("quotable(%q) is not %v", name, want)
		}
	}
}
