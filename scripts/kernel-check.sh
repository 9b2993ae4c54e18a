#!/bin/sh
# Run the tests that load programs and observe them under kernels 6.1 and 6.12, in QEMU. What cannot run is named; with
# STRICT=1 that is a failure, and so is a test that is skipped, always, for under these kernels all of them can run.
set -eu

cd "$(dirname "$0")/.."
export CGO_ENABLED=0
tests='^(TestObserve|TestKernelCilium$)'

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
go build -o build/vmrun ./scripts/vmrun
go test -c -o build/linker.test ./linker

# check KERNEL: the output goes to a file, for two of them run at once.
check() {
	cd linker
	"../build/vmrun" -kernel "../build/kernels/vmlinuz-$1" -copy "$PWD/../build/observe" \
		-env "BPF_SDT_OBSERVE=$(cd .. && pwd)/build/observe" ../build/linker.test -test.run "$tests" -test.v >"../build/kernel-$1.log" 2>&1
}

check 6.1 & first=$!
check 6.12 & second=$!
failed=
for k in 6.1:$first 6.12:$second; do
	log=build/kernel-${k%%:*}.log
	status=0
	wait "${k##*:}" || status=$?
	passed=$(grep -c -e '--- PASS' "$log" || :)
	if [ $status != 0 ] || [ "$passed" = 0 ] || grep -q -e '--- SKIP' "$log"; then
		grep -v -e '=== RUN' -e '--- PASS' "$log" || :
		failed=1
	fi
	echo "kernel-check: ${k%%:*}: $passed tests passed, exit status $status ($log)"
done
[ -z "$failed" ]
