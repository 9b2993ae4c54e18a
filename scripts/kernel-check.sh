#!/bin/sh
# Run the tests that load programs and observe them, and what the documents tell their reader to do, under kernels 6.1
# and 6.12, in QEMU. What cannot run is named; with
# STRICT=1 that is a failure, and so is a test that is skipped, always, for under these kernels all of them can run.
set -eu

cd "$(dirname "$0")/.."
export CGO_ENABLED=0
linker='^(TestObserve|TestKernelCilium$)'
sdt='^(TestObserve|TestExplainKernel$|TestRecursive$|TestRunning$|TestRunningAll$)'
documents='docs/tutorial.md+README.md docs/libbpf.md docs/go.md' # those joined by + have one folder; doctest_test.go has the others

# skip WHY
skip() {
	echo "kernel-check: not run: $1"
	if [ "${STRICT-}" ] && [ "${STRICT-}" != 0 ]; then exit 1; fi
	exit 0
}

scripts/tools.sh
mkdir -p build
if [ "$(uname -m)" != x86_64 ]; then skip "the kernels are for x86-64"; fi
command -v qemu-system-x86_64 >/dev/null || skip "qemu-system-x86_64 is not installed"
scripts/kernel.sh || skip "no kernels"
gcc -O2 -Wall -Werror -static -o build/observe linker/testdata/observe.c -lbpf -lelf -lz ||
	skip "the program that uses libbpf needs gcc, and static libbpf, libelf and zlib"
make -s build
go build -o build/vmrun ./scripts/vmrun
go build -o build/doctest ./scripts/doctest
for p in linker sdt; do go test -c -o "build/$p.test" "./$p"; done
root=$PWD

# inside KERNEL PACKAGE TESTS FLAGS...: the tests of a package, with its testdata.
inside() {
	k=$1 p=$2 t=$3
	shift 3
	(cd "$p" && "$root/build/vmrun" -kernel "$root/build/kernels/vmlinuz-$k" "$@" "$root/build/$p.test" -test.run "$t" -test.v)
}

# check KERNEL: the output goes to a file, for two of them run at once.
check() (
	inside "$1" linker "$linker" -copy "$root/build/observe" -env "BPF_SDT_OBSERVE=$root/build/observe"
	inside "$1" sdt "$sdt" -copy "$root/build/observe" -env "BPF_SDT_OBSERVE=$root/build/observe"
) >"build/kernel-$1.log" 2>&1

# documents KERNEL: one after the other, for they pin programs under the same names on this machine too.
documents() {
	for d in $documents; do
		echo "$d" | tr + '\n' | xargs build/doctest -tool build/bpf-sdt-link -vmrun "$root/build/vmrun" -kernel "$root/build/kernels/vmlinuz-$1" || return
	done
}

check 6.1 & first=$!
check 6.12 & second=$!
failed=
for k in 6.1:$first 6.12:$second; do
	log=build/kernel-${k%%:*}.log
	status=0
	wait "${k##*:}" || status=$?
	passed=$(grep -c -e '--- PASS' "$log" || :)
	documents "${k%%:*}" >>"$log" 2>&1 || status=$?
	if [ $status != 0 ] || [ "$passed" = 0 ] || grep -q -e '--- SKIP' -e '^skipped:' "$log"; then
		grep -v -e '=== RUN' -e '--- PASS' "$log" || :
		failed=1
	fi
	commands=$(sed -n 's/.* \([0-9]*\) in the machine, .*/\1/p' "$log" | paste -sd+ -)
	echo "kernel-check: ${k%%:*}: $passed tests passed, $((${commands:-0})) commands of documents, exit status $status ($log)"
done
[ -z "$failed" ]
