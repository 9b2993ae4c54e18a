// Doctest runs what a document in Markdown tells its reader to do, and compares what is printed with what the document
// shows. All files and commands of all documents are of one folder, in the order in which they stand.
//
//	doctest -proxy DIR [-module DIR]
//	doctest [-tool BINARY] [-clang COMMAND] [-module DIR] [-vmrun COMMAND -kernel VMLINUZ] DOCUMENT...
//
// A fenced block is a file if the paragraph before it ends with a name as in "`prog.c`:". It is a session if its first
// line starts with a prompt: "$ " for anybody, "# " for root. What follows a command is its output, both streams; a line
// "..." stands for any number of lines. A comment before a block says more about it, "<!-- doctest: WORDS -->":
//
//	fails         the last command is to fail; all others have to succeed
//	fentry        it needs a kernel that takes fentry programs: it runs in the machine of -kernel, and else not at all
//	background    the last command goes on, until the document ends or a block says stop; then its output is compared
//	stop          what goes on in the background is ended before
//	varies RE     what matches differs from run to run (the rest of the comment is the expression)
//	skip REASON   it is not run
//	elsewhere X   it is not run here, but X runs it, which is a command of .ci/run
//
// A comment "<!-- doctest: before", the lines behind it, and a line "-->" are commands that the reader does not see, to
// get something ready. What they print does not matter.
//
// A block that has no language, or that of a shell, has to be one of these: the tests fail on others. What is no command,
// as a drawing or the output of something, has the language "text".
//
// The machine of -kernel is started at the end of a document, with the folder as it is then, and runs all sessions of
// root in it once more. The command of -vmrun is as scripts/vmrun.
package main

import (
	"flag"
	"fmt"
	"os"
)

func main() {
	var o options
	flag.StringVar(&o.tool, "tool", "", "the `BINARY` of bpf-sdt-link; built, if not given")
	flag.StringVar(&o.clang, "clang", "clang-14", "the `COMMAND` that the documents call clang")
	flag.StringVar(&o.module, "module", ".", "the `DIR` of the module that Go programs of the documents import")
	flag.StringVar(&o.vmrun, "vmrun", "", "the `COMMAND` that runs a program in the machine of -kernel")
	flag.StringVar(&o.kernel, "kernel", "", "a kernel, `VMLINUZ`, to run the sessions of root on")
	proxy := flag.String("proxy", "", "only make a module proxy in `DIR` that offers the module, and print what GOPROXY is to be")
	flag.Parse()
	if *proxy != "" {
		value, err := moduleProxy(*proxy, o.module)
		if err != nil {
			fmt.Fprintln(os.Stderr, "doctest:", err)
			os.Exit(1)
		}
		fmt.Println(value)
		return
	}
	if flag.NArg() == 0 {
		flag.Usage()
		os.Exit(2)
	}
	o.log = func(format string, args ...any) { fmt.Printf(format+"\n", args...) }
	r, err := run(o, flag.Args())
	for _, f := range r.faults {
		fmt.Fprintln(os.Stderr, f)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "doctest:", err)
	}
	fmt.Printf("%d files, %d commands run here, %d in the machine, %d skipped\n", r.files, r.here, r.there, len(r.skipped))
	for _, s := range r.skipped {
		fmt.Println("skipped:", s)
	}
	if err != nil || len(r.faults) > 0 {
		os.Exit(1)
	}
}
