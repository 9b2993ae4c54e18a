package main

import (
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// takesNext has the options of clang and gcc whose value is the next argument. Those that take it in the same argument
// as well are here too: what is longer than its name is no match. The table was held against every option that clang 22
// lists (clang --autocomplete=-).
var takesNext = wordSet(`
	-A -B -D -F -G -I -L -MF -MJ -MQ -MT -T -U -V -b -e -l -o -u -x -z
	-Xanalyzer -Xarch_device -Xarch_host -Xassembler -Xclang -Xclangas -Xcuda-fatbinary -Xcuda-ptxas -Xlinker
	-Xoffload-linker -Xopenmp-target -Xpreprocessor
	-arch -ccc-gcc-name -ccc-install-dir -cxx-isystem -darwin-target-variant -dependency-dot -dependency-file
	-dsym-dir -dumpdir -fdebug-compilation-dir -filelist -framework -ftrapv-handler
	-gen-cdb-fragment-path -iapinotes-modules -idirafter -iframework -iframeworkwithsysroot -imacros -imultilib -include
	-include-pch -install_name -iprefix -iquote -isysroot -isystem -isystem-after -ivfsoverlay -iwithprefix
	-iwithprefixbefore -iwithsysroot -mllvm -mmlir -module-dependency-dir -mthread-model -resource-dir -rpath
	-serialize-diagnostics -specs -stdlib++-isystem -target -undefined -vfsoverlay -weak_library -working-directory
	-wrapper
	--analyzer-output --assert --classpath --config --define-macro --extdirs --for-linker --force-link --imacros
	--include --include-directory --include-directory-after --include-prefix --include-with-prefix --language
	--library-directory --output --param --prefix --serialize-diagnostics --std --sysroot --undefine-macro
	--vfsoverlay`)

// notObjects has the options with which a compiler makes something else than an object.
var notObjects = wordSet(`
	-### -E -M -MM -S -analyze -cc1 -cc1as -dumpmachine -dumpversion -emit-ast -emit-interface-stubs -emit-llvm
	-extract-api -fsyntax-only -help -version
	--analyze --assemble --dependencies --help --help-hidden --precompile --preprocess --user-dependencies --version`)

// sourceExts are those of files that a compiler compiles. As for clang, any other is a matter of the linker.
var sourceExts = wordSet(`.c .i .m .mi .cc .cp .cxx .cpp .c++ .CPP .C .ii .s .S .sx .ll .bc .h .hh .hpp .pch`)

// launchers run the compiler that the next word names.
var launchers = wordSet("ccache sccache distcc icecc")

func wordSet(words string) map[string]bool {
	set := map[string]bool{}
	for _, w := range strings.Fields(words) {
		set[w] = true
	}
	return set
}

// ccLine is a compiler's command line.
type ccLine struct {
	compiler []string // and what it is run by
	args     []string // all of its arguments
	through  bool     // it is not to make an object, or not one that is named

	options   []string // for each source: without files, -x, -c, -o, and all that is about dependency files but -MP and the like
	inputs    []ccInput
	output    string
	hasOutput bool
	compiles  bool // -c
	all       bool // --whole-archive holds

	wantDeps  bool
	depOption string // -MD or -MMD
	depfile   string
	targets   []string // -MT and -MQ
	fragment  bool     // -MJ
	libraries string   // the first -l
}

// ccInput is a file on it.
type ccInput struct {
	name     string
	language string // of -x, or ""
	object   bool   // it is linked, and not compiled
	whole    bool   // if it is an archive, all of its members are
}

// names are those of the files.
func (l *ccLine) names() (names []string) {
	for _, in := range l.inputs {
		names = append(names, in.name)
	}
	return names
}

// whole are the files, by index, of which all members are linked if they are archives.
func (l *ccLine) whole() map[int]bool {
	whole := map[int]bool{}
	for i, in := range l.inputs {
		whole[i] = in.whole
	}
	return whole
}

// parseCC reads a compiler's command line, whose response files are expanded and whose options for the linker are gone.
func parseCC(args []string) (l ccLine, err error) {
	n := 1
	if launchers[filepath.Base(args[0])] && len(args) > 1 {
		n = 2
	}
	l.compiler, l.args = args[:n], args[n:]
	language := ""
	for args = l.args; len(args) > 0; {
		a := args[0]
		switch {
		case a == "--":
			for _, name := range args[1:] {
				l.file(name, language)
			}
			args = nil
			continue
		case a == "-" || !strings.HasPrefix(a, "-"):
			l.file(a, language)
			args = args[1:]
			continue
		}
		key, value, n := splitOption(args)
		if n > len(args) {
			// Without its value: the compiler says so.
			l.through = true
			return l, nil
		}
		if key == "-x" {
			if language = value; value == "none" {
				language = ""
			}
		} else if !l.take(key, value) {
			l.options = append(l.options, args[:n]...)
		}
		args = args[n:]
	}
	return l, l.settle()
}

// file adds a file.
func (l *ccLine) file(name, language string) {
	object := language == "object" || language == "" && name != "-" && !sourceExts[filepath.Ext(name)]
	l.inputs = append(l.inputs, ccInput{name, language, object, l.all})
	header := slices.Contains([]string{".h", ".hh", ".hpp"}, filepath.Ext(name))
	if strings.HasSuffix(language, "-header") || language == "" && header {
		l.through = true // to be precompiled
	}
}

// splitOption returns the name of the option that args start with, in the shortest of its forms, its value, and how many
// arguments that is, which may be one more than there are.
func splitOption(args []string) (key, value string, n int) {
	a := args[0]
	long := map[string]string{"--output": "-o", "--language": "-x", "--compile": "-c",
		"--write-dependencies": "-MD", "--write-user-dependencies": "-MMD"}
	if takesNext[a] {
		if n = 2; len(args) > 1 {
			value = args[1]
		}
		if long[a] != "" {
			a = long[a]
		}
		return a, value, n
	}
	if name, v, ok := strings.Cut(a, "="); ok && (name == "--output" || name == "--language") {
		return long[name], v, 1
	}
	if long[a] != "" {
		return long[a], "", 1
	}
	for _, name := range []string{"-MF", "-MT", "-MQ", "-MJ", "-Wp,-MD,", "-Wp,-MMD,"} {
		if v, ok := strings.CutPrefix(a, name); ok {
			return name, v, 1
		}
	}
	// -objcmt-... are options of clang.
	if name := a[:2]; (name == "-o" && !strings.HasPrefix(a, "-objc") || name == "-x" || name == "-l") && len(a) > 2 {
		return name, a[2:], 1
	}
	return a, "", 1
}

// take takes note of an option. It reports whether the option is not for the compilers as it is.
func (l *ccLine) take(key, value string) bool {
	switch key {
	case "-o":
		l.output, l.hasOutput = value, true
	case "-c":
		l.compiles = true
	case "-Wl," + wholeArchive, "-Wl," + noWholeArchive:
		l.all = key == "-Wl,"+wholeArchive
	case "-MD", "-MMD":
		l.wantDeps, l.depOption = true, key
	case "-Wp,-MD,":
		l.wantDeps, l.depOption, l.depfile = true, "-MD", value
	case "-Wp,-MMD,":
		l.wantDeps, l.depOption, l.depfile = true, "-MMD", value
	case "-MF":
		l.depfile = value
	case "-MT", "-MQ":
		l.targets = append(l.targets, key, value)
	case "-MJ":
		l.fragment = true
		return false
	case "-l":
		if l.libraries == "" {
			l.libraries = value
		}
	default:
		if notObjects[key] || strings.HasPrefix(key, "-print-") || strings.HasPrefix(key, "--print-") {
			l.through = true
		}
		return false
	}
	return true
}

// settle decides what is to be done.
func (l *ccLine) settle() error {
	switch {
	case l.through:
		return nil
	case len(l.inputs) == 0, l.compiles && !l.hasOutput:
		l.through = true
		return nil
	case !l.hasOutput:
		return usagef("cc", "no output is given: say where to with -o FILE")
	case l.libraries != "":
		return usagef("cc", "there are no libraries to look for (-l%s): name the file", l.libraries)
	}
	sources := 0
	for _, in := range l.inputs {
		if !in.object {
			sources++
		}
	}
	if l.fragment && sources > 1 {
		return usagef("cc", "-MJ is for one source, not for %d", sources)
	}
	l.wantDeps = l.wantDeps && sources > 0
	if l.wantDeps && l.depfile == "" {
		l.depfile = strings.TrimSuffix(l.output, filepath.Ext(l.output)) + ".d"
	}
	return nil
}

// compilation returns the arguments to compile one source with. The object is base.o, and its dependencies base.d.
func (l *ccLine) compilation(in ccInput, base string) []string {
	args := slices.Clone(l.options)
	if l.wantDeps {
		args = append(args, l.depOption, "-MF", base+".d")
		if l.targets == nil {
			args = append(args, "-MQ", l.output)
		}
		args = append(args, l.targets...)
	}
	args = append(args, "-c", "-o", base+".o")
	if in.language != "" {
		args = append(args, "-x", in.language)
	}
	if in.name != "-" && strings.HasPrefix(in.name, "-") {
		args = append(args, "--")
	}
	return append(args, in.name)
}

// ccTemp is the stem of the temporary files of input i.
func ccTemp(dir string, i int) string { return filepath.Join(dir, strconv.Itoa(i)) }
