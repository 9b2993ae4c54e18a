#!/bin/sh
# Build the objects of the golden cases, golden/testdata/<case>/<name>.<compiler>.<el|eb>.o.zst.
#
#   scripts/fixtures.sh [CASE...]          rebuild, and write what changed
#   scripts/fixtures.sh --check [CASE...]  rebuild into a temporary folder and compare with what is committed: byte for
#                                          byte where the tools are those of golden/testdata/VERSIONS, else by meaning
#
# A compiler that is not installed is left out, and said so; with --check and STRICT=1 that is a failure.
# CLANG14, CLANG19, CLANG22 and OBJCOPY name other binaries.
set -eu

root=$(cd "$(dirname "$0")/.." && pwd)
data=$root/golden/testdata
check=
if [ "${1-}" = --check ]; then check=1; shift; fi

: "${CLANG14:=clang-14}" "${CLANG19:=clang-19}" "${CLANG22:=clang-22}" "${OBJCOPY:=llvm-objcopy-22}"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
(cd "$root" && go build -o "$work/fixture" ./scripts/fixture)

version() { "$1" --version | sed -n 's/^ *//; /[Vv]ersion/{s/ *$//; p; q;}'; }
recorded() { sed -n "s/^$1 //p" "$data/VERSIONS" 2>/dev/null || :; }

if ! command -v "$OBJCOPY" >/dev/null; then
	echo "fixtures: no $OBJCOPY" >&2
	exit 1
fi
{
	echo '# The tools that made the committed objects; written by scripts/fixtures.sh.'
	echo "objcopy $(version "$OBJCOPY")"
} >"$work/VERSIONS"

# How the objects are compared: byte for byte, or by their canonical text.
how() {
	if [ "$(recorded "$1")" = "$2" ] && [ "$(recorded objcopy)" = "$(version "$OBJCOPY")" ]; then echo bytes; else echo text; fi
}

if [ $# -eq 0 ]; then
	set -- $(cd "$data" && for f in */*.c; do dirname "$f"; done | sort -u)
fi

# DWARF goes, for it is most of an object. The sections of a probe's declaration are called .debug_ too and stay, as a
# user's objects have them.
strip_dwarf() { "$OBJCOPY" --strip-debug --keep-section=.debug_bpf_sdt_types --keep-section=.debug_bpf_sdt_chk "$1"; }

failed=
missing=
for c in clang14 clang19 clang22; do
	case $c in
	clang14) cc=$CLANG14 ;;
	clang19) cc=$CLANG19 ;;
	clang22) cc=$CLANG22 ;;
	esac
	if ! command -v "$cc" >/dev/null; then
		echo "fixtures: no $cc: its objects are left as they are" >&2
		echo "$c $(recorded "$c")" >>"$work/VERSIONS"
		missing=1
		continue
	fi
	cc=$(command -v "$cc")
	v=$(version "$cc")
	echo "$c $v" >>"$work/VERSIONS"
	for name in "$@"; do
		dir=$data/$name
		only=$(cat "$dir"/*.c | sed -n 's|^// Compilers: *||p')
		case " ${only:-$c} " in *" $c "*) ;; *) continue ;; esac
		out=$work/$c/$name
		mkdir -p "$out"
		for src in "$dir"/*.c; do
			base=$(basename "$src" .c)
			flags=$(sed -n 's|^// Compile: *||p' "$src")
			for e in el eb; do
				# All paths are relative and the folder they are relative to is mapped to ".", so that
				# no path of this machine gets into line information.
				(cd "$dir" && "$cc" -fno-crash-diagnostics -O2 -g -target "bpf$e" -mcpu=v3 -Wall -Werror -I.. -I../../../include \
					"-ffile-prefix-map=$dir=." $flags -c "$base.c" \
					-o "$out/$base.$c.$e.o") || { echo "fixtures: $name/$base.c: $c failed" >&2; exit 1; }
				strip_dwarf "$out/$base.$c.$e.o"
			done
		done
		if [ -n "$check" ]; then
			"$work/fixture" check "$(how "$c" "$v")" "$out" "$dir" "$c" || failed=1
		else
			"$work/fixture" pack "$out" "$dir" "$c" || failed=1
		fi
	done
done

if [ -z "$check" ]; then
	cmp -s "$work/VERSIONS" "$data/VERSIONS" || cp "$work/VERSIONS" "$data/VERSIONS"
elif [ -n "$missing" ] && [ "${STRICT-}" = 1 ]; then
	failed=1
fi
[ -z "$failed" ]
