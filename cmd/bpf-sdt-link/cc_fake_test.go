package main

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// fakeCompiler is what scripts run as a compiler. It "compiles" DIR/NAME.c to a copy of NAME.o, and writes its arguments
// to NAME.args. Some names have a meaning:
//
//	fail7.c     fails, with status 7, and says so
//	slow3.c     the same, late
//	warn.c      warns, and is a.c
//	kill.c      ends by a signal
//	nothing.c   makes nothing, and succeeds
//	forever.c   says to the file 'started' that it runs, and goes on until it is ended
//
// A command line without an output in a temporary folder is printed.
func fakeCompiler() {
	args := os.Args[1:]
	if filepath.Base(os.Args[0]) == "ccache" { // it runs the compiler that its arguments name
		cmd := exec.Command(args[0], args[1:]...)
		cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
		if cmd.Run() != nil {
			os.Exit(1)
		}
		fakeWrite("ccache.args", args[0]+"\n")
		return
	}
	value := func(option string) (v string) {
		for i, a := range args[:max(len(args)-1, 0)] {
			if a == option {
				v = args[i+1]
			}
		}
		return v
	}
	shown := strings.Join(args, " ")
	output := value("-o")
	stem := strings.TrimSuffix(output, ".o")
	if filepath.Ext(filepath.Dir(output)) != ".tmp" {
		fmt.Println("ran:", shown)
		if len(args) > 0 && args[len(args)-1] == "fail7.c" {
			os.Exit(7)
		}
		return
	}
	source := args[len(args)-1]
	base := strings.TrimSuffix(filepath.Base(source), filepath.Ext(source))
	if base != "-" {
		base = strings.TrimPrefix(base, "-")
	}
	switch base {
	case "-":
		text, _ := io.ReadAll(os.Stdin)
		base = strings.TrimSpace(string(text))
	case "warn":
		fmt.Fprint(os.Stderr, "warn.c: warning: one\nwarn.c: warning: two\n")
		base = "a"
	case "kill":
		if self, err := os.FindProcess(os.Getpid()); err == nil {
			_ = self.Kill()
		}
	case "nothing":
		return
	case "forever":
		fakeWrite(output, "half an object")
		fakeWrite("started", strconv.Itoa(os.Getpid()))
		time.Sleep(time.Hour)
	case "slow3":
		time.Sleep(300 * time.Millisecond)
	}
	if n, err := strconv.Atoi(base[len(base)-1:]); err == nil {
		fmt.Fprintf(os.Stderr, "%s: error: no\n", source)
		os.Exit(n)
	}
	fakeWrite(base+".args", strings.ReplaceAll(shown, stem, "TMP")+"\n")
	object, err := os.ReadFile(base + ".o")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fakeWrite(output, string(object))
	if deps := value("-MF"); deps != "" {
		target := strings.TrimSpace(value("-MT") + " " + value("-MQ"))
		fakeWrite(deps, target+": "+source+" h.h \\\n  sp\\ ace.h c:/x.h\n\nh.h:\n\nsp\\ ace.h:\n"+base+".h:\n")
	}
}

func fakeWrite(name, text string) {
	if err := os.WriteFile(name, []byte(text), 0o666); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
