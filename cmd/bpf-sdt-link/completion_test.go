package main

import (
	"bytes"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestCompletions asks the tool as the scripts do. Words come without what is said of them.
func TestCompletions(t *testing.T) {
	commands := []string{"cc", "check", "diff", "dump", "gen", "header", "help", "link", "probes", "version"}
	for _, c := range []struct {
		args []string
		want []string // the last is what else can stand
	}{
		{[]string{""}, append(slices.Clone(commands), ":files o a zst")},
		{[]string{"cc", ""}, []string{":files"}},
		{[]string{"p"}, []string{"probes", ":files o a zst"}},
		{[]string{"help", ""}, append(slices.Clone(commands), ":none")},
		{[]string{"gen", ""}, []string{"object", ":none"}},
		{[]string{"completion", ""}, []string{"bash", "fish", "zsh", ":none"}},
		{[]string{"probes", "--j"}, []string{"--json", ":none"}},
		{[]string{"probes", ""}, []string{":files o a zst"}},
		{[]string{"a.o", ""}, []string{":files o a zst"}},
		{[]string{"--", "--j"}, []string{":files o a zst"}},
		{[]string{"-o", ""}, []string{":files"}},
		{[]string{"--no-undefined", "--output", "x"}, []string{":files"}},
		{[]string{"--output="}, []string{":files"}},
		{[]string{"header", "-o", ""}, []string{":folders"}},
		{[]string{"header", ""}, []string{":none"}},
		{[]string{"--threads", ""}, []string{":none"}},
		{[]string{"--attach", ""}, []string{":none"}},
		{[]string{"--nonsense="}, []string{":none"}},
		{[]string{"--json=x"}, []string{":none"}},
		{[]string{"--color", ""}, []string{"always", "auto", "never", ":none"}},
		{[]string{"--color=a"}, []string{"--color=always", "--color=auto", ":none"}},
		{[]string{"probes", "--diagnostics", "j"}, []string{"json", ":none"}},
		{[]string{"--probes", "c"}, []string{"call", "call,best-effort", ":none"}},
		{[]string{"link", "--probes=s"}, []string{"--probes=strip", ":none"}},
		{[]string{"=bash", "--probes", "=", ""}, []string{"call", "call,best-effort", "nop", "strip", ":none"}},
		{[]string{"=bash", "--probes", "="}, []string{"call", "call,best-effort", "nop", "strip", ":none"}},
		{[]string{"=bash", "--probes", "=", "s"}, []string{"strip", ":none"}},
		{[]string{"=bash", "--probes", "=", "call", ":", "x"}, []string{":none"}},
		{[]string{"=bash", "link", "--output", "=", "x"}, []string{":files"}},
		{[]string{"=bash", ":"}, []string{":files o a zst"}},
	} {
		args := append([]string{name, completionArg}, c.args...)
		if c.args[0] == "=bash" {
			args = append([]string{name, completionArgBash}, c.args[1:]...)
		}
		var out bytes.Buffer
		if status := run(args, nil, &out, io.Discard); status != 0 {
			t.Errorf("%q: status %d", c.args, status)
		}
		var got []string
		for line := range strings.Lines(out.String()) {
			word, description, ok := strings.Cut(strings.TrimSuffix(line, "\n"), "\t")
			got = append(got, word)
			if ok && description == "" {
				t.Errorf("%q: nothing is said of '%s'", c.args, word)
			}
		}
		if d := cmp.Diff(c.want, got); d != "" {
			t.Errorf("%q: -want +got:\n%s", c.args, d)
		}
	}
}

// asked are lines that every shell is to complete, in a folder with the files of completionDir.
var asked = []struct {
	line string
	want []string
	not  []string // not there, nor before what is wanted
}{
	{"bpf-sdt-link pro", []string{"probes"}, []string{"link"}},
	{"bpf-sdt-link probes --", []string{"--json", "--strict", "--diagnostics"}, []string{"--output"}},
	{"bpf-sdt-link --color al", []string{"always"}, []string{"auto"}},
	{"bpf-sdt-link --diagnostics ", []string{"text", "json"}, []string{"first.o"}},
	{"bpf-sdt-link -o x --probes call", []string{"call", "call,best-effort"}, []string{"strip"}},
	{"bpf-sdt-link probes ", []string{"first.o", "second part.o", "lib.a", "packed.o.zst", "folder/"}, nil},
	{"bpf-sdt-link probes fir", []string{"first.o"}, []string{"first.c"}},
	{"bpf-sdt-link probes folder/", []string{"folder/inner.o"}, nil},
	{"bpf-sdt-link -o fi", []string{"first.o", "first.c"}, nil},
	{"bpf-sdt-link --dependency-file=first.c", []string{"first.c"}, []string{"first.o"}},
	{"bpf-sdt-link header -o ", []string{"folder/"}, []string{"first.o"}},
	{"bpf-sdt-link header ", nil, []string{"first.o", "folder"}},
	{"bpf-sdt-link completion ", []string{"bash", "fish", "zsh"}, []string{"first.o"}},
}

func completionDir(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "folder"), 0o777); err != nil {
		t.Fatal(err)
	}
	for _, f := range []string{"first.o", "first.c", "second part.o", "lib.a", "packed.o.zst", "notes.txt", "folder/inner.o"} {
		if err := os.WriteFile(filepath.Join(dir, f), nil, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// TestCompletionShells runs the scripts in the shells that they are for.
func TestCompletionShells(t *testing.T) {
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	bin := t.TempDir()
	if err := os.Symlink(exe, filepath.Join(bin, name)); err != nil {
		t.Skip(err)
	}
	for shell, complete := range map[string]func(t *testing.T, run func(script string) string) [][]string{
		"bash": bashCompletes, "fish": fishCompletes, "zsh": zshCompletes,
	} {
		t.Run(shell, func(t *testing.T) {
			path, err := exec.LookPath(shell)
			if err != nil {
				t.Skipf("%s is not installed", shell)
			}
			if out, err := exec.Command(path, "-n", "completion/bpf-sdt-link."+shell).CombinedOutput(); err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			dir := completionDir(t)
			home := t.TempDir()
			run := func(script string) string {
				flags := map[string][]string{"bash": {"--norc", "--noprofile"}, "zsh": {"-f"}, "fish": {"--no-config"}}[shell]
				cmd := exec.Command(path, append(flags, "-c", script)...)
				cmd.Dir = dir
				cmd.Env = []string{"PATH=" + bin + ":" + os.Getenv("PATH"), "HOME=" + home, "TERM=dumb", "LC_ALL=C.UTF-8"}
				out, err := cmd.CombinedOutput()
				if err != nil {
					t.Fatalf("%v\n%s", err, out)
				}
				return string(out)
			}
			for i, got := range complete(t, run) {
				a := asked[i]
				last := -1
				for _, w := range a.want {
					at := slices.Index(got, w)
					if at < 0 {
						t.Errorf("'%s': no '%s': %q", a.line, w, got)
					}
					last = max(last, at)
				}
				for _, w := range a.not {
					at := slices.IndexFunc(got, func(g string) bool { return g == w || g == w+"/" })
					if at >= 0 && (at < last || a.want == nil) {
						t.Errorf("'%s': '%s': %q", a.line, w, got)
					}
				}
			}
		})
	}
}

// bashCompletes calls the function of the script as readline does where nothing is quoted.
func bashCompletes(t *testing.T, run func(string) string) (all [][]string) {
	for _, a := range asked {
		out := run(`source <(bpf-sdt-link completion bash)
		line='` + a.line + `'
		read -r -a COMP_WORDS <<<"${line//=/ = }"
		case $line in *[\ =]) COMP_WORDS+=("") ;; esac
		COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
		compopt() { [ "$1" != +o ] || echo nothing; }
		_bpf_sdt_link
		printf '%s\n' "${COMPREPLY[@]}"`)
		if out == "\n" { // then bash looks for files
			out = run("compgen -f -- '" + a.line[strings.LastIndexAny(a.line, " =")+1:] + "'")
		}
		var got []string
		for w := range strings.Lines(out) {
			got = append(got, strings.TrimSuffix(w, "\n"), strings.TrimSuffix(w, "\n")+"/") // readline adds that to folders
		}
		all = append(all, got)
	}
	return all
}

// fishCompletes asks fish what it would show.
func fishCompletes(t *testing.T, run func(string) string) (all [][]string) {
	for _, a := range asked {
		var got []string
		for l := range strings.Lines(run("bpf-sdt-link completion fish | source; complete -C '" + a.line + "'")) {
			w, _, _ := strings.Cut(strings.TrimSuffix(l, "\n"), "\t")
			got = append(got, strings.TrimPrefix(w, "--dependency-file="))
		}
		all = append(all, got)
	}
	return all
}

// zshCompletes presses Tab in a zsh that runs on a pseudo terminal. What is offered goes through compadd: one is put before
// it that writes it to a file.
func zshCompletes(t *testing.T, run func(string) string) (all [][]string) {
	var lines strings.Builder
	for _, a := range asked {
		lines.WriteString("press '" + a.line + "'\n")
	}
	out := run(`zmodload zsh/zpty
	wait_for() {
		for n in {1..600}; do
			[[ -e $1 ]] && return
			while zpty -r -t z shown; do :; done # or it waits for somebody to read
			sleep 0.05
		done
		print -r "no $1"
		exit 1
	}
	zpty z zsh -f -i
	zpty -w z 'PS1=; unset zle_bracketed_paste; autoload -Uz compinit; compinit -u -D; source <(bpf-sdt-link completion zsh)'
	zpty -w z 'compadd() {
		local -a found pre
		builtin compadd -O found "$@"
		zparseopts -E p:=pre
		for f in $found; do print -r -- "${pre[2]}${(Q)f}"; [[ -d $f ]] && print -r -- "$f/"; done >>~/seen
		builtin compadd "$@"
	}'
	# Only while zsh edits a line do keys go to it: before, Ctrl-U would be the terminal's.
	zpty -w z 'zle-line-init() { print >~/ready }; zle -N zle-line-init'
	press() {
		wait_for ~/ready
		rm -f ~/ready
		zpty -w -n z "$1"$'\t'
		zpty -w -n z $'\x15'
		zpty -w z 'print >~/done'
		wait_for ~/done
		[[ -e ~/seen ]] && cat ~/seen
		rm -f ~/seen ~/done
		print -r -- '===='
	}
	` + lines.String() + `zpty -d z`)
	for part := range strings.SplitSeq(strings.TrimSuffix(out, "====\n"), "====\n") {
		all = append(all, strings.Split(part, "\n"))
	}
	if len(all) != len(asked) {
		t.Fatalf("%d answers to %d lines:\n%s", len(all), len(asked), out)
	}
	return all
}
