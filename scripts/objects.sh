#!/bin/sh
# Build the objects that are committed beside their sources, other than those of the golden cases (scripts/fixtures.sh):
# linker/testdata/kernel/<case>/<name>.<compiler>.el.o.zst, linker/testdata/observe/<name>.<compiler>.el.o.zst, examples/<name>/<source>.<compiler>.el.o.zst, and
# sdt/testdata/<name>.<compiler>.el.o.zst.
#
#   scripts/objects.sh          rebuild, and write what changed
#   scripts/objects.sh --check  rebuild into a temporary folder and compare with what is committed: byte for byte where
#                               the compiler is that of linker/testdata/kernel/VERSIONS, else by meaning
#
# A compiler that is not installed is left out, and said so; with --check and STRICT=1 that is a failure.
# CLANG14, CLANG19, CLANG22 and OBJCOPY name other binaries.
set -eu

root=$(cd "$(dirname "$0")/.." && pwd)
kernel=$root/linker/testdata/kernel
check=
case ${1-} in
'') ;;
--check) check=1 ;;
*) echo "usage: scripts/objects.sh [--check]" >&2; exit 2 ;;
esac

: "${CLANG14:=clang-14}" "${CLANG19:=clang-19}" "${CLANG22:=clang-22}" "${OBJCOPY:=llvm-objcopy-22}"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
(cd "$root" && go build -o "$work/fixture" ./scripts/fixture)

version() { "$1" --version | sed -n 's/^ *//; /[Vv]ersion/{s/ *$//; p; q;}'; }
recorded() { sed -n "s/^$1 //p" "$kernel/VERSIONS" 2>/dev/null || :; }

if ! command -v "$OBJCOPY" >/dev/null; then
	echo "objects: no $OBJCOPY" >&2
	if [ -n "$check" ] && [ "${STRICT-}" != 1 ]; then exit 0; fi
	exit 1
fi
{
	echo '# The tools that made the committed objects; written by scripts/objects.sh.'
	echo "objcopy $(version "$OBJCOPY")"
} >"$work/VERSIONS"

failed=
missing=

# build COMPILER CC HOW DIR FLAGS... compiles the sources of a folder and stores or compares the objects. All paths are
# relative, and the folder they are relative to is mapped to ".", so that no path of this machine gets into line
# information, and clang still finds the sources, from which it copies each line. DWARF goes, for it is most of an object; the sections of a probe's declaration are called .debug_ too and
# stay, as a user's objects have them.
build() {
	c=$1 cc=$2 how=$3 dir=$4
	shift 4
	out=$work/$c/$(basename "$dir")
	mkdir -p "$out"
	for src in "$dir"/*.c; do
		base=$(basename "$src" .c)
		o=$out/$base.$c.el.o
		(cd "$dir" && "$cc" -O2 -g -target bpfel -mcpu=v3 -Wall -Werror "$@" "-ffile-prefix-map=$dir=." -c "$base.c" -o "$o") ||
			{ echo "objects: $src: $c failed" >&2; exit 1; }
		"$OBJCOPY" --strip-debug --keep-section=.debug_bpf_sdt_types --keep-section=.debug_bpf_sdt_chk "$o"
	done
	if [ -n "$check" ]; then
		"$work/fixture" check "$how" "$out" "$dir" "$c" || failed=1
	else
		"$work/fixture" pack "$out" "$dir" "$c" || failed=1
	fi
}

for c in clang14 clang19 clang22; do
	case $c in
	clang14) cc=$CLANG14 ;;
	clang19) cc=$CLANG19 ;;
	clang22) cc=$CLANG22 ;;
	esac
	if ! command -v "$cc" >/dev/null; then
		echo "objects: no $cc: its objects are left as they are" >&2
		echo "$c $(recorded "$c")" >>"$work/VERSIONS"
		missing=1
		continue
	fi
	cc=$(command -v "$cc")
	v=$(version "$cc")
	echo "$c $v" >>"$work/VERSIONS"
	how=text
	if [ "$(recorded "$c")" = "$v" ] && [ "$(recorded objcopy)" = "$(version "$OBJCOPY")" ]; then how=bytes; fi
	for dir in "$kernel"/*/; do
		build "$c" "$cc" "$how" "${dir%/}" -I.. -I../../../../include
	done
	build "$c" "$cc" "$how" "$root/linker/testdata/observe" -I../kernel -I../../../include
	build "$c" "$cc" "$how" "$root/sdt/testdata" -I../../include -I../../linker/testdata/kernel
	if [ $c = clang22 ]; then
		build "$c" "$cc" "$how" "$root/examples/firewall" -I../../include "-I/usr/include/$(uname -m)-linux-gnu"
	fi
done

if [ -z "$check" ]; then
	cmp -s "$work/VERSIONS" "$kernel/VERSIONS" || cp "$work/VERSIONS" "$kernel/VERSIONS"
elif [ -n "$missing" ] && [ "${STRICT-}" = 1 ]; then
	failed=1
fi
if [ -n "$failed" ]; then exit 1; fi
if [ -n "$check" ]; then echo "objects: the committed objects are what their sources compile to"; fi
