// Workload makes sets of BPF objects to measure a linker with, each in a folder build/bench/NAME: the C sources, the
// objects obj/00000.o and on, and set.json with what is in them.
//
//	workload [-dir DIR] [-clang COMMAND] [-bpftool COMMAND] [-vmlinux FILE] [-jobs N] NAME...
//
// The sets that are linked whole:
//
//	tiny       2 objects, no kernel types
//	typical    8 objects, vmlinux.h, CO-RE reads of many kernel structs
//	c-N        N objects as those of typical
//	d-N        N objects of 100 global functions, few types
//	unique     200 objects whose types are all different, no kernel types
//	NAME-sdt   the same with two probes in every function
//
// Those that show how a linker grows with one kind of thing:
//
//	symbols-N   N global functions in one object
//	enums-N     N anonymous enums in one object
//	types-N     N structs in one object
//	sections-N  N programs in one object, each in a section of its own
//	nest-N      structs nested by value, N deep with two members each; two objects
//
// It needs clang, libbpf's headers and, for typical and c-N, the vmlinux.h of a kernel: that of FILE, or what bpftool
// makes of the running kernel's BTF. A set that is there and was made in the same way is left as it is.
//
// Objects are not compiled one by one, for a set may have thousands. All global names end in a suffix of six characters
// that stands for the object, and so do the names that an object expects of its neighbours. Every distinct source is
// compiled once with placeholders for these, and the objects are copies in which the placeholders were replaced, in
// .strtab, in the strings of .BTF and in .debug_str. Compiling would have given the same, but for the order of strings
// within .strtab.
//
// The object of a growth set, but for nest-N, is linked by this project's linker of parts with 500 of the things each:
// clang's time grows with the square of the names in an object.
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
)

func main() {
	var m maker
	flag.StringVar(&m.dir, "dir", "build/bench", "where the sets are, `DIR`")
	clang := flag.String("clang", "", "the compiler; if not given, the first of clang-19, clang-22, clang that is there")
	flag.StringVar(&m.bpftool, "bpftool", "bpftool", "makes vmlinux.h, `COMMAND`")
	flag.StringVar(&m.vmlinux, "vmlinux", "", "kernel types, a vmlinux.h `FILE`; made if not given")
	flag.IntVar(&m.jobs, "jobs", 2, "how many compilers run at a time, `N`")
	flag.Parse()
	// bpftool is in /usr/sbin, which is not in the PATH of every user.
	os.Setenv("PATH", os.Getenv("PATH")+":/usr/sbin:/sbin")
	if err := run(&m, *clang, flag.Args()); err != nil {
		fmt.Fprintln(os.Stderr, "workload:", err)
		os.Exit(1)
	}
}

func run(m *maker, clang string, names []string) error {
	var err error
	if m.dir, err = filepath.Abs(m.dir); err != nil {
		return err
	}
	if m.cc, err = findCompiler(clang); err != nil {
		return err
	}
	for _, name := range names {
		r, err := parseName(name)
		if err != nil {
			return err
		}
		s, err := m.make(r)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		fmt.Println(s)
	}
	return nil
}
