# The commands of the README. `make test` needs Go, git, node and apt; everything
# else it installs through scripts/setup-test.sh when it is missing.

GO      ?= go
PKGS    ?= ./...
export CGO_ENABLED ?= 0

.PHONY: all build run test test-short lint bench fuzz migrations clean

all: lint test

build: ## the demo's binary; docs/operations.md tells what the tag is for
	$(GO) build -tags validator_novalidatefn -trimpath -ldflags="-s -w" -o bin/demo ./demo

run: ## the demo on http://127.0.0.1:8080
	$(GO) run ./demo run

test: ## everything, with the race detector, real servers and a real browser
	scripts/setup-test.sh
	scripts/test.sh $(PKGS)

test-short: ## what needs no server and no browser
	$(GO) test -short $(PKGS)

lint: ## format, vet, staticcheck, known vulnerabilities
	scripts/lint.sh

bench: ## the figures of docs/performance.md
	scripts/bench.sh

FUZZTIME ?= 30s
fuzz: ## every fuzz target for FUZZTIME
	scripts/fuzz.sh $(FUZZTIME)

migrations: ## the next migrations of the platform and the demo: make migrations NAME=add_credit
	$(GO) test ./server -run TestPlatformMigrations -migration $(NAME)
	cd demo && $(GO) run . migrate new $(NAME)

clean:
	rm -rf bin .appos demo/.appos
