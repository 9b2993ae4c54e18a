#!/usr/bin/env bash
# Build each recipe of examples/recipes with the tool of this checkout, run what it makes, and compare what that prints.
#
#   scripts/recipes.sh [NAME...]   all, or those named: make cmake meson bazel bpf2go goembed
#
# A line for each: "ok NAME", "SKIP NAME: why" or "FAIL NAME". With STRICT=1 a recipe that is skipped is a failure, but
# for Bazel's. CLANG names the compiler; else the latest that is found is taken. Programs are loaded if this is root.
set -euo pipefail

cd "$(dirname "$0")/.."
root=$PWD
strict=${STRICT:-0}
names=("$@")
if [ $# = 0 ]; then names=(make cmake meson bazel bpf2go goembed); fi
unset MAKEFLAGS MFLAGS MAKELEVEL GOFLAGS
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM

find_clang() {
	for cc in ${CLANG:+"$CLANG"} clang clang-22 clang-19 clang-16 clang-14; do
		if command -v "$cc"; then return; fi
	done
}

# What users have on PATH, and nothing of this checkout beside.
export PATH=$work/bin:$PATH:/usr/sbin:/sbin
mkdir "$work/bin"
CGO_ENABLED=0 go build -buildvcs=false -trimpath -o "$work/bin/bpf-sdt-link" ./cmd/bpf-sdt-link
clang=$(find_clang)
if [ "$clang" ]; then
	ln -s "$clang" "$work/bin/clang"
	version=$(readlink -f "$clang")
	version=${version#*llvm-}
	strip=$(command -v "llvm-strip-${version%%/*}" || command -v llvm-strip) && ln -s "$strip" "$work/bin/llvm-strip"
fi
unset CLANG

# need TOOL... ends the recipe if one of the tools is missing.
need() {
	for tool; do
		case $tool in
		/*) [ -e "$tool" ] || skip "there is no $tool" ;;
		*) command -v "$tool" >/dev/null || skip "there is no $tool" ;;
		esac
	done
}

skip() {
	echo "$*" >"$work/skipped"
	exit 0
}

# compare EXPECTED PROGRAM... runs a program that loads, and compares what it prints.
compare() {
	local expected=$1
	shift
	if [ "$(id -u)" != 0 ]; then
		echo "built; to load it needs root" >"$work/skipped"
		return
	fi
	"$@" >printed
	diff -u "$expected" printed
}

# rebuild COMMAND... changes the header that the objects share, builds once more, and looks whether all of them changed.
rebuild() {
	sed -i 's/BLOCKED_PORT 23/BLOCKED_PORT 53/' ../src/filter.h
	sed -i 's/port 53: pass/port 53: drop/; s/port 23: drop/port 23: pass/' ../src/expected.txt
	"$@"
}

libbpf="clang bpftool cc /usr/include/bpf/libbpf.h"

recipe_make() {
	need $libbpf make
	make
	compare ../src/expected.txt build/load
	rebuild make
	compare ../src/expected.txt build/load
}

recipe_cmake() {
	need $libbpf cmake make
	cmake -B build
	cmake --build build
	compare ../src/expected.txt build/load
	rebuild cmake --build build
	compare ../src/expected.txt build/load
}

recipe_meson() {
	need $libbpf meson ninja
	meson setup build
	meson compile -C build
	compare ../src/expected.txt build/load
	rebuild meson compile -C build
	compare ../src/expected.txt build/load
}

recipe_bazel() {
	need clang bazel
	cp -r ../src .
	bazel --output_user_root="$work/bazel" build //:filter
	bpf-sdt-link probes --strict bazel-bin/filter.o
}

# Go programs get the tool as anybody does, by 'go get -tool', from a module proxy that offers this checkout.
go_setup() {
	need clang go
	local proxy
	proxy=$(cd "$root" && go run -buildvcs=false ./scripts/doctest -proxy "$work/proxy")
	GOPROXY=$proxy,$(go env GOPROXY)
	export GOPROXY GOSUMDB=off GOWORK=off CGO_ENABLED=0
	go get -tool github.com/bpfsdt/bpf-sdt-link/cmd/bpf-sdt-link
	go tool bpf-sdt-link version | grep 'v0.0.1-h'
}

recipe_bpf2go() {
	need llvm-strip
	go_setup
	go generate
	go build -o filter
	compare ../src/expected.txt ./filter
	go tool bpf-sdt-link probes filter_bpfel.o | grep 'call verdict'
	go tool bpf-sdt-link probes filter_bpfeb.o | grep 'call verdict'
	# The compiler from outside, and dependencies of all files. The object is the same.
	cp filter_bpfel.o first.o
	sed -i 's/ -cc "[^"]*"//' main.go
	BPF2GO_CC="bpf-sdt-link cc clang" BPF2GO_MAKEBASE=. go generate
	cmp filter_bpfel.o first.o
	grep '^ ../src/parse.bpf.c' filter_bpfel.go.d
}

recipe_goembed() {
	need make
	go_setup
	make
	compare ../src/expected.txt ./filter
	go tool bpf-sdt-link -o again.o build/filter.bpf.o build/parse.bpf.o build/count.bpf.o
	go tool bpf-sdt-link probes again.o | grep verdict
	go tool bpf-sdt-link probes filter.o | grep 'call verdict'
}

failed=
for name in "${names[@]}"; do
	if ! declare -F "recipe_$name" >/dev/null; then
		echo "recipes: there is no recipe '$name'" >&2
		exit 2
	fi
	rm -rf "$work/copy" "$work/skipped"
	cp -r examples/recipes "$work/copy"
	# Not as the condition of an if, within which a failure would not end it.
	set +e
	(
		set -e
		cd "$work/copy/$name"
		"recipe_$name"
	) >"$work/log" 2>&1
	status=$?
	set -e
	if [ $status != 0 ]; then
		cat "$work/log"
		echo "FAIL $name"
		failed=1
	elif [ -e "$work/skipped" ]; then
		echo "SKIP $name: $(cat "$work/skipped")"
		if [ "$strict" != 0 ] && [ "$name" != bazel ]; then failed=1; fi
	else
		echo "ok $name"
	fi
done
[ ! "$failed" ]
