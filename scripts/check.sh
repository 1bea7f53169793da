#!/usr/bin/env bash
# What a change should pass while it is being written: minutes less than test.sh, which
# proves the rest: Postgres, data races, browsers, kills.
set -euo pipefail
cd "$(dirname "$0")/.."
export GOWORK=off
. scripts/memory.sh
. scripts/phases.sh
phase "lint" scripts/lint.sh # vets what is tested below
phase "the main module on SQLite" go test -vet=off -short -timeout 5m $(go list ./... | grep -v '/store/judge$')
phase "the judge: a hundred sequences" go test -vet=off -short ./store/judge -rapid.checks 100
