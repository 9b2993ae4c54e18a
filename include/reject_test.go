package include

import (
	"regexp"
	"strings"
	"testing"
)

// typeCases are uses of the probes that testdata/reject.c declares, and declarations beside them. A case without an
// error must compile without a warning.
var typeCases = []struct {
	declaration, use string
	want             string // regular expression for the error
}{
	// The type itself, as a value.
	{use: "BPF_SDT_PROBE2(two, i, five)"},
	{use: "BPF_SDT_PROBE2(two, i++, foo->a)"},
	{use: "BPF_SDT_PROBE2(two, (int)l, next(foo))"},
	{use: "BPF_SDT_PROBE1(record, value)"},
	{use: "BPF_SDT_PROBE1(en, (enum e)i)"},
	{declaration: "struct f { unsigned u : 3; int i : 20; }", use: "struct f f = { 1, 2 }; BPF_SDT_PROBE2(two, f.i, f.i + 1)"},
	{declaration: "BPF_SDT_DECLARE1(fn, int (*)(struct foo *))", use: "BPF_SDT_PROBE1(fn, program)"},
	{use: "char array[4] = \"abc\"; BPF_SDT_PROBE1(mut, array)"},

	// An integer constant that fits, and no other integer.
	{use: "BPF_SDT_PROBE2(two, 5, -1)"},
	{use: "BPF_SDT_PROBE2(two, 5L, 2147483647ULL)"},
	{use: "BPF_SDT_PROBE1(u8, 255)"},
	{use: "BPF_SDT_PROBE1(u64, 5)"},
	{use: "BPF_SDT_PROBE1(u64, sizeof(value))"},
	{use: "BPF_SDT_PROBE1(en, E1)"},
	{use: "BPF_SDT_PROBE1(u8, 256)", want: "argument 1 of probe 'u8' is not of the type"},
	{use: "BPF_SDT_PROBE1(u8, -1)", want: "argument 1 of probe 'u8' is not of the type"},
	{use: "BPF_SDT_PROBE1(u64, -1)", want: "argument 1 of probe 'u64' is not of the type"},
	{use: "BPF_SDT_PROBE2(two, 5, 0x80000000)", want: "argument 2 of probe 'two' is not of the type"},
	{use: "BPF_SDT_PROBE2(two, 5, 1.0)", want: "argument 2 of probe 'two' is not of the type"},
	{use: "BPF_SDT_PROBE1(u8, five)", want: "argument 1 of probe 'u8' is not of the type"},
	{use: "BPF_SDT_PROBE2(two, i, l)", want: `compatible_p\(int, long\).*argument 2 of probe 'two' is not of the type`},
	{use: "BPF_SDT_PROBE2(two, u, i)", want: "argument 1 of probe 'two' is not of the type"},
	{use: "BPF_SDT_PROBE1(u64, u)", want: "argument 1 of probe 'u64' is not of the type"},
	{use: "BPF_SDT_PROBE1(en, i)", want: "argument 1 of probe 'en' is not of the type"},
	{use: "BPF_SDT_PROBE5(five, 1, 2, 3, 4, l)", want: "argument 5 of probe 'five' is not of the type"},

	// An int for a _Bool.
	{use: "BPF_SDT_PROBE1(flag, i && l)"},
	{use: "BPF_SDT_PROBE1(flag, foo == any)"},
	{use: "BPF_SDT_PROBE1(flag, l)", want: "argument 1 of probe 'flag' is not of the type"},
	{use: "BPF_SDT_PROBE1(flag, foo)", want: "argument 1 of probe 'flag' is not of the type"},

	// Pointers that C converts without a loss.
	{use: "BPF_SDT_PROBE1(foo, (void *)0)"},
	{use: "BPF_SDT_PROBE1(any, foo)"},
	{declaration: "BPF_SDT_DECLARE1(text, const char *)", use: "BPF_SDT_PROBE1(text, mutable)"},
	{declaration: "BPF_SDT_DECLARE1(text, const char *)", use: "BPF_SDT_PROBE1(text, \"literal\")"},
	{use: "BPF_SDT_PROBE1(foo, bar)", want: "argument 1 of probe 'foo' is not of the type"},
	{use: "BPF_SDT_PROBE1(foo, any)", want: "argument 1 of probe 'foo' is not of the type"},
	{use: "BPF_SDT_PROBE1(foo, *foo)", want: "argument 1 of probe 'foo' is not of the type"},
	{use: "BPF_SDT_PROBE1(foo, 0)", want: "argument 1 of probe 'foo' is not of the type"},
	{use: "BPF_SDT_PROBE1(mut, text)", want: "argument 1 of probe 'mut' is not of the type"},
	{use: "BPF_SDT_PROBE1(any, text)", want: "argument 1 of probe 'any' is not of the type"},
	{use: "BPF_SDT_PROBE2(two, 1, foo)", want: `compatible_p\(int, struct foo \*\).*argument 2 of probe 'two' is not of the type`},
	{use: "BPF_SDT_PROBE1(record, other)", want: "argument 1 of probe 'record' is not of the type"},
	{use: "BPF_SDT_PROBE2(two, (void)0, 1)", want: "argument 1 of probe 'two' is not of the type"},

	// The number of arguments, and the name.
	{use: "BPF_SDT_PROBE1(two, 1)", want: `probe 'two' is declared with 2 argument\(s\) and used with 1`},
	{use: "BPF_SDT_PROBE3(two, 1, 2, 3)", want: `probe 'two' is declared with 2 argument\(s\) and used with 3`},
	{use: "BPF_SDT_PROBE(two)", want: `probe 'two' is declared with 2 argument\(s\) and used with 0`},
	{use: "BPF_SDT_PROBE1(none, 1)", want: `probe 'none' is declared with 0 argument\(s\) and used with 1`},
	{use: "BPF_SDT_TRACE(five, 1, 2, 3, 4)", want: `probe 'five' is declared with 5 argument\(s\) and used with 4`},
	{use: "BPF_SDT_TRACE(five, 1, 2, 3, 4, 5, 6)", want: "probe 'five' has more than 5 arguments"},
	{declaration: "BPF_SDT_DECLARE_N(six, int, int, int, int, int, int)", want: "probe 'six' has more than 5 arguments"},
	{use: "BPF_SDT_PROBE(nowhere)", want: "undeclared identifier '__sdt_declared_nowhere'"},

	// Declarations.
	{declaration: "BPF_SDT_DECLARE2(d, int, struct big)", want: "argument 2 of probe 'd' is declared with a type that is not 1 to 8 bytes wide"},
	{declaration: "BPF_SDT_DECLARE3(d, int, int, __int128)", want: "argument 3 of probe 'd' is declared with a type that is not 1 to 8 bytes wide"},
	{declaration: "BPF_SDT_DECLARE1(d, double)", want: "argument 1 of probe 'd' is declared with a type other than"},
	{declaration: "BPF_SDT_DECLARE1(d, char[4])", want: "argument 1 of probe 'd' is declared with a type other than"},
	{declaration: "BPF_SDT_DECLARE2(d, int, void)", want: "argument 2 of probe 'd' is declared with a type other than"},
	{declaration: "BPF_SDT_DECLARE1(d, void(int))", want: "argument 1 of probe 'd' is declared with a type other than"},
	{declaration: "BPF_SDT_DECLARE1(d, struct never_completed)", want: "incomplete type"},
	{declaration: "BPF_SDT_DECLARE2(two, int, int)"},
	{declaration: "BPF_SDT_DECLARE2(two, int, long)", want: "redeclaration of '__sdt_chk_two_2' with a different type"},
	{declaration: "BPF_SDT_DECLARE1(two, int)", want: "'__sdt_type_two' with a different type"},
}

// TestTypes runs the cases. No object is written: they are all about what the front end says.
func TestTypes(t *testing.T) {
	forEachClang(t, func(t *testing.T, clang string, _ []string) {
		for _, c := range typeCases {
			args := []string{"-target", "bpf", "-fsyntax-only", "-std=c17", "-Wall", "-Wextra"}
			if c.declaration != "" {
				args = append(args, "-DDECLARATION="+c.declaration)
			}
			if c.use != "" {
				args = append(args, "-DUSE="+c.use)
			}
			output, ok := check(t, clang, "reject.c", args...)
			switch {
			case c.want == "" && (!ok || output != ""):
				t.Errorf("%s %s: rejected:\n%s", c.declaration, c.use, output)
			case c.want != "" && ok:
				t.Errorf("%s %s: accepted, want %q", c.declaration, c.use, c.want)
			case c.want != "" && !regexp.MustCompile(c.want).MatchString(output):
				t.Errorf("%s %s: got\n%s\nwant %q", c.declaration, c.use, output, c.want)
			case strings.Contains(c.want, "used with") && strings.Count(output, " error: ") != 1:
				t.Errorf("%s %s: a wrong number of arguments is to be said once:\n%s", c.declaration, c.use, output)
			}
		}
	})
}
