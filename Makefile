# bpf-sdt-link: 'make help' lists the targets.

GO ?= go
PREFIX ?= /usr/local
DESTDIR ?=
FUZZTIME ?= 5s
BENCH ?= .
# All tests take minutes under the race detector, which also has every process sleep for a second at its end, if not told
# otherwise. These do what runs at one time with something else.
RACE_LINKS = ^Test(AllFaults|AtOnce|Cancelled.*|Common|DeadBody|Determinism|FileRules|InputRules|JumpTables|Messages|Progress|Reference|Resolution|Rules|Unreadable)$$
RACE_RUNS = ^Test(BarHidden|Script|Signals|SignalsInCommit|ShrinkingInput)$$/^(link|signals|failure)$$

bindir = $(DESTDIR)$(PREFIX)/bin
includedir = $(DESTDIR)$(PREFIX)/include/bpf-sdt-link
mandir = $(DESTDIR)$(PREFIX)/share/man/man1
bashdir = $(DESTDIR)$(PREFIX)/share/bash-completion/completions
fishdir = $(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d
zshdir = $(DESTDIR)$(PREFIX)/share/zsh/site-functions

# A released source tree has no .git; then the version is what the Go tool knows.
VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null)
LDFLAGS = -s -w $(if $(VERSION),-X main.version=$(VERSION))
# The tag leaves out what the command line library would make manual pages with: it takes half a millisecond to start.
BUILDFLAGS = -trimpath -tags urfave_cli_no_docs -ldflags '$(LDFLAGS)'

# No C compiler is needed.
export CGO_ENABLED ?= 0
# The git that is there may refuse to read the checkout, that of another user say: no reason not to build.
export GOFLAGS ?= -buildvcs=false
export FUZZTIME STRICT NO_INSTALL

.DEFAULT_GOAL := build
.PHONY: build check report-check kernel-check demo recipes install uninstall fixtures fixtures-check fixtures-check-cases fixtures-check-objects fixtures-check-corpus fuzz bench bench-go bench-probes lint race man man-check tools clean help

build: ## build build/bpf-sdt-link
	$(GO) build $(BUILDFLAGS) -o build/bpf-sdt-link ./cmd/bpf-sdt-link

demo: build ## link the example objects, list their probes; as root load the result and send it packets
	@$(GO) run ./examples/demo -tool build/bpf-sdt-link -dir build/demo

check: ## run all tests; as root on Debian or Ubuntu install what they use (NO_INSTALL=1: do not; STRICT=1: no skips; FUZZTIME=5s)
	@scripts/check.sh

kernel-check: ## load and observe programs under kernels 6.1 and 6.12 in QEMU, which it fetches from Debian (STRICT=1: must run)
	@scripts/kernel-check.sh

recipes: ## build and run the example projects of examples/recipes (STRICT=1: all must run, but Bazel's)
	@scripts/recipes.sh

tools: ## install what the tests use
	@scripts/tools.sh

lint: ## gofmt, go vet, staticcheck, and govulncheck where a database is within reach
	@GO='$(GO)' scripts/lint.sh

race: ## run the concurrent parts under the race detector; needs gcc
	CGO_ENABLED=1 $(GO) test -race ./btfgen
	CGO_ENABLED=1 $(GO) test -race -run '$(RACE_LINKS)' ./linker
	GORACE=atexit_sleep_ms=0 CGO_ENABLED=1 $(GO) test -race -run '$(RACE_RUNS)' ./cmd/bpf-sdt-link

report-check: ## open the pages that --report writes in headless Chromium (STRICT=1: must run)
	cd scripts/reporttest && $(GO) test -count=1 .

fixtures: ## rebuild the committed objects from their C sources
	scripts/fixtures.sh
	scripts/objects.sh
	scripts/corpus.sh

fixtures-check: fixtures-check-cases fixtures-check-objects fixtures-check-corpus ## compare the committed objects with what their C sources compile to (-j3: at one time)

fixtures-check-cases:
	scripts/fixtures.sh --check

fixtures-check-objects:
	scripts/objects.sh --check

fixtures-check-corpus:
	scripts/corpus.sh --check

man: ## rewrite the manual page from docs/manual.md
	@mkdir -p build
	$(GO) run ./scripts/man docs/manual.md > build/bpf-sdt-link.1
	mv build/bpf-sdt-link.1 docs/bpf-sdt-link.1

man-check: ## compare the manual page with docs/manual.md
	$(GO) run ./scripts/man docs/manual.md | diff -u docs/bpf-sdt-link.1 -

fuzz: ## run every fuzz target for FUZZTIME
	@$(GO) run ./scripts/testrun -fuzzonly -fuzztime $(FUZZTIME) ./...

bench: build ## compare speed and memory with bpftool's (SETS=tiny,c-200 GROWTH=none ROUNDS=7; UPDATE=1: rewrite docs/performance.md)
	$(GO) build -o build/workload ./scripts/workload
	$(GO) build -ldflags '-s -w' -o build/launch ./scripts/bench/launch
	$(GO) build -o build/bench-run ./scripts/bench
	build/bench-run $(if $(SETS),-sets $(SETS)) $(if $(GROWTH),-growth $(GROWTH)) $(if $(ROUNDS),-rounds $(ROUNDS)) $(if $(UPDATE),-update-docs)
	$(if $(UPDATE),cd scripts/plot && $(GO) run . ../../build/bench/results.json ../../docs/performance.svg)

bench-go: ## run the benchmarks of the packages (BENCH=regexp)
	$(GO) test -run='^$$' -bench='$(BENCH)' -benchmem ./...

bench-probes: ## as root, measure what a probe costs on this machine, for each way to link it
	@$(GO) run ./scripts/benchprobes

# What is installed is also in scripts/release/layout.go; 'make release-check' compares the two.
install: build ## install to PREFIX (/usr/local), below DESTDIR
	install -d '$(bindir)' '$(includedir)' '$(mandir)' '$(bashdir)' '$(fishdir)' '$(zshdir)'
	install -m 755 build/bpf-sdt-link '$(bindir)/bpf-sdt-link'
	install -m 644 include/bpf_sdt.h '$(includedir)/bpf_sdt.h'
	install -m 644 docs/bpf-sdt-link.1 '$(mandir)/bpf-sdt-link.1'
	for shell in bash fish zsh; do build/bpf-sdt-link completion $$shell > build/completion.$$shell || exit; done
	install -m 644 build/completion.bash '$(bashdir)/bpf-sdt-link'
	install -m 644 build/completion.fish '$(fishdir)/bpf-sdt-link.fish'
	install -m 644 build/completion.zsh '$(zshdir)/_bpf-sdt-link'

uninstall: ## remove what install installed
	rm -f '$(bindir)/bpf-sdt-link' '$(includedir)/bpf_sdt.h' '$(mandir)/bpf-sdt-link.1'
	rm -f '$(bashdir)/bpf-sdt-link' '$(fishdir)/bpf-sdt-link.fish' '$(zshdir)/_bpf-sdt-link'
	if [ -d '$(includedir)' ]; then rmdir '$(includedir)'; fi

.PHONY: release release-check
release: ## make archives, Debian packages, lists of contents and checksums in build/release (VERSION=v1.2.3)
	cd scripts/release && $(GO) build -o ../../build/release-tool .
	GO='$(GO)' build/release-tool -version '$(VERSION)' -out build/release -- $(BUILDFLAGS)

release-check: ## make the release twice, in different surroundings, compare, and look at what it holds
	@GO='$(GO)' scripts/release-check.sh

clean: ## remove build/
	rm -rf build

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 16
