#!/usr/bin/env bash
# Formatting, vet, static checks, workflow determinism.
set -euo pipefail
cd "$(dirname "$0")/.."
export GOWORK=off
unformatted=$(git ls-files '*.go' | xargs gofmt -l)
[ -z "$unformatted" ] || { echo "gofmt: $unformatted" >&2; exit 1; }
for module in . devstack tools; do (cd "$module" && go mod tidy -diff); done
go vet ./...
go tool -modfile=tools/go.mod staticcheck ./...
go tool -modfile=tools/go.mod workflowcheck ./workflows
