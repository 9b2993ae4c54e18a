package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/bpfsdt/bpf-sdt-link/internal/ar"
	"github.com/bpfsdt/bpf-sdt-link/object"
)

// TestMain makes the test binary the tool itself when it is started under its name, or under that
// of bpftool, by a link that a script makes.
func TestMain(m *testing.M) {
	if startedAsBpftool(os.Args) {
		main()
	}
	testscript.Main(m, map[string]func(){name: main, "fakecc": fakeCompiler, "ccache": fakeCompiler})
}

// TestScript runs testdata/script. Each script finds the objects of testdata/objects in its folder,
// decompressed, and bad.o, which is a.o with the NOP of a site overwritten.
func TestScript(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("the scripts use /dev/full, stat(1) and the like as Linux has them")
	}
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Setup: func(env *testscript.Env) error {
			env.Setenv("XDG_CACHE_HOME", filepath.Join(env.WorkDir, ".cache"))
			env.Setenv("CLANG", findClang())
			for _, unset := range []string{"NO_COLOR", "TERM", bpftoolVar, handedOnVar} {
				env.Setenv(unset, "")
			}
			return writeObjects(env.WorkDir)
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"status": cmdStatus, "archive": cmdArchive},
		// [clang] is whether there is a clang, which is then $CLANG.
		Condition: func(cond string) (bool, error) {
			if cond != "clang" {
				return false, fmt.Errorf("unknown condition %s", cond)
			}
			return findClang() != "", nil
		},
	})
}

// findClang returns the path of a clang, or "".
func findClang() string {
	for _, cc := range []string{os.Getenv("CLANG"), "clang", "clang-22", "clang-19", "clang-16", "clang-14"} {
		if path, err := exec.LookPath(cc); err == nil {
			return path
		}
	}
	return ""
}

// cmdStatus is 'status N COMMAND ARG...': the command must exit with that status. If a signal ends
// it, the status is 128 and the signal's number.
func cmdStatus(ts *testscript.TestScript, neg bool, args []string) {
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := 0
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		var exit *exec.ExitError
		if !errors.As(err, &exit) {
			ts.Fatalf("%v", err)
		}
		got = exit.ExitCode()
	}
	if (got == want) == neg {
		ts.Fatalf("exit status %d", got)
	}
}

// cmdArchive is 'archive FORM OUT MEMBER...': it makes an archive in the form gnu, bsd or thin.
func cmdArchive(ts *testscript.TestScript, _ bool, args []string) {
	var members []ar.Member
	for _, name := range args[2:] {
		members = append(members, ar.Member{Name: name, Data: []byte(ts.ReadFile(name))})
	}
	data := map[string]func(...ar.Member) []byte{"gnu": ar.GNU, "bsd": ar.BSD, "thin": ar.Thin}[args[0]](members...)
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), data, 0o666))
}

func writeObjects(dir string) error {
	paths, err := filepath.Glob("testdata/objects/*.o.zst")
	if err != nil {
		return err
	}
	for _, path := range paths {
		packed, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		data, err := object.Decompress(packed)
		if err != nil {
			return err
		}
		base := filepath.Base(path)
		base = base[:len(base)-len(".zst")]
		if err := os.WriteFile(filepath.Join(dir, base), data, 0o666); err != nil {
			return err
		}
		if base == "a.o" {
			nop := []byte{5, 0, 0, 0, 0, 0, 0, 0}
			mov := []byte{0xb7, 0, 0, 0, 0, 0, 0, 0} // r0 = 0
			data = bytes.Replace(data, nop, mov, 1)
			if err := os.WriteFile(filepath.Join(dir, "bad.o"), data, 0o666); err != nil {
				return err
			}
		}
	}
	return nil
}
