package main

import (
	"bytes"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParse(t *testing.T) {
	got, err := parse(`
/* static long (*bpf_none)(void) = (void *) 9; */
static void *(*bpf_map_lookup_elem)(void *map, const void *key) = (void *) 1;
static long (* const bpf_trace_printk)(const char *fmt, __u32 fmt_size, ...) = (void *) 6;
static __u64 (*const bpf_ktime_get_ns)(void) = (void *)5;
static void (*bpf_set_hash_invalid)(struct __sk_buff *skb) = (void *) 3;
static long (*bpf_tail_call)(void *ctx, void *prog_array_map, __u32 index) = (void *) 4;
static void (*bpf_ringbuf_submit)(void *data, __u64 flags) = (void *) 8;
`)
	if err != nil {
		t.Fatal(err)
	}
	want := []byte{unknown, 2, unknown, 1, 3 | void, 0, 5, unknown, 2 | void}
	if d := cmp.Diff(want, got); d != "" {
		t.Error("-want +got:\n" + d)
	}
}

func TestParseBad(t *testing.T) {
	for name, text := range map[string]string{
		"empty":         "",
		"six arguments": "static long (*bpf_f)(int a, int b, int c, int d, int e, int f) = (void *) 1;\n",
		"id too large":  "static long (*bpf_f)(int a) = (void *) 70000;\n",
	} {
		if table, err := parse(text); err == nil {
			t.Errorf("%s: no error, %d bytes", name, len(table))
		}
	}
}

// TestTable compares the committed table with the header of this machine, which may be older or newer: ids that both
// have are compared.
func TestTable(t *testing.T) {
	text, err := os.ReadFile("/usr/include/bpf/bpf_helper_defs.h")
	if err != nil {
		t.Skipf("libbpf-dev is not installed: %v", err)
	}
	table, err := parse(string(text))
	if err != nil {
		t.Fatal(err)
	}
	committed, err := os.ReadFile("../../code/helpers_table.go")
	if err != nil {
		t.Fatal(err)
	}
	ours := tableOf(t, committed)
	n := min(len(ours), len(table))
	if d := cmp.Diff(ours[:n], table[:n]); d != "" {
		t.Errorf("code/helpers_table.go (-) and the header (+), by id; 'go generate ./code' makes it anew:\n%s", d)
	}
	if n < 100 {
		t.Errorf("%d ids are in both", n)
	}
	if bytes.Count(committed, []byte("DO NOT EDIT.")) != 1 || !bytes.Equal(committed, render(ours)) {
		t.Error("code/helpers_table.go is not as it was generated")
	}
}

// tableOf reads a rendered table.
func tableOf(t *testing.T, text []byte) []byte {
	t.Helper()
	_, body, ok := bytes.Cut(text, []byte("uint8{"))
	if !ok {
		t.Fatal("no table")
	}
	var table []byte
	for _, f := range bytes.FieldsFunc(body, func(r rune) bool { return r == ',' || r == '}' || r == ' ' || r == '\n' || r == '\t' }) {
		if len(f) != 4 {
			t.Fatalf("%q is not an entry", f)
		}
		var v byte
		for _, c := range f[2:] {
			v = v<<4 | byte(bytes.IndexByte([]byte("0123456789abcdef"), c))
		}
		table = append(table, v)
	}
	return table
}
