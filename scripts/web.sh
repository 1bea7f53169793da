#!/usr/bin/env bash
# Build the pages from web/src: what the binaries embed, and what is committed.
# With --check, fail where what is committed is not what the sources give.
set -euo pipefail
cd "$(dirname "$0")/.."
need="Node.js 20.19 or newer is needed to build the pages (Go alone builds the product): https://nodejs.org"
command -v node >/dev/null && command -v npm >/dev/null || { echo "$need" >&2; exit 1; }
node -e 'const [a, b] = process.versions.node.split(".").map(Number); process.exit(a > 22 || (a === 22 && b >= 12) || (a === 20 && b >= 19) ? 0 : 1)' ||
	{ echo "$need (this is $(node --version); 21 and 22.0 to 22.11 do not do)" >&2; exit 1; }
cd web
stamp=node_modules/.package-lock.json
[ -e "$stamp" ] && [ ! package-lock.json -nt "$stamp" ] || npm ci --no-audit --no-fund --loglevel=error
if grep -n '"resolved"' package-lock.json; then
	echo "web/package-lock.json has download addresses: npm install with web/.npmrc leaves them out" >&2
	exit 1
fi
said=$(npm run --silent build 2>&1) || { echo "$said" >&2; exit 1; }
cd ..
built=(web/dist web/src/sdk/api.d.ts devstack/pages/dist)
if [ "${1:-}" = --check ] && [ -n "$(git status --porcelain -- "${built[@]}")" ]; then
	git status --short -- "${built[@]}" >&2
	echo "The built pages are not what web/src gives: run make web and commit what it writes." >&2
	exit 1
fi
