package object

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/bpfsdt/bpf-sdt-link/internal/ar"
)

const longName = "a_name_that_is_longer_than_fifteen_bytes.o"

// Archives in memory and in files, in every form, have the members that they were made of.
func TestArchive(t *testing.T) {
	plain := mustWrite(t, sample(orders[0].order))
	packed, err := Compress(plain)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	members := []ar.Member{{Name: "a.o", Data: plain}, {Name: longName, Data: packed}, {Name: "a.o", Data: plain}}
	for _, m := range members {
		if err := os.WriteFile(filepath.Join(dir, m.Name), m.Data, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	for _, form := range []struct {
		name string
		data []byte
	}{{"gnu", ar.GNU(members...)}, {"bsd", ar.BSD(members...)}, {"thin", ar.Thin(members...)}} {
		t.Run(form.name, func(t *testing.T) {
			path := filepath.Join(dir, form.name+".a")
			if err := os.WriteFile(path, form.data, 0o666); err != nil {
				t.Fatal(err)
			}
			var rd Reader
			_, file, err := rd.ReadInput(path)
			if err != nil {
				t.Fatal(err)
			}
			_, memory, err := rd.Inflate(path, form.data)
			if err != nil {
				t.Fatal(err)
			}
			for _, a := range []*Archive{file, memory} {
				checkMembers(t, &rd, a, path)
			}
		})
	}
}

func checkMembers(t *testing.T, rd *Reader, a *Archive, path string) {
	t.Helper()
	if len(a.Members) != 3 {
		t.Fatalf("%d members", len(a.Members))
	}
	for i, want := range []string{path + "(a.o)", path + "(" + longName + ")", path + "(a.o at 0x"} {
		m := &a.Members[i]
		if !strings.HasPrefix(m.Name, want) {
			t.Errorf("member %d is '%s', not '%s'", i, m.Name, want)
		}
		obj, err := rd.ReadMember(a, m)
		if err != nil {
			t.Fatal(err)
		}
		if obj.Name != m.Name || len(obj.Sections[secText].Relocs) == 0 || len(obj.Sections[secText].Data) == 0 {
			t.Errorf("member %d is not read: %v", i, obj.Sections[secText])
		}
		symbols, err := rd.ReadSymbols(a, m)
		if err != nil {
			t.Fatal(err)
		}
		if len(symbols.Symbols) != len(obj.Symbols) || symbols.Symbols[5].Name != obj.Symbols[5].Name || symbols.Sections[secText].Relocs != nil {
			t.Errorf("member %d: %d symbols, want %d and no relocations", i, len(symbols.Symbols), len(obj.Symbols))
		}
	}
}

// What is no archive is refused, with a place.
func TestArchiveFaults(t *testing.T) {
	good := ar.GNU(ar.Member{Name: "a.o", Data: []byte("x")})
	member := bytes.Index(good, []byte("a.o/   "))
	edit := func(at int, s string) []byte {
		b := bytes.Clone(good)
		copy(b[at:], s)
		return b
	}
	for _, test := range []struct {
		name string
		data []byte
		want string
	}{
		{"truncated", good[:len(good)-2], "the archive ends within it"},
		{"header", good[:member+30], "the archive ends within it"},
		{"end of header", edit(member+58, "xx"), "there is no header"},
		{"size", edit(member+48, "1x"), "its size is not a number"},
		{"huge", edit(member+48, "9999999999"), "the archive ends within it"},
		{"name", edit(member, "/99 "), "its name is outside"},
		{"nested", edit(member, "/0:8"), "an archive within the archive"},
		{"bsd name", edit(member, "#1/50"), "the length of its name is wrong"},
		{"long", []byte("!<arch>\n" + fmt.Sprintf("%-48s%-10d`\n", "//", 5000) + strings.Repeat("n", 5000) + fmt.Sprintf("%-48s%-10d`\n", "/0", 0)), "more than 4096 bytes"},
	} {
		_, err := ParseArchive("lib.a", test.data)
		if err == nil || !strings.Contains(err.Error(), "lib.a: error: member at 0x") || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v, want '%s'", test.name, err, test.want)
		}
	}
}

// An archive that changes after its headers are read is not read half old and half new; nor is one that has lost a member.
func TestArchiveChanges(t *testing.T) {
	dir := t.TempDir()
	plain := mustWrite(t, sample(orders[0].order))
	path, thin := filepath.Join(dir, "lib.a"), filepath.Join(dir, "thin.a")
	for name, data := range map[string][]byte{path: ar.GNU(ar.Member{Name: "a.o", Data: plain}), thin: ar.Thin(ar.Member{Name: "gone.o", Data: plain})} {
		if err := os.WriteFile(name, data, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	var rd Reader
	_, a, err := rd.ReadInput(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, ar.GNU(ar.Member{Name: "b.o", Data: append(plain, "more"...)}), 0o666); err != nil {
		t.Fatal(err)
	}
	if obj, err := rd.ReadMember(a, &a.Members[0]); err != errChanged || obj != nil {
		t.Errorf("%v, %v", obj, err)
	}
	_, a, err = rd.ReadInput(thin)
	if err != nil {
		t.Fatal(err)
	}
	if obj, err := rd.ReadMember(a, &a.Members[0]); err == nil || obj != nil || !strings.Contains(err.Error(), "gone.o") {
		t.Errorf("%v, %v", obj, err)
	}
}

// FuzzArchive: an error or an archive, never both, and members that lie inside it.
func FuzzArchive(f *testing.F) {
	for _, b := range [][]byte{ar.GNU(ar.Member{Name: longName, Data: []byte("x")}), ar.BSD(ar.Member{Name: "a.o", Data: []byte("yy")}), ar.Thin(ar.Member{Name: "dir/a.o", Data: nil})} {
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		a, err := ParseArchive("lib.a", data)
		if err != nil {
			if a != nil {
				t.Fatalf("an archive and %v", err)
			}
			return
		}
		var rd Reader
		for i := range a.Members {
			if m := &a.Members[i]; m.Path == "" {
				_, _ = rd.ReadMember(a, m)
				_, _ = rd.ReadSymbols(a, m)
			}
		}
	})
}
