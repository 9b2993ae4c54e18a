#!/bin/sh
# All tests: install the tools that are missing, run 'go test ./...' and every fuzz target, name what could not run.
#
#   NO_INSTALL=1   install nothing
#   FUZZTIME=5s    how long each fuzz target runs, 0 for not at all
#   STRICT=1       a test that is skipped is a failure, but for those in scripts/allowed-skips
set -eu

cd "$(dirname "$0")/.."
# bpftool is in /usr/sbin, which is not in the PATH of every user.
PATH=$PATH:/usr/sbin:/sbin
export PATH

strict=
if [ "${STRICT-}" ] && [ "${STRICT-}" != 0 ]; then strict=-strict; fi

scripts/tools.sh
CGO_ENABLED=${CGO_ENABLED-0} go run ./scripts/testrun $strict -allow scripts/allowed-skips -fuzztime "${FUZZTIME:-5s}" ./...
