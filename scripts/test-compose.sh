#!/usr/bin/env bash
# Run docker-compose.yml on a real engine and break it. Debian, as root: it
# starts an engine of its own and stops it. No image is pulled: what the compose
# file names is stood in for, under the very tags, by Debian's own packages and
# by what the Go modules give. What was made stays in HOLDFAST_ENGINE for the
# next run.
set -euo pipefail
cd "$(dirname "$0")/.."
root=$PWD
state=${HOLDFAST_ENGINE:-/var/tmp/holdfast-engine}
compose=v2.40.3
[ "$(id -u)" -eq 0 ] || { echo "It runs an engine: run it as root." >&2; exit 1; }
missing=()
command -v dockerd >/dev/null || missing+=(docker.io)
command -v debootstrap >/dev/null || missing+=(debootstrap)
if [ ${#missing[@]} -gt 0 ]; then
	apt-get update -qq
	DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
fi
mkdir -p "$state/bin" "$state/cli/cli-plugins" "$state/build"
export GOWORK=off CGO_ENABLED=0 DOCKER_CONFIG=$state/cli DOCKER_HOST=unix://$state/sock DOCKER_BUILDKIT=0

echo "== Compose $compose, Temporal's server and schema tool, Holdfast"
if [ ! -x "$state/cli/cli-plugins/docker-compose" ]; then
	mkdir -p "$state/compose-module" && cd "$state/compose-module"
	[ -f go.mod ] || go mod init compose.local
	go get "github.com/docker/compose/v2/cmd@$compose"
	go build -mod=mod -o "$state/cli/cli-plugins/docker-compose" github.com/docker/compose/v2/cmd
	cd "$root"
fi
if [ ! -x "$state/bin/server" ]; then
	# The tools' own dependencies are not the development stack's.
	mkdir -p "$state/temporal-module"
	sed "s|=> \.\./|=> $root/|" devstack/go.mod > "$state/temporal-module/go.mod"
	cp devstack/go.sum "$state/temporal-module/"
	(cd devstack && go build -mod=mod -modfile "$state/temporal-module/go.mod" -ldflags "-s -w" -o "$state/bin/" \
		go.temporal.io/server/cmd/server go.temporal.io/server/cmd/tools/sql)
fi
go build -buildvcs=false -o "$state/bin/holdfast" ./cmd/holdfast
(cd devstack && go build -buildvcs=false -o "$state/bin/standin" ./engine/standin)
(cd devstack && go test -c -tags engine -o "$state/bin/engine.test" ./engine)

echo "== the engine"
dockerd --host "$DOCKER_HOST" --data-root "$state/data" --exec-root "$state/exec" --pidfile "$state/pid" >"$state/dockerd.log" 2>&1 &
engine=$!
project=$(mktemp -d "$state/project.XXXXXX")
stop() {
	if [ -d "$project/deploy/secrets" ]; then
		(cd "$project" && docker compose down -v --remove-orphans -t 5 >/dev/null 2>&1) || true
	fi
	kill "$engine" 2>/dev/null && wait "$engine" || true
	rm -rf "$project"
}
trap stop EXIT
for _ in $(seq 60); do docker version >/dev/null 2>&1 && break; kill -0 "$engine"; sleep 0.5; done

echo "== images"
if ! docker image inspect standin/debian >/dev/null 2>&1; then
	[ -x "$state/debian/bin/sh" ] ||
		debootstrap --variant=minbase --include=postgresql-15,gosu,netcat-openbsd,nginx-light,ca-certificates bookworm "$state/debian" >"$state/debootstrap.log"
	tar -C "$state/debian" -c . | docker import - standin/debian >/dev/null
fi
image() { # TAG, the Dockerfile on the input; files beside it are in $state/build
	cat > "$state/build/Dockerfile"
	docker build -q -t "$1" "$state/build" >/dev/null
}
rm -rf "$state/build"/*
cp "$state/bin/holdfast" "$state/bin/standin" "$state/bin/server" "$state/bin/sql" devstack/engine/postgres.sh "$state/build/"
cp -r "$(cd devstack && go list -m -f '{{.Dir}}' go.temporal.io/server)/schema/postgresql" "$state/build/schema"
chmod -R u+w "$state/build/schema"
image postgres:15 <<'D'
FROM standin/debian
RUN groupmod -g 999 -o postgres && usermod -u 999 -o postgres && chown -R postgres:postgres /var/lib/postgresql
ENV PATH=/usr/sbin:/usr/bin:/sbin:/bin:/usr/lib/postgresql/15/bin PGDATA=/var/lib/postgresql/data
COPY postgres.sh /usr/local/bin/start
VOLUME /var/lib/postgresql/data
STOPSIGNAL SIGINT
ENTRYPOINT ["/usr/local/bin/start"]
CMD ["postgres"]
D
image nginx:1.28 <<'D'
FROM standin/debian
D
image temporalio/server:1.31.0 <<'D'
FROM standin/debian
RUN useradd -u 1000 -m temporal && mkdir -p /etc/temporal && printf '#!/bin/sh\nexec temporal-server start\n' > /etc/temporal/entrypoint.sh && chmod +x /etc/temporal/entrypoint.sh
COPY server /usr/local/bin/temporal-server
WORKDIR /etc/temporal
USER temporal
D
image temporalio/admin-tools:1.31.0 <<'D'
FROM standin/debian
RUN useradd -u 1000 -m temporal
COPY sql /usr/local/bin/temporal-sql-tool
COPY standin /usr/local/bin/temporal
COPY schema /etc/temporal/schema/postgresql
USER temporal
D
image temporalio/ui:2.39.0 <<'D'
FROM scratch
COPY standin /ui
ENTRYPOINT ["/ui"]
D
image standin/ledger <<'D'
FROM scratch
COPY standin /ledger
ENTRYPOINT ["/ledger"]
D
if [ -z "${DOCKERFILE:-}" ]; then
	image holdfast:latest <<'D'
FROM scratch
COPY holdfast /holdfast
USER 65532:65532
ENTRYPOINT ["/holdfast"]
CMD ["serve"]
D
else # what the Dockerfile builds on; the modules are read from a directory
	cache=$(go env GOMODCACHE)/cache/download
	GOMODCACHE=$state/modules GOPROXY=file://$cache,$(go env GOPROXY) go mod download
	mkdir -p "$state/build/go" "$state/build/modules"
	cp -r "$(go env GOROOT)/." "$state/build/go/"
	cp -r "$state/modules/cache/download/." "$state/build/modules/"
	cp /etc/ssl/certs/ca-certificates.crt "$state/build/"
	echo 'nonroot:x:65532:65532:nonroot:/home/nonroot:/sbin/nologin' > "$state/build/passwd"
	echo 'nonroot:x:65532:' > "$state/build/group"
	image golang:1.26 <<'D'
FROM standin/debian
COPY go /usr/local/go
COPY modules /modules
ENV PATH=/usr/local/go/bin:/usr/sbin:/usr/bin:/sbin:/bin GOPATH=/go GOTOOLCHAIN=local GOPROXY=file:///modules GOSUMDB=off
D
	image gcr.io/distroless/static-debian12:nonroot <<'D'
FROM scratch
COPY ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
COPY passwd group /etc/
USER 65532
WORKDIR /home/nonroot
D
	docker image rm -f holdfast:latest >/dev/null 2>&1 || true
	git ls-files -z | tar --null -T - -c | tar -C "$project" -x
	(cd "$project" && docker compose build migrate)
fi

echo "== the test"
cp -r docker-compose.yml deploy "$project/"
rm -rf "$project/deploy/secrets" "$project/deploy/holdfast.env"
cd "$project"
(umask 077; LEDGER_URL=http://bank-ledger:9300/settlements deploy/secrets.sh)
sed -i "s|^HOLDFAST_OUTBOUND_ALLOW=.*|HOLDFAST_OUTBOUND_ALLOW=bank-ledger:9300|; s|^HOLDFAST_PUBLIC_URL=.*|HOLDFAST_PUBLIC_URL=http://localhost:${PORT:-8080}|" deploy/holdfast.env
"$state/bin/engine.test" -test.v -test.timeout 10m
