#!/usr/bin/env bash
# Write the secrets that docker-compose.yml reads. What is there stays.
set -euo pipefail
umask 077
dir="$(cd "$(dirname "$0")" && pwd)/secrets"
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
# The containers read them as other users than yours: each file is mounted by
# itself, so that its own mode counts there. Here the directory keeps everybody
# out but you.
chmod 0700 "$dir"
chmod 0644 "$dir"/*
echo "Secrets are in $dir. Give ledger_secret to the ledger, and keep the directory out of backups of the source."
