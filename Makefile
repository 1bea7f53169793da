SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
export GOWORK := off
export GOFLAGS := -buildvcs=false $(GOFLAGS)
DATA ?= .holdfast
NAME ?= maria

.DEFAULT_GOAL := help
.PHONY: help run phone agent clock demo bench bench-check check test test-compose lint build dev generate web clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: dev ## run the embedded stack: Temporal, its UI, the sandbox ledger, Holdfast (DATA=dir, ARGS="--port 8081")
	@exec bin/holdfast-dev run --data $(DATA) $(ARGS)

phone: dev ## a customer's phone in this terminal (NAME=maria, lin or omar; ARGS=--no-app)
	@exec bin/holdfast-dev phone $(NAME) --data $(DATA) $(ARGS)

agent: dev ## an agent's desk in this terminal (NAME=ana, bo, sam or sue)
	@exec bin/holdfast-dev agent $(if $(filter command line,$(origin NAME)),$(NAME),ana) --data $(DATA)

clock: dev ## the running stack's clock, put forward by BY=24h, or shown
	@exec bin/holdfast-dev clock $(BY) --data $(DATA)

demo: dev ## play the example payments and check the invariants (ARGS="--seed 7")
	@exec bin/holdfast-dev drill --input examples/payments.csv $(ARGS)

check: ## lint and the quick tests, on SQLite: for while you write (two minutes)
	@scripts/check.sh

bench: dev ## measure Holdfast beside the bare engine, about 15 minutes (ROWS=4,5; ARGS=--quick, --docs or --help)
	@exec bin/holdfast-dev bench $(if $(ROWS),--rows $(ROWS)) $(ARGS)

bench-check: dev ## the same, and fail where a ratio falls short
	@exec bin/holdfast-dev bench --check $(if $(ROWS),--rows $(ROWS)) $(ARGS)

test: ## install what is missing (Debian), then vet, lint and test both modules
	@scripts/test.sh

test-compose: ## docker-compose.yml on an engine of its own, and its crashes (Debian, root)
	@scripts/test-compose.sh

lint: ## formatting, vet, static checks, workflow determinism
	@scripts/lint.sh

build: ## the production binary, bin/holdfast
	@CGO_ENABLED=0 go build -trimpath -o bin/holdfast ./cmd/holdfast

dev: ## the development binary, bin/holdfast-dev
	@scripts/build-dev.sh

generate: ## the API's server and client from api/openapi.yaml
	@go generate ./api

web: ## the pages, from web/src (needs Node.js)
	@scripts/web.sh

clean: ## remove what was built; the state in DATA stays
	@rm -rf bin
