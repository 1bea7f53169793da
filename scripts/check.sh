#!/usr/bin/env bash
# What a change should pass while it is being written: minutes less than test.sh, which
# proves the rest: Postgres, data races, browsers, kills.
set -euo pipefail
cd "$(dirname "$0")/.."
export GOWORK=off
. scripts/memory.sh
echo "== lint"
scripts/lint.sh
echo "== the main module on SQLite"
go test -short -timeout 5m $(go list ./... | grep -v '/store/judge$')
go test -short ./store/judge -rapid.checks 100
