#!/bin/sh
# gofmt, go vet for each system, staticcheck, govulncheck. The last two are fetched at the versions below and built in build/tools.
#
#   STRICT=1   a tool that cannot be fetched is a failure
#
# govulncheck asks https://vuln.go.dev. Where that is out of reach, it gets the same entries from the Go module
# golang.org/x/vulndb. Where both are, that is said, and is no failure; a vulnerability that the code reaches is one.
set -eu

STATICCHECK=honnef.co/go/tools/cmd/staticcheck@v0.8.2
GOVULNCHECK=golang.org/x/vuln/cmd/govulncheck@v1.9.0

cd "$(dirname "$0")/.."
GO=${GO-go}

unformatted=$(gofmt -l .)
if [ "$unformatted" ]; then
	echo "gofmt -l:"
	echo "$unformatted"
	exit 1
fi
$GO vet ./...
for m in plot release reporttest; do (cd scripts/$m && $GO vet .); done
# The command, and all that it is made of, is for other systems too. The rest is for Linux, where there is BPF.
module=$($GO list -m)
portable=$($GO list -deps ./cmd/bpf-sdt-link | grep "^$module/")
for os in darwin freebsd windows; do
	# shellcheck disable=SC2086 # a list
	GOOS=$os $GO vet $portable
done
GOARCH=arm64 $GO vet ./...

# fetch sets $tool to the path of a tool; it fails if that cannot be had.
fetch() {
	dir=$PWD/build/tools/${1##*@}
	tool=${1%@*}
	tool=$dir/${tool##*/}
	[ -x "$tool" ] && return
	if GOBIN=$dir $GO install "$1"; then return; fi
	echo "not run, because it cannot be fetched: $1"
	if [ "${STRICT-}" ] && [ "${STRICT-}" != 0 ]; then exit 1; fi
	return 1
}

if fetch "$STATICCHECK"; then
	"$tool" ./...
fi

# vulncheck runs govulncheck with the given options. Status 2: the database cannot be read.
vulncheck() {
	status=0
	out=$("$tool" "$@" ./... 2>&1) || status=$?
	case $out in
	*"fetching vulnerabilities:"*) return 2 ;;
	esac
	echo "$out"
	return "$status"
}

if ! fetch "$GOVULNCHECK"; then exit 0; fi
status=0
vulncheck || status=$?
if [ "$status" = 2 ]; then
	module=$($GO mod download -json golang.org/x/vulndb@latest 2>/dev/null | sed -n 's/^\t"Dir": "\(.*\)",*$/\1/p') || module=
	if [ -z "$module" ]; then
		echo "No check for known vulnerabilities: neither vuln.go.dev nor the module golang.org/x/vulndb is within reach."
		exit 0
	fi
	echo "vuln.go.dev is out of reach; the vulnerabilities are those of ${module##*/}"
	status=0
	vulncheck -db "file://$module/data/osv" || status=$?
fi
exit "$status"
