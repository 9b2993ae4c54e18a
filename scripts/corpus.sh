#!/bin/sh
# Build the objects of the corpus, linker/testdata/corpus/<case>/<name>.<compiler>.<el|eb>.o.zst.
#
#   scripts/corpus.sh [CASE...]          rebuild, and write what changed
#   scripts/corpus.sh --check [CASE...]  rebuild into a temporary folder and compare with what is committed: byte for
#                                        byte where the tools are those of linker/testdata/corpus/VERSIONS, else by
#                                        meaning
#
# Little endian for every compiler, big endian for the oldest and the newest. A compiler that is not installed is left
# out, and said so; with --check and STRICT=1 that is a failure. CLANG14, CLANG19, CLANG22 and OBJCOPY name other
# binaries.
set -eu

root=$(cd "$(dirname "$0")/.." && pwd)
corpus=$root/linker/testdata/corpus
check=
if [ "${1-}" = --check ]; then check=1; shift; fi

: "${CLANG14:=clang-14}" "${CLANG19:=clang-19}" "${CLANG22:=clang-22}" "${OBJCOPY:=llvm-objcopy-22}"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
(cd "$root" && go build -o "$work/fixture" ./scripts/fixture)

version() { "$1" --version | sed -n 's/^ *//; /[Vv]ersion/{s/ *$//; p; q;}'; }
recorded() { sed -n "s/^$1 //p" "$corpus/VERSIONS" 2>/dev/null || :; }

if ! command -v "$OBJCOPY" >/dev/null; then
	echo "corpus: no $OBJCOPY" >&2
	if [ -n "$check" ] && [ "${STRICT-}" != 1 ]; then exit 0; fi
	exit 1
fi
# libbpf's headers are read, their version matters as little as that of any other header: what they define is inlined.
if [ ! -e /usr/include/bpf/bpf_helpers.h ]; then
	echo "corpus: no bpf/bpf_helpers.h (libbpf-dev)" >&2
	if [ -n "$check" ] && [ "${STRICT-}" != 1 ]; then exit 0; fi
	exit 1
fi
{
	echo '# The tools that made the committed objects; written by scripts/corpus.sh.'
	echo "objcopy $(version "$OBJCOPY")"
} >"$work/VERSIONS"

if [ $# -eq 0 ]; then
	set -- $(cd "$corpus" && for f in */*.c; do dirname "$f"; done | sort -u)
fi

# compile COMPILER CC HOW ENDIANS CASE... compiles the sources of the cases and stores or compares the objects. All
# paths are relative, and the folder they are relative to is mapped to ".", so that no path of this machine gets into
# line information. DWARF goes, for it is most of an object.
compile() {
	c=$1 cc=$2 how=$3 endians=$4
	shift 4
	for name in "$@"; do
		dir=$corpus/$name
		out=$work/$c/$name
		mkdir -p "$out"
		only=$(cat "$dir"/*.c | sed -n 's|^// Compilers: *||p')
		case " ${only:-$c} " in
		*" $c "*)
			for src in "$dir"/*.c; do
				base=$(basename "$src" .c)
				flags=$(sed -n 's|^// Compile: *||p' "$src")
				for e in $endians; do
					# shellcheck disable=SC2086
					(cd "$dir" && "$cc" -fno-crash-diagnostics -O2 -g -target "bpf$e" -mcpu=v3 -Wall -Werror \
						-idirafter "/usr/include/$(uname -m)-linux-gnu" "-ffile-prefix-map=$dir=." $flags \
						-c "$base.c" -o "$out/$base.$c.$e.o") || { echo "corpus: $name/$base.c: $c failed" >&2; failed=1; continue; }
					"$OBJCOPY" --strip-debug "$out/$base.$c.$e.o"
				done
			done
			;;
		esac
		if [ -n "$check" ]; then
			"$work/fixture" check "$how" "$out" "$dir" "$c" || failed=1
		else
			"$work/fixture" pack "$out" "$dir" "$c" || failed=1
		fi
	done
}

failed=
missing=
for c in clang14 clang19 clang22; do
	endians=el
	case $c in
	clang14) cc=$CLANG14 endians="el eb" ;;
	clang19) cc=$CLANG19 ;;
	clang22) cc=$CLANG22 endians="el eb" ;;
	esac
	if ! command -v "$cc" >/dev/null; then
		echo "corpus: no $cc: its objects are left as they are" >&2
		echo "$c $(recorded "$c")" >>"$work/VERSIONS"
		missing=1
		continue
	fi
	cc=$(command -v "$cc")
	v=$(version "$cc")
	echo "$c $v" >>"$work/VERSIONS"
	how=text
	if [ "$(recorded "$c")" = "$v" ] && [ "$(recorded objcopy)" = "$(version "$OBJCOPY")" ]; then how=bytes; fi
	compile "$c" "$cc" "$how" "$endians" "$@"
done

if [ -z "$check" ] && [ -z "$failed" ]; then
	cmp -s "$work/VERSIONS" "$corpus/VERSIONS" || cp "$work/VERSIONS" "$corpus/VERSIONS"
elif [ -n "$check" ] && [ -n "$missing" ] && [ "${STRICT-}" = 1 ]; then
	failed=1
fi
if [ -n "$failed" ]; then exit 1; fi
if [ -n "$check" ]; then echo "corpus: the committed objects are what their sources compile to"; fi
