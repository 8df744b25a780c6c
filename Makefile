# What CI runs and what a person runs are the same commands.
GO ?= go
N ?= 5000
FUZZTIME ?= 10s

.PHONY: all build test deps check fuzz fuzz-kernel bench bench-qa

all: build

build:
	$(GO) build -o nfwhy ./cmd/nfwhy

# Every test. As root the kernel-backed ones run too, and what they need is
# installed from Debian's packages.
test: deps
	@if [ "$$(id -u)" = 0 ] && command -v iptables-restore >/dev/null; then \
		NFWHY_KERNEL=$${NFWHY_KERNEL-1} $(GO) test ./...; \
	else $(GO) test ./...; fi

DEBS = iptables nftables conntrack ipset tcpdump iproute2
deps:
	@if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		missing=""; for t in iptables:iptables-restore nftables:nft conntrack:conntrack ipset:ipset tcpdump:tcpdump iproute2:ip; do \
			command -v $${t#*:} >/dev/null || missing="$$missing $${t%%:*}"; done; \
		if [ -n "$$missing" ]; then apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -y -q $$missing; fi; \
	fi

check:
	@out=$$(gofmt -l .); if [ -n "$$out" ]; then echo "gofmt: $$out"; exit 1; fi
	$(GO) vet ./...
	$(GO) run honnef.co/go/tools/cmd/staticcheck@v0.8.2 ./...

# A short run of every fuzz target. A crash is kept as a seed, so that the second
# try fails as well; what passes then was the deadline of a busy machine.
fuzz:
	@set -e; for pkg in $$($(GO) list ./...); do \
		for f in $$($(GO) test -list '^Fuzz' $$pkg | grep '^Fuzz' || true); do \
			echo "$$pkg $$f"; $(GO) test -run '^$$' -fuzz "^$$f$$" -fuzztime $(FUZZTIME) $$pkg || \
			$(GO) test -run '^$$' -fuzz "^$$f$$" -fuzztime $(FUZZTIME) $$pkg; \
		done; done

# Random scenarios on the simulator and on this machine's kernel, both back ends:
# make fuzz-kernel N=5000 SEED=1 FEATURES="ipv6 nat".
SEED ?= 1
FEATURES ?=
fuzz-kernel: deps
	NFWHY_KERNEL=1 NFWHY_SCENARIOS=$(N) NFWHY_SEED=$(SEED) NFWHY_FEATURES="$(FEATURES)" \
		$(GO) test ./internal/lab -run 'TestKernelAgrees$$' -count=1 -v -timeout 0

bench:
	$(GO) test -run '^$$' -bench . -benchmem ./...

# Real questions with known answers, from the data folder (NFWHY_DATA).
bench-qa:
	$(GO) test ./cmd/nfwhy -run 'TestQuestions' -count=1 -v
