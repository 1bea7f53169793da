#!/usr/bin/env bash
# What every change must pass, in both modules.
set -euo pipefail
cd "$(dirname "$0")/.."
export GOWORK=off
command -v go >/dev/null || { echo "Go is missing: install Go 1.26 or newer from https://go.dev/dl" >&2; exit 1; }
. scripts/memory.sh
# What the race detector watches is ours: SQLite, translated from C, is a library, and
# watching it takes most of the time. Its users' memory and locks are watched.
raced=(-race '-gcflags=modernc.org/...=-race=false')
echo "== what is needed"
scripts/need.sh
echo "== the pages: built anew, they are what is committed"
scripts/web.sh --check
echo "== lint"
scripts/lint.sh
echo "== the main module, with the race detector"
go test "${raced[@]}" -timeout 30m $(go list ./... | grep -v '/store/judge$')
echo "== the judge: two thousand sequences (more: go test ./store/judge -rapid.checks 10000)"
go test ./store/judge
echo "== the development stack (the first time compiles a Temporal server: minutes)"
cd devstack
go vet ./...
go test -timeout 40m -parallel 4 ./... # most of the time they wait: for deadlines, for people
