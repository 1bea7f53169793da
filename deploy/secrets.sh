#!/usr/bin/env bash
# Write what docker-compose.yml reads: the secrets, each for the user of the
# containers that read it and for nobody else, and the settings in holdfast.env.
# What is there stays. Run it again after a change, then `docker compose up -d`.
set -euo pipefail
umask 077
here="$(cd "$(dirname "$0")" && pwd)"
dir="$here/secrets"
[ "$(id -u)" -eq 0 ] || { echo "Run it as root (sudo $0): the secrets belong to the containers' users." >&2; exit 1; }
mkdir -p "$dir"
once() { [ -s "$dir/$1" ] || printf '%s' "$2" > "$dir/$1"; }
word() { od -An -N24 -tx1 /dev/urandom | tr -d ' \n'; }
once database_owner_password "$(word)"
once database_app_password "$(word)"
once temporal_database_password "$(word)"
once ledger_secret "whsec_$(head -c 32 /dev/urandom | base64 | tr -d '\n')"
once holdfast_owner_database "postgres://holdfast_owner:$(cat "$dir/database_owner_password")@database:5432/holdfast?sslmode=disable"
once holdfast_database "postgres://holdfast_app:$(cat "$dir/database_app_password")@database:5432/holdfast?sslmode=disable"
once twilio_auth_token "${TWILIO_AUTH_TOKEN:-}"
once oidc_client_secret "${OIDC_CLIENT_SECRET:-}"
once sms_keys "$(date +%Y-%m):$(head -c 32 /dev/urandom | base64 | tr -d '\n')"
once payee_keys "$(date +%Y-%m):$(head -c 32 /dev/urandom | base64 | tr -d '\n')"
# Empty until it is wanted: what a file with nothing in it names is not set.
for name in face_key database_direct twilio_api_secret lookups_api_secret payee_secrets recall_secret wake_secrets outbound_proxy temporal_api_key face_link_key face_vendor_secret; do
	[ -e "$dir/$name" ] || : > "$dir/$name"
done
chmod 0700 "$dir"
chmod 0400 "$dir"/*
chown 65532:65532 "$dir"/*                    # Holdfast
chown 0:0 "$dir/database_owner_password"      # PostgreSQL's start
chown 999:999 "$dir/database_app_password"    # PostgreSQL
chown 1000:1000 "$dir/temporal_database_password" # Temporal; PostgreSQL's start
# With another revision `up -d` makes the containers anew.
rm -f "$dir/revision"
echo "SECRETS_REVISION=$(cd "$dir" && cat -- * | sha256sum | cut -c1-16)" > "$dir/revision"
[ -s "$here/holdfast.env" ] ||
	sed "s|^HOLDFAST_LEDGER_URL=.*|HOLDFAST_LEDGER_URL=${LEDGER_URL:-}|" "$here/holdfast.env.example" > "$here/holdfast.env"
# The containers read these, under whatever umask they were checked out.
chmod -R a+rX "$here/initdb" "$here/temporal" "$here/proxy.conf"
chmod a+rx "$here/config"
# What lies in config is read by everybody; but keys by Holdfast alone.
find "$here/config" -type f ! -name '*key*' -exec chmod a+r {} +
find "$here/config" -type f -name '*key*' -exec chown 65532:65532 {} + -exec chmod 0400 {} +
if [ -n "${SUDO_UID:-}" ]; then # Compose reads these two as the one who calls it
	chown "$SUDO_UID" "$here/holdfast.env" "$dir/revision"
	chgrp "${SUDO_GID:-0}" "$dir" && chmod 0710 "$dir"
fi
echo "Secrets are in $dir, settings in $here/holdfast.env. Give ledger_secret to the ledger, and keep both out of backups of the source."
