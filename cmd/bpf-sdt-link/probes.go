package main

import (
	"bytes"
	"errors"
	"slices"

	"github.com/urfave/cli/v2"

	"github.com/bpfsdt/bpf-sdt-link/diag"
	"github.com/bpfsdt/bpf-sdt-link/notes"
	"github.com/bpfsdt/bpf-sdt-link/object"
)

func (t *tool) probesCommand() *cli.Command {
	return &cli.Command{
		Name:      "probes",
		Usage:     "list the probes of objects, or of programs that are loaded",
		UsageText: "bpf-sdt-link probes [OPTION]... FILE...\nbpf-sdt-link probes [OPTION]... --prog PROGRAM",
		Description: `Lists the probes of objects, linked or not: name, argument types, and every site with its function
(and the programs that it runs in), section, instruction index, source line, and the register that
holds each argument. Of an archive, those of each member. Faults go to standard error; a file that is no
BPF object is an error always.

With --prog, lists those probes of programs in the running kernel that were linked as calls, with who
observes each: program and link. PROGRAM is the id of a program, the path of a pinned program or link
(with a '/' in it), or 'all'. It takes root. Instructions are those of the program as it is loaded.
'removed' is a site in code that cannot run, behind BPF_SDT_ENABLED say.

--json prints {"schema": 1, "objects": [...]}, one object for each FILE, in order:
name; probes: name, declared, args (type, size in bytes, signed), sites (function, programs, section,
offset in bytes, insn in instructions, file, line, column, registers); diagnostics. What is not known
is "" or 0; a list is never null. Fields may be added within a schema. With --prog there is one object
for each program, which has prog (id, name, type, tag, btf_id) too, and its probes have enabled and
observers (link_id, prog_id, name, attach).

Examples:

    bpf-sdt-link probes prog.o
    bpf-sdt-link probes --json prog.o | jq -r '.objects[].probes[].name'
    bpf-sdt-link probes --strict a.o b.o
    bpf-sdt-link probes --prog all
    bpf-sdt-link probes --prog 42 --prog /sys/fs/bpf/filter
    bpf-sdt-link probes --prog all --json | jq -c '.objects[].probes[].observers[]'
`,
		Flags: []cli.Flag{
			&cli.BoolFlag{Name: "json", Usage: "print JSON", DisableDefaultText: true},
			&cli.StringSliceFlag{Name: "prog", Usage: "list the probes of the loaded `PROGRAM`: its id, its pin, or 'all'; may be repeated"},
			&cli.BoolFlag{Name: "strict", Usage: "exit 1 when there is a fault", DisableDefaultText: true},
		},
		Action: func(c *cli.Context) error {
			which := c.StringSlice("prog")
			switch {
			case len(which) > 0 && c.Args().Present():
				return usagef("probes", "--prog is for programs that are loaded, and takes no files beside it")
			case len(which) > 0 && c.Bool("strict"):
				return usagef("probes", "--strict is about faults of objects, and does not go with --prog")
			case len(which) > 0:
				return t.runningProbes(which, c.Bool("json"))
			case !c.Args().Present():
				return usagef("probes", "no objects are given")
			}
			return t.probes(c.Args().Slice(), c.Bool("json"), c.Bool("strict"))
		},
	}
}

func (t *tool) checkCommand() *cli.Command {
	return &cli.Command{
		Name:      "check",
		Usage:     "validate the probes of objects",
		UsageText: "bpf-sdt-link check [OPTION]... FILE...",
		Description: `Validates the probes of each object, linked or not, and warns where a probe has the name of a
function. Says nothing if all is well. Exit status 1 means that there is an error, not just a warning.

Examples:

    bpf-sdt-link check a.o b.o
    bpf-sdt-link check --diagnostics=json prog.o
`,
		Action: func(c *cli.Context) error {
			if !c.Args().Present() {
				return usagef("check", "no objects are given")
			}
			objects, err := t.inspect("check", c.Args().Slice())
			return errors.Join(faults(objects), err)
		},
	}
}

// inspected is what is found in one object.
type inspected struct {
	name        string
	probes      []notes.Probe
	diagnostics []diag.Diagnostic
	unreadable  bool // the file cannot be read, or is no BPF object
}

// inspect reads the probes of objects and reports their diagnostics. The error is for a wrong
// command line only.
func (t *tool) inspect(command string, args []string) ([]inspected, error) {
	if err := checkInputs(command, args); err != nil {
		return nil, err
	}
	var objects []inspected
	for _, a := range args {
		t.open(a, func(name string, file *notes.File, err error) {
			o := inspected{name: name}
			if err != nil {
				o.diagnostics, o.unreadable = diagnostics(err), true
			} else {
				o.probes, o.diagnostics = file.Probes()
			}
			t.report(o.diagnostics...)
			objects = append(objects, o)
		})
	}
	return objects, nil
}

// open reads an object for its probes, or each object of an archive.
func (t *tool) open(arg string, found func(name string, file *notes.File, err error)) {
	name := displayName(arg)
	data, err := t.readObject(arg)
	if err != nil {
		found(name, nil, err)
		return
	}
	if !object.IsArchive(data) {
		file, err := notes.Open(name, data)
		found(name, file, err)
		return
	}
	archive, err := object.ParseArchive(name, data)
	if err != nil {
		found(name, nil, err)
		return
	}
	for i := range archive.Members {
		m := &archive.Members[i]
		obj, err := new(object.Reader).ReadMember(archive, m)
		if object.Foreign(err) {
			continue
		}
		var file *notes.File
		if err == nil {
			file, err = notes.New(obj)
		}
		found(m.Name, file, err)
	}
}

// faults returns exit status 1 if there is an error among the diagnostics, which are reported already.
func faults(objects []inspected) error {
	for _, o := range objects {
		if slices.ContainsFunc(o.diagnostics, func(d diag.Diagnostic) bool { return d.Severity == diag.Error }) {
			return exitStatus(exitFault)
		}
	}
	return nil
}

// unreadable returns exit status 1 if there is an object that could not be read at all.
func unreadable(objects []inspected) error {
	if slices.ContainsFunc(objects, func(o inspected) bool { return o.unreadable }) {
		return exitStatus(exitFault)
	}
	return nil
}

func (t *tool) probes(args []string, asJSON, strict bool) error {
	objects, err := t.inspect("probes", args)
	if err != nil {
		return err
	}
	var out []byte
	if asJSON {
		out, err = probesJSON(objects)
		if err != nil {
			return err
		}
	} else {
		out = []byte(probesTable(objects))
	}
	if err := t.print(out); err != nil {
		return err
	}
	if strict {
		return faults(objects)
	}
	return unreadable(objects)
}

func probesJSON(objects []inspected) ([]byte, error) {
	list := ProbeList{Schema: 1, Objects: []ObjectProbes{}}
	for _, o := range objects {
		list.Objects = append(list.Objects, describeObject(o))
	}
	var b bytes.Buffer
	err := diag.EncodeJSON(&b, list, "  ")
	return b.Bytes(), err
}
