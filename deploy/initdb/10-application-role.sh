#!/bin/sh
# The role under which Holdfast runs; `holdfast migrate --grant` gives it rights.
set -eu
psql -v ON_ERROR_STOP=1 -v password="$(cat /run/secrets/database_app_password)" --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" <<'SQL'
CREATE ROLE holdfast_app LOGIN PASSWORD :'password';
SQL
