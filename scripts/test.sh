#!/usr/bin/env bash
# What every change must pass, in both modules.
set -euo pipefail
cd "$(dirname "$0")/.."
export GOWORK=off
command -v go >/dev/null || { echo "Go is missing: install Go 1.26 or newer from https://go.dev/dl" >&2; exit 1; }
echo "== what is needed"
scripts/need.sh
echo "== the pages: built anew, they are what is committed"
scripts/web.sh --check
echo "== lint"
scripts/lint.sh
echo "== the main module, with the race detector"
go test -race -timeout 30m $(go list ./... | grep -v '/store/judge$')
echo "== the judge: two thousand sequences (more: go test ./store/judge -rapid.checks 10000)"
go test ./store/judge
echo "== the development stack (the first time compiles a Temporal server: minutes)"
cd devstack
go vet ./...
go test -timeout 40m ./...
