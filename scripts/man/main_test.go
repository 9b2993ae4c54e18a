package main

import (
	"bytes"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const manualPath, pagePath = "../../docs/manual.md", "../../docs/bpf-sdt-link.1"

// TestUpToDate: the page that is committed is that of the manual.
func TestUpToDate(t *testing.T) {
	manual, err := os.ReadFile(manualPath)
	if err != nil {
		t.Fatal(err)
	}
	want, err := page(manual)
	if err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(pagePath)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("docs/bpf-sdt-link.1 is not made of docs/manual.md as it is: run 'make man'\n%s", cmp.Diff(string(got), string(want)))
	}
}

const sample = `# a-tool - do a thing

<!-- not seen -->

## Exit status

See [below](#more), [other.md](other.md) and [the web](https://example.org/a-b).

| status | type | what |
| --- | --- | --- |
| ` + "`-o FILE`, `--out`" + ` | | where |
| ` + "`x`" + ` | number | a ` + "`\\|`" + ` |

~~~
$ tool 'x' \
  ~y

.dot
~~~
`

const samplePage = madeBy + `.nr HY 0
.TH A\-TOOL 1 "" a\-tool "User Commands"
.SH NAME
a\-tool \- do a thing
.SH EXIT STATUS
See below, other.md and the web
\[la]https://example.org/a\-b\[ra]\&.
.TP
\fB\-o FILE\fR, \fB\-\-out\fR
where
.TP
\fBx\fR (number)
a \fB|\fR
.PP
.RS 4
.EX
$ tool \(aqx\(aq \\
  \(tiy

\&.dot
.EE
.RE
`

func TestPage(t *testing.T) {
	got, err := page([]byte(strings.ReplaceAll(sample, "~~~", "```")))
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(samplePage, string(got)); d != "" {
		t.Error("-want +got:\n" + d)
	}
}

func TestPageBad(t *testing.T) {
	for name, text := range map[string]string{
		"no title":          "text\n",
		"no summary":        "# tool\n",
		"nothing":           "",
		"a table of a list": "# a - b\n\n| x |\n| --- |\n| y |\n",
	} {
		if out, err := page([]byte(text)); err == nil {
			t.Errorf("%s: no error:\n%s", name, out)
		}
	}
}

// TestLint has those who print manual pages look at it. That there is no date is as it should be, for the page is the same
// whenever it is made; and lines may be long.
func TestLint(t *testing.T) {
	for _, command := range [][]string{{"mandoc", "-T", "lint", "-W", "warning"}, {"groff", "-man", "-ww", "-z"}} {
		t.Run(command[0], func(t *testing.T) {
			if _, err := exec.LookPath(command[0]); err != nil {
				t.Skipf("%s is not installed", command[0])
			}
			out, _ := exec.Command(command[0], append(command[1:], pagePath)...).CombinedOutput()
			for line := range strings.Lines(string(out)) {
				if !strings.Contains(line, "missing date") {
					t.Error(strings.TrimSpace(line))
				}
			}
		})
	}
}

// TestPrinted: what a reader copies from the page is what the manual has.
func TestPrinted(t *testing.T) {
	if _, err := exec.LookPath("mandoc"); err != nil {
		t.Skip("mandoc is not installed")
	}
	out, err := exec.Command("mandoc", "-T", "utf8", "-O", "width=200", pagePath).Output()
	if err != nil {
		t.Fatal(err)
	}
	text := string(out)
	for i := strings.Index(text, "\b"); i > 0; i = strings.Index(text, "\b") {
		text = text[:i-1] + text[i+1:] // bold is a letter printed twice
	}
	for _, want := range []string{
		`clang -O2 -g -target bpf -I"$(bpf-sdt-link header --print-dir)" -I/usr/include/x86_64-linux-gnu -c prog.c verdict.c`,
		`--probes='call:packet_*,!packet_in'`,
		"-o FILE, --output FILE\n",
		"probe-conflict (error)\n",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the page does not show %q", want)
		}
	}
}
