package main

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"os"
	"slices"
	"strings"
	"testing"
	"time"
)

var at = time.Unix(noTime, 0).UTC()

func TestDebVersion(t *testing.T) {
	for version, want := range map[string]string{
		"v1.2.3":                       "1.2.3-1",
		"1.2":                          "1.2-1",
		"v1.2.3-dirty":                 "1.2.3+dirty-1",
		"v1.2.3-rc.1":                  "1.2.3~rc.1-1",
		"v1.2.3-4-g0abc":               "1.2.3+4.g0abc-1",
		"v1.2.3-rc.1-4-g0abc-dirty":    "1.2.3~rc.1+4.g0abc+dirty-1",
		"0abc123":                      "0~20260101.000000.0abc123-1",
		"1234567":                      "0~20260101.000000.1234567-1",
		"a_b-c":                        "0~20260101.000000.a.b.c-1",
		"v1.2.3-one-two":               "0~20260101.000000.v1.2.3.one.two-1",
		"release-2026.1-5-g0123-dirty": "0~20260101.000000.release.2026.1.5.g0123+dirty-1",
	} {
		if got := debVersion(version, at); got != want {
			t.Errorf("%s: %s, not %s", version, got, want)
		}
	}
}

func TestVersionForm(t *testing.T) {
	for version, want := range map[string]bool{
		"v1.2.3": true, "0abc-dirty": true, "../x": false, "a b": false, "": false, "-v": false, "a\nb": false,
	} {
		if versionForm.MatchString(version) != want {
			t.Errorf("%q: not %v", version, want)
		}
	}
}

var small = tree{"share/b": {data: []byte("b")}, "bin/a": {data: []byte("a"), program: true}, "share.txt": {data: []byte("t")}}

// A folder comes before what is in it, and nothing tells of who made the archive.
func TestTarFile(t *testing.T) {
	packed, err := tarFile("x/", small, at)
	if err != nil {
		t.Fatal(err)
	}
	z, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		t.Fatal(err)
	}
	if z.Name != "" || !z.ModTime.IsZero() {
		t.Errorf("the name %q and time %v are in it", z.Name, z.ModTime)
	}
	var names []string
	for r := tar.NewReader(z); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		names = append(names, h.Name)
		mode, open := h.FileInfo().Mode().Perm(), strings.HasSuffix(h.Name, "/") || h.Name == "x/bin/a"
		if h.Uid != 0 || h.Gid != 0 || !h.ModTime.Equal(at) || (mode == 0o755) != open {
			t.Errorf("%s: owner %d, group %d, time %v, mode %v", h.Name, h.Uid, h.Gid, h.ModTime, mode)
		}
	}
	if want := []string{"x/", "x/bin/", "x/bin/a", "x/share/", "x/share.txt", "x/share/b"}; !slices.Equal(names, want) {
		t.Errorf("%q, not %q", names, want)
	}
}

func TestZipFile(t *testing.T) {
	packed, err := zipFile("x", small, at)
	if err != nil {
		t.Fatal(err)
	}
	z, err := zip.NewReader(bytes.NewReader(packed), int64(len(packed)))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, f := range z.File {
		names = append(names, f.Name)
		if !f.Modified.Equal(at) || (f.Mode().Perm() == 0o755) != (f.Name == "x/bin/a") {
			t.Errorf("%s: time %v, mode %v", f.Name, f.Modified, f.Mode())
		}
	}
	if want := []string{"x/bin/a", "x/share.txt", "x/share/b"}; !slices.Equal(names, want) {
		t.Errorf("%q, not %q", names, want)
	}
}

func TestLicensesIn(t *testing.T) {
	const bsd = "Redistribution and use in source and\n binary forms, with or without"
	for text, want := range map[string][]string{
		bsd: {"BSD-2-Clause"},
		bsd + "\n   * Neither the name of Google nor the names of its\ncontributors may be used to endorse or": {"BSD-3-Clause"},
		"Apache License\n   Version 2.0, January 2004":                                                         {"Apache-2.0"},
		"GNU GENERAL PUBLIC LICENSE":                                                                           nil,
	} {
		if got := licensesIn([]byte(text)); !slices.Equal(got, want) {
			t.Errorf("%q: %q, not %q", text, got, want)
		}
	}
}

// A program is that of its target only. The one at hand is this test.
func TestCheckFormat(t *testing.T) {
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(exe)
	if err != nil {
		t.Fatal(err)
	}
	for _, target := range targets {
		err := checkFormat(target, data)
		linked := err != nil && strings.Contains(err.Error(), "not static") // by a C compiler, where there is one
		if (err == nil || linked) != (target == host()) {
			t.Errorf("%s: %v", target, err)
		}
	}
	if err := checkFormat(host(), data[:100]); err == nil {
		t.Error("a program that is cut off passes")
	}
}

func TestSourceTime(t *testing.T) {
	for text, ok := range map[string]bool{"1767225600": true, "0": false, "x": false, "99999999999": false} {
		t.Setenv("SOURCE_DATE_EPOCH", text)
		if got, err := sourceTime("."); (err == nil) != ok || ok && !got.Equal(at) {
			t.Errorf("%s: %v, %v", text, got, err)
		}
	}
	t.Setenv("SOURCE_DATE_EPOCH", "")
	if got, err := sourceTime(t.TempDir()); err != nil || !got.Equal(at) {
		t.Errorf("without git: %v, %v", got, err)
	}
}
