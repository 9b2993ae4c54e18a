package main

import (
	"bytes"
	"debug/elf"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
)

// guestTools are the programs that sessions of root may use, and the script as well. Those that are not here are not
// there either, and then a command fails.
var guestTools = []string{"sh", "cat", "head", "rm", "sleep", "wc", "bpftool", "ping"}

// doThere runs the sessions of root of a document in the machine.
func (s *session) doThere(blocks []block, document string) error {
	script := &guestScript{dir: s.dir}
	for _, b := range blocks {
		if b.document == document && b.root && b.skip == "" && b.elsewhere == "" {
			script.add(b)
		}
	}
	if len(script.runs) == 0 {
		return nil
	}
	script.stop()
	path := filepath.Join(s.dir, ".script")
	if err := os.WriteFile(path, script.text(), 0o755); err != nil {
		return err
	}
	files, err := guestFiles(s.dir, filepath.Join(s.bin, "bpf-sdt-link"))
	if err != nil {
		return err
	}
	args := append(strings.Fields(s.vmrun)[1:], "-kernel", s.kernel, "-copy", s.dir)
	for _, f := range files {
		args = append(args, "-copy", f)
	}
	sh, err := exec.LookPath("sh")
	if err != nil {
		return err
	}
	cmd := exec.Command(strings.Fields(s.vmrun)[0], append(args, "--", sh, path)...)
	cmd.Dir, cmd.Env = s.dir, []string{"PATH=" + s.bin + ":/usr/bin:/bin:/usr/sbin:/sbin", "LC_ALL=C"}
	// The runner itself needs a PATH to find qemu in, and this one has it.
	out, err := cmd.Output()
	if err != nil {
		var stderr []byte
		if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
			stderr = exit.Stderr
		}
		return fmt.Errorf("%s: %w\n%s%s", cmd, err, out, stderr)
	}
	return s.judgeThere(script, string(out))
}

// guestRun is command i of a session, and the number of the files that hold its output and status.
type guestRun struct {
	block block
	i     int
}

type guestScript struct {
	dir     string
	runs    []guestRun
	running []int
	body    bytes.Buffer
}

func (g *guestScript) add(b block) {
	if b.stop {
		g.stop()
	}
	for i, c := range b.commands {
		n := len(g.runs)
		g.runs = append(g.runs, guestRun{b, i})
		if !b.background || i < len(b.commands)-1 {
			fmt.Fprintf(&g.body, "( %s\n) >.out.%d 2>&1; echo $? >.status.%d\n", c.text, n, n)
			continue
		}
		// Its first line says that it is ready. The file is there before somebody waits for lines in it.
		fmt.Fprintf(&g.body, ": >.out.%d; ( exec %s ) >>.out.%d 2>&1 & pid%d=$!\nlines .out.%d 1\n", n, c.text, n, n, n)
		g.running = append(g.running, n)
	}
}

// stop ends what runs in the background, when it has printed as much as it is to print.
func (g *guestScript) stop() {
	for _, n := range g.running {
		r := g.runs[n]
		fmt.Fprintf(&g.body, "lines .out.%d %d\nif kill $pid%d; then echo 0; else echo 1; fi >.status.%d\nwait $pid%d\n", n, len(r.block.commands[r.i].want), n, n, n)
	}
	g.running = nil
}

// text is the script. All output goes to files first, so that it can be told apart.
func (g *guestScript) text() []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, `cd %s
# lines FILE N waits, and not forever, until FILE has N lines
lines() { i=0; while [ $i -lt 200 ] && [ "$(wc -l <$1)" -lt $2 ]; do sleep 0.1; i=$((i+1)); done; }
`, g.dir)
	b.Write(g.body.Bytes())
	for n := range g.runs {
		fmt.Fprintf(&b, "cat .out.%d; printf '\\036'; cat .status.%d; printf '\\036'\n", n, n)
	}
	return b.Bytes()
}

// judgeThere takes the output of the script apart.
func (s *session) judgeThere(script *guestScript, out string) error {
	parts := strings.Split(out, "\036")
	if len(parts) != 2*len(script.runs)+1 {
		return fmt.Errorf("the machine ran %d of %d commands:\n%s", len(parts)/2, len(script.runs), out)
	}
	for n, r := range script.runs {
		s.there++
		var err error
		if status, convErr := strconv.Atoi(strings.TrimSpace(parts[2*n+1])); convErr != nil || status != 0 {
			err = fmt.Errorf("exit status %q with %s", strings.TrimSpace(parts[2*n+1]), filepath.Base(s.kernel))
		}
		s.judge(r.block, r.i, parts[2*n], err)
	}
	return nil
}

// guestFiles returns the tools that are to be in the machine, the one under test too, with what they and the programs of a
// folder need to run.
func guestFiles(dir, tested string) ([]string, error) {
	seen := map[string]bool{}
	var files []string
	var add func(path string)
	add = func(path string) {
		if seen[path] {
			return
		}
		seen[path] = true
		files = append(files, path)
		if target, err := os.Readlink(path); err == nil {
			if !filepath.IsAbs(target) {
				target = filepath.Join(filepath.Dir(path), target)
			}
			add(target)
		}
	}
	programs, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil {
		return nil, err
	}
	add(tested)
	programs = append(programs, tested)
	for _, tool := range guestTools {
		path, err := exec.LookPath(tool)
		if err != nil {
			path, err = exec.LookPath("/usr/sbin/" + tool)
		}
		if err == nil {
			add(path)
			programs = append(programs, path)
		}
	}
	for _, path := range programs {
		needs, err := libraries(path)
		if err != nil {
			return nil, err
		}
		for _, f := range needs {
			add(f)
		}
	}
	return files, nil
}

// libraries returns the files that ldd says a program loads; of a file that is no program, none.
func libraries(path string) ([]string, error) {
	f, err := elf.Open(path)
	if err != nil {
		return nil, nil
	}
	defer f.Close()
	if libs, err := f.ImportedLibraries(); err != nil || len(libs) == 0 {
		return nil, err
	}
	out, err := exec.Command("ldd", path).Output()
	if err != nil {
		return nil, fmt.Errorf("ldd %s: %w", path, err)
	}
	var files []string
	for _, word := range strings.Fields(string(out)) {
		if filepath.IsAbs(word) {
			files = append(files, word)
		}
	}
	return files, nil
}
