#!/usr/bin/env bash
# Install what the tests need and Debian lacks; elsewhere say what to install.
set -euo pipefail
missing=()
ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || command -v initdb >/dev/null || [ -n "${HOLDFAST_TEST_POSTGRES:-}" ] || missing+=(postgresql)
command -v pgbouncer >/dev/null || [ -x /usr/sbin/pgbouncer ] || missing+=(pgbouncer)
command -v gcc >/dev/null || missing+=(gcc libc6-dev)
command -v chromium >/dev/null || missing+=(chromium)
fc-list :lang=zh 2>/dev/null | grep -q . || missing+=(fontconfig fonts-wqy-microhei)
[ ${#missing[@]} -eq 0 ] && exit 0
if command -v apt-get >/dev/null; then
	sudo=""
	[ "$(id -u)" -eq 0 ] || sudo=sudo
	echo "Installing ${missing[*]} …"
	$sudo apt-get update -qq
	DEBIAN_FRONTEND=noninteractive $sudo apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
	exit 0
fi
echo "Please install: ${missing[*]} (PostgreSQL 15 or newer with initdb on the PATH, or set HOLDFAST_TEST_POSTGRES to a server's URL; PgBouncer; a C compiler for the race detector; Chromium and a Chinese font for the browser tests)." >&2
exit 1
