package linker

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// rule is a rule that `bpftool gen object` links by, or, with a B, a bug of it, in our words: what is right.
type rule struct {
	id   string
	says string
	// by names what shows it: folders of golden/testdata, scripts of cmd/bpf-sdt-link (.txtar), and Go tests, of a
	// test that has subtests by rule with the rule: TestInputRules/1.3.
	by string
	// not is why a rule does not hold here, or needs no test.
	not string
}

// rules has every rule that was found in libbpf's linker. [FIX] marks those where libbpf is at fault: they say what
// is right. A rule that does not hold here says why.
var rules = []rule{
	{id: "0.1", says: "the output exists before the first input is read", not: "we do better: an output is written when all is well, and stays as it was else (failure.txtar)"},
	{id: "0.2", says: "objects are taken in one after another", by: "TestAllFaults", not: "we do better: a fault does not hide others"},
	{id: "0.3", says: "code of the other byte order is turned around at the end", by: "TestCases", not: "nothing is turned around: every phase reads and writes the order of the inputs"},
	{id: "0.4", says: "[FIX] a failed link has no result", by: "TestAllFaults failure.txtar"},
	{id: "0.5", says: "no inputs make an empty object", by: "TestInputRules/0.5", not: "an API of libbpf; here it is an error"},

	{id: "1.1", says: "a file that is not ELF is refused", by: "TestParseErrors TestMessages"},
	{id: "1.2", says: "the byte order is one of two", by: "TestParseErrors"},
	{id: "1.3", says: "the first object decides the byte order of all", by: "TestInputRules/1.3 TestAllFaults"},
	{id: "1.4", says: "relocatable, 64-bit, for BPF", by: "TestParseErrors TestMessages"},
	{id: "1.5", says: "flags, versions and ABI of the ELF header do not count", by: "TestInputRules/1.5 TestFileRules/7.3"},
	{id: "1.6", says: "sections have names, and a truncated file is refused", by: "TestParseErrors TestTruncated"},
	{id: "1.7", says: "sections of types that BPF has no use for are refused", by: "TestInputRules/1.7 section_type"},
	{id: "1.8", says: "there is one symbol table", by: "TestParseErrors"},
	{id: "1.9", says: "sections have names and alignments that are powers of two", by: "TestInputRules/1.9 TestParseErrors TestParseAccepts", not: "wider: alignment 0 counts as 1, as ELF has it"},
	{id: "1.10", says: "code is made of whole instructions", by: "TestInputRules/1.10"},
	{id: "1.11", says: "the symbol table is made of whole symbols, and has names", by: "TestParseErrors"},
	{id: "1.12", says: "symbol 0 is all zero", by: "TestParseErrors"},
	{id: "1.13", says: "bindings are local, global and weak; other bits of st_other are carried", by: "TestInputRules/1.13 TestParseErrors", not: "wider: internal and protected symbols are linked, the most restrictive visibility of a name wins (TestSymbolRules/3.9d)"},
	{id: "1.14", says: "an undefined symbol is not local and has neither value nor size", by: "TestParseErrors", not: "wider: its type does not count"},
	{id: "1.15", says: "a symbol's section exists", by: "TestParseErrors"},
	{id: "1.16", says: "a section symbol has value 0; other types are not looked at", by: "TestInputRules/1.16 TestParseErrors"},
	{id: "1.17", says: "a symbol may lie outside its section", by: "TestParseErrors", not: "we do better: it is refused"},
	{id: "1.18", says: "relocations are whole, of the symbol table and of a section", by: "TestParseErrors"},
	{id: "1.19", says: "a relocation section is named after what it relocates", not: "wider: sh_info says what it relocates; the output has the right names (TestRelocationRules/4.1)"},
	{id: "1.20", says: "relocations of what is dropped are not looked at", by: "TestParseAccepts"},
	{id: "1.21", says: "[FIX] a relocation has a known type, a symbol, and a place inside its section", by: "TestInputRules/1.21 TestParseErrors TestClassify TestReference/B11"},
	{id: "1.22", says: ".BTF and .BTF.ext go by exact name and are made anew", by: "TestInputRules/1.22 TestOpenErrors"},
	{id: "1.23", says: "BTF is checked through and through", by: "TestParseTypesHeader TestParseTypesLongHeader TestParseTypesErrors"},
	{id: "1.24", says: "types of unknown kinds are refused", by: "TestParseTypesErrors"},
	{id: "1.25", says: "[FIX] types that contain themselves other than through a struct are refused", by: "TestParseTypesErrors TestParseTypesLoops TestReference/B11"},
	{id: "1.26", says: ".BTF.ext needs a .BTF and is checked", by: "TestOpenErrors TestParseExtErrors TestParseExtVersions TestMessages"},
	{id: "1.27", says: "records refer to types and strings that exist", by: "TestParseExtErrors"},
	{id: "1.28", says: "an object with globals needs BTF, but no .BTF.ext", by: "TestInputRules/1.28 no_debug no_func_btf", not: "wider: an object without BTF links with a warning, unless no kernel would load the result"},

	{id: "2.1", says: "tables, DWARF, BTF, an empty .text and all .debug_* are dropped", by: "TestSectionRules/2.1 TestPredicates"},
	{id: "2.2", says: "all other sections are carried, in the order of the inputs", by: "TestFileRules/7.1"},
	{id: "2.3", says: "sections of one name are joined, also those of one object", by: "TestSectionRules/2.3"},
	{id: "2.4", says: "[FIX] types and flags of sections of one name merge where they can", by: "TestSectionHeaders section_flags section_kind TestReference/2.4"},
	{id: "2.5", says: "a part starts at the strictest alignment so far, with zeros before it and none behind", by: "TestSectionRules/2.5 TestAddends alignment"},
	{id: "2.6", says: "sections without contents have a size only; those of size 0 stay", by: "TestSectionRules/2.6"},
	{id: "2.7", says: "code has the alignment of its inputs", by: "TestSectionRules/2.7", not: "we do better: code is aligned to instructions"},
	{id: "2.8", says: "a section's first part gives its header; links to other sections do not stay", by: "TestSectionRules/2.8"},
	{id: "2.9", says: "[FIX] one license and version is left, and what refers to another copy finds it", by: "license license_tag license_type license_conflict version_conflict TestLicense TestReference/B6"},
	{id: "2.10", says: "mergeable strings are joined, not merged", by: "TestSectionRules/2.10 string_literals"},
	{id: "2.11", says: "[FIX] jump tables move with their code; their symbols become local", by: "TestJumpTables jump_table TestReference/B1"},
	{id: "2.12", says: "[FIX] tables of computed gotos move with their code", by: "computed_goto label_table"},
	{id: "2.13", says: "maps, struct_ops and all other data have no rules of their own", by: "map_values struct_ops data legacy_maps"},
	{id: "2.14", says: "[FIX] .text.* is folded into .text", by: "TestFunctionSections"},
	{id: "2.15", says: "a section that is in BTF only becomes a real one", by: "extern_maps_only"},
	{id: "2.16", says: "[FIX] sections over 2 GiB do not wrap", by: "TestSectionRules/2.16 TestLargeSections TestReference/B12"},

	{id: "3.1", says: "symbols of dropped sections go, names of source files stay", by: "TestSymbolRules/3.1 TestSectionRules/2.1"},
	{id: "3.2", says: "a section has one symbol", by: "TestSymbolRules/3.2", not: "smaller: only those that a relocation uses"},
	{id: "3.3", says: "locals are never resolved, and those of one name coexist", by: "static_names TestRenameLocals TestSharedFunc", not: "we do better: the second of one name gets its own"},
	{id: "3.4", says: "symbols of jump tables are not resolved", by: "TestJumpTables"},
	{id: "3.5", says: "globals need BTF", by: "asm_label no_debug TestCommon", not: "wider: what has no BTF, as labels of assembly, is linked"},
	{id: "3.6", says: "the VAR that a DATASEC lists describes a symbol", by: "externs", not: "an ambiguity is not refused: clang makes none, and the listed one is right"},
	{id: "3.7", says: "[FIX] an extern in a DATASEC stays undefined, whatever section the object has of that name", by: "maps TestReference/B5"},
	{id: "3.8", says: "a new name is taken as it is, at its place in the output", by: "TestResolution data"},
	{id: "3.9", says: "strong over weak, weak over extern, two strong ones collide, hidden or not; types agree; the strictest visibility wins", by: "TestResolution TestSymbolRules/3.9d duplicate_symbol hidden_duplicate hidden_extern weak_mismatch weak_weak weak_override"},
	{id: "3.10", says: "[FIX] a reference does not change a definition; the order of inputs does not count", by: "TestResolution weak_orders TestReference/B8"},
	{id: "3.11", says: "undefined symbols stay, and a later link can define them", by: "TestSymbolRules/3.11 TestUndefined TestResolution calls"},
	{id: "3.12", says: "[FIX] an overridden body goes, with all that belongs to it", by: "TestDeadBody weak_between weak_override TestLineInfo TestReference/B15"},
	{id: "3.13", says: "sizes of symbols and lengths of arrays are not compared", by: "extern_array TestCompatible"},
	{id: "3.14", says: "[FIX] an absolute or common symbol can be a definition", by: "TestCommon TestReference/B4"},
	{id: "3.15", says: "a hidden symbol stays global in BTF, and satisfies other objects", by: "hidden hidden_extern"},
	{id: "3.16", says: "a static never resolves an extern", by: "TestSymbolRules/3.16 static_elsewhere TestUndefined"},
	{id: "3.17", says: "two sides are both variables or both functions", by: "TestCompatibleKinds mismatch_paths"},
	{id: "3.18", says: "qualifiers, typedefs and type tags do not count; behind a pointer a declaration stands for its struct", by: "TestCompatible"},
	{id: "3.19", says: "prototypes agree in parameters and result, not in names", by: "TestCompatible mismatch_paths"},
	{id: "3.20", says: "integers agree in size, enums in name and size", by: "TestCompatible mismatch_paths"},
	{id: "3.21", says: "behind a pointer structs agree by name", by: "TestCompatible mismatch_paths"},
	{id: "3.22", says: "arrays agree in their elements, whatever the length", by: "TestCompatible extern_array mismatch_paths"},
	{id: "3.23", says: "structs agree in name and members, [FIX] and in total size", by: "TestCompatible TestCompatibleMembers struct_size TestReference/B14"},
	{id: "3.24", says: "nesting costs what it has of types", by: "nested_structs TestCompareDepth"},
	{id: "3.25", says: "the pairs of types that agree and those that do not", by: "TestCompatible"},
	{id: "3.26", says: "two strong maps collide; others agree in every attribute, [FIX] map_extra too", by: "map_mismatch map_conflict map_agree TestSymbolRules/3.26 TestReference/B14"},
	{id: "3.27", says: "[FIX] a variable may be in another section than the one it overrides; what the kernel gives is not defined", by: "weak_sections kernel_symbol kernel_function plain_kernel_extern TestReference/B3"},
	{id: "3.28", says: "[FIX] an override from another section leaves others alone", by: "weak_sections TestReference/B3"},
	{id: "3.29", says: "[FIX] offsets in DATASECs are those of the symbols", by: "weak_data extern_maps_only static_and_global TestReference/B2"},
	{id: "3.30", says: "[FIX] a global that was made local is static in BTF", by: "TestSymbolRules/3.30 TestReference/B13"},

	{id: "4.1", says: "a section has one section of relocations, named after it", by: "TestRelocationRules/4.1"},
	{id: "4.2", says: "relocations stay, in their order", by: "TestRelocationRules/4.2 TestAddends"},
	{id: "4.3", says: "contents stay where the symbol carries the shift", by: "TestAddends TestDeadBody map_values"},
	{id: "4.4", says: "addends against sections move; [FIX] words in code as words", by: "TestRelocationRules/4.4 TestAddends TestAddend TestReference/B10"},
	{id: "4.5", says: "[FIX] so do those in data", by: "TestAddends pointer_table struct_ops rfc_shapes TestReference/4.5"},
	{id: "4.6", says: "[FIX] a relocation against what is dropped is an error", by: "TestRelocationAgainstDebug dropped_symbol TestReference/B6"},
	{id: "4.7", says: "relocation types 1, 2, 3 and 10, against any symbol", by: "TestRelocationRules/4.7 TestInputRules/1.21 TestClassify"},
	{id: "4.8", says: "messages have LLVM's names of relocations, where readelf has GNU's", by: "TestName"},

	{id: "5.1", says: "types of all kinds are carried", by: "TestMerge TestMergeRandom TestCases"},
	{id: "5.2", says: "what is not in the output has no VAR or FUNC; globals have one", by: "dropped_tag TestMerge declared_everywhere", not: "tighter: the VAR of a static in a dropped section goes, too"},
	{id: "5.3", says: "[FIX] tags on what is dropped go with it", by: "dropped_tag license_tag TestReference/B7"},
	{id: "5.4", says: "a definition's type is left, not a declaration's", by: "extern_array forward_struct"},
	{id: "5.5", says: "members of a DATASEC have symbols", by: "TestTypeRules/5.5", not: "wider: a variable whose symbol is gone goes, too"},
	{id: "5.6", says: "members are at the place of their part; [FIX] a void has no size and needs none", by: "data externs TestReference/B9"},
	{id: "5.7", says: "plain externs are in no DATASEC", by: "static_elsewhere"},
	{id: "5.8", says: "one DATASEC a section, of the section's size, 0 for .kconfig and .ksyms; they come last", by: "TestTypeRules/5.8 TestMerge"},
	{id: "5.9", says: "equal types become one, declarations the full type; VARs never merge", by: "TestMerge TestMergeRandom distinct_types forward_struct array_elements"},
	{id: "5.10", says: "no types, no BTF; its header has 24 bytes", by: "TestTypeRules/5.10"},
	{id: "5.11", says: "members of a DATASEC are sorted and do not overlap", by: "TestTypeRules/5.11 TestKernelLibbpf"},

	{id: "6.1", says: "records follow their section", by: "core TestTypeRules/6.1", not: "wider: inputs may have records of different sizes"},
	{id: "6.2", says: "offsets, types and strings of records are the output's", by: "core TestLineInfo weak_between"},
	{id: "6.3", says: "records of dropped sections go", by: "TestTypeRules/6.3"},
	{id: "6.4", says: "one part a section, in ascending order", by: "TestTypeRules/6.4 TestIndependentWriter"},
	{id: "6.5", says: "[FIX] a function has one func_info", by: "TestTypeRules/6.5 TestKernelFuncInfo"},

	{id: "7.1", says: "sections are in the order of first mention", by: "TestFileRules/7.1"},
	{id: "7.2", says: "[FIX] locals come first in the symbol table, sh_info is the first global", by: "TestFileRules/7.2 TestToolsReadOutput TestReference/B16"},
	{id: "7.3", says: "the ELF header of a relocatable BPF object", by: "TestFileRules/7.3 TestIndependentReader"},
	{id: "7.4", says: "the same inputs make the same bytes, and linking the output again changes nothing", by: "TestDeterminism TestCases"},
	{id: "7.5", says: "link to a path or descriptor", not: "an API of libbpf; here it is Link"},
	{id: "7.6", says: "[FIX] a failed link leaves the output, a link over an input works", by: "failure.txtar link.txtar signals.txtar"},
	{id: "7.7", says: "big-endian objects link like little-endian ones", by: "TestCases"},
	{id: "7.8", says: "objects for different CPU versions link", by: "mixed_cpu"},

	{id: "B1", says: "jump tables lead to where the code went", by: "TestJumpTables jump_table TestReference/B1"},
	{id: "B2", says: "offsets in DATASECs are those of the symbols", by: "weak_data extern_maps_only TestReference/B2"},
	{id: "B3", says: "a definition may override one in another section", by: "weak_sections kernel_symbol TestReference/B3"},
	{id: "B4", says: "an absolute symbol can resolve an extern", by: "TestReference/B4"},
	{id: "B5", says: "an extern map stays undefined beside maps", by: "maps TestReference/B5"},
	{id: "B6", says: "no relocation against symbol 0", by: "dropped_symbol license TestRelocationAgainstDebug TestReference/B6"},
	{id: "B7", says: "tags on what is dropped go with it", by: "dropped_tag license_tag TestReference/B7"},
	{id: "B8", says: "a reference does not make a weak definition strong", by: "weak_orders TestResolution TestReference/B8"},
	{id: "B9", says: "kernel symbols without type may be in several objects", by: "externs TestReference/B9"},
	{id: "B10", says: "words in code move as words", by: "TestRelocationRules/4.4 TestReference/B10"},
	{id: "B11", says: "malformed input is an error", by: "TestParseErrors TestParseTypesErrors TestReference/B11 FuzzLink"},
	{id: "B12", says: "sections over 2 GiB do not wrap", by: "TestLargeSections TestSectionRules/2.16 TestReference/B12"},
	{id: "B13", says: "a global that was made local is static in BTF", by: "TestSymbolRules/3.30 TestReference/B13"},
	{id: "B14", says: "map_extra and sizes of structs are compared; messages name what differs", by: "map_conflict map_mismatch struct_size TestReference/B14"},
	{id: "B15", says: "dead code keeps no externs", by: "TestDeadBody TestReference/B15"},
	{id: "B16", says: "locals come first in the symbol table", by: "TestFileRules/7.2 TestReference/B16"},
	{id: "B17", says: "a definition of a kernel function is an error", by: "kernel_function kernel_symbol TestReference/B17"},
	{id: "B18", says: "arrays of other elements are other types", by: "array_elements TestReference/B18"},
}

// chapters are the numbers of rules of each chapter; 'B' are the bugs.
var chapters = []struct {
	name        string
	first, last int
}{{"0.", 1, 5}, {"1.", 1, 28}, {"2.", 1, 16}, {"3.", 1, 30}, {"4.", 1, 8}, {"5.", 1, 11}, {"6.", 1, 5}, {"7.", 1, 8}, {"B", 1, 18}}

// Every rule has a test, or a reason why not, and the tests exist.
func TestRules(t *testing.T) {
	var want, got []string
	for _, c := range chapters {
		for n := c.first; n <= c.last; n++ {
			want = append(want, c.name+strconv.Itoa(n))
		}
	}
	shown := evidence(t)
	for _, r := range rules {
		got = append(got, r.id)
		if r.says == "" || r.by == "" && r.not == "" {
			t.Errorf("rule %s has neither a test nor a reason", r.id)
		}
		for _, by := range strings.Fields(r.by) {
			if !shown(by) {
				t.Errorf("rule %s: there is no test %s", r.id, by)
			}
		}
	}
	if !slices.Equal(want, got) {
		t.Errorf("rules %v,\nwant %v", got, want)
	}
}

// The tests that docs/differences-from-bpftool.md names exist, every row has one, and every bug is in it.
func TestDifferences(t *testing.T) {
	text, err := os.ReadFile("../docs/differences-from-bpftool.md")
	if err != nil {
		t.Fatal(err)
	}
	shown := evidence(t)
	code := regexp.MustCompile("`([^`]+)`")
	for n, line := range strings.Split(string(text), "\n") {
		cells := strings.Split(line, "|")
		if len(cells) < 6 || strings.HasPrefix(cells[1], " ---") || cells[4] == " test " {
			continue
		}
		tests := code.FindAllStringSubmatch(cells[4], -1)
		if len(tests) == 0 {
			t.Errorf("line %d has no test", n+1)
		}
		for _, m := range tests {
			if !shown(m[1]) {
				t.Errorf("line %d: there is no test %s", n+1, m[1])
			}
		}
	}
	for n := 1; n <= 18; n++ {
		if id := "B" + strconv.Itoa(n); !regexp.MustCompile(`\b` + id + `\b`).Match(text) {
			t.Errorf("bug %s is not in the table", id)
		}
	}
}

// evidence returns a function that tells whether a test exists, by the names that rule.by has.
func evidence(t *testing.T) func(string) bool {
	t.Helper()
	tests := map[string][]string{} // the string literals of each test
	files, err := filepath.Glob("../*/*_test.go")
	if err != nil {
		t.Fatal(err)
	}
	more, _ := filepath.Glob("../*/*/*_test.go")
	for _, file := range append(files, more...) {
		f, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range f.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok && fn.Recv == nil {
				literals := []string{}
				ast.Inspect(fn, func(n ast.Node) bool {
					if l, ok := n.(*ast.BasicLit); ok && l.Kind == token.STRING {
						s, _ := strconv.Unquote(l.Value)
						literals = append(literals, s)
					}
					return true
				})
				tests[fn.Name.Name] = literals
			}
		}
	}
	return func(name string) bool {
		test, part, _ := strings.Cut(name, "/")
		switch {
		case strings.HasSuffix(name, ".txtar"):
			_, err := os.Stat("../cmd/bpf-sdt-link/testdata/script/" + name)
			return err == nil
		case !strings.HasPrefix(name, "Test") && !strings.HasPrefix(name, "Fuzz"):
			links, _ := filepath.Glob("../golden/testdata/" + name + "/*.golden.txt")
			return len(links) > 0
		}
		literals, ok := tests[test]
		return ok && (part == "" || slices.ContainsFunc(literals, func(s string) bool { return strings.HasPrefix(s, part+" ") }))
	}
}
