#!/usr/bin/env bash
# What every change must pass, in both modules. The development stack's tests mostly wait,
# for deadlines and for people: they run beside the main module's, which keep the
# processors busy and give way to them.
set -euo pipefail
cd "$(dirname "$0")/.."
export GOWORK=off
command -v go >/dev/null || { echo "Go is missing: install Go 1.26 or newer from https://go.dev/dl" >&2; exit 1; }
. scripts/memory.sh
. scripts/phases.sh
# What the race detector watches is ours: SQLite, translated from C, is a library, and
# watching it takes most of the time. Its users' memory and locks are watched.
raced=(-race '-gcflags=modernc.org/...=-race=false')
# These start no goroutine and change nothing that two could share, so that nothing can
# race in them; layout holds them to it.
pure=(api/client audit channels/sms layout messages migrations numbers queue signing web)
others=$(printf '|%s' store/judge "${pure[@]}")

devstack() { cd devstack && go vet ./... && go test -vet=off -timeout 40m -parallel 8 ./...; }

phase "what is needed" scripts/need.sh
phase "the pages: built anew, they are what is committed" scripts/web.sh --check
phase "lint" scripts/lint.sh # vets what is tested below, and is alone: beside the stack's tests it takes four times as long
aside "the development stack (the first time compiles a Temporal server: minutes)" devstack
failed=
phase "the main module, with the race detector" \
	nice go test "${raced[@]}" -vet=off -timeout 30m $(go list ./... | grep -vE "^holdfast/(${others#|})\$") || failed=1
phase "what has nothing to race, and the judge: two thousand sequences (more: go test ./store/judge -rapid.checks 10000)" \
	nice go test -vet=off "${pure[@]/#/./}" ./store/judge || failed=1
[ -z "$failed" ] || echo "FAILED, as is said above. The development stack's tests are still waited for."
rejoin || failed=1
[ -z "$failed" ]
