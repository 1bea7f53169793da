#!/usr/bin/env bash
# Build bin/holdfast-dev. The first time compiles a Temporal server: minutes.
set -euo pipefail
export GOWORK=off
cd "$(dirname "$0")/.."
command -v go >/dev/null || { echo "Go is missing: install Go 1.26 or newer from https://go.dev/dl" >&2; exit 1; }
[ -x bin/holdfast-dev ] || echo "Building. The first time takes some minutes: a Temporal server is compiled in."
mkdir -p bin
cd devstack
go build -v -o ../bin/holdfast-dev ./cmd/holdfast-dev 2>&1 | awk '
	/^[A-Za-z0-9._~\/-]+$/ { n++; if (n % 50 == 0) { printf "  %d packages compiled …\n", n; fflush() } next }
	{ print > "/dev/stderr" }'
