# Make or update the schemas of Temporal's two databases.
set -eu
SQL_PASSWORD=$(cat /run/secrets/temporal_database_password)
export SQL_PASSWORD SQL_PLUGIN=postgres12 SQL_HOST=temporal-database SQL_PORT=5432 SQL_USER=temporal
for name in temporal visibility; do
	database=temporal
	[ "$name" = temporal ] || database=temporal_visibility
	# What is there already stays.
	temporal-sql-tool --db "$database" create
	temporal-sql-tool --db "$database" setup-schema -v 0.0
	temporal-sql-tool --db "$database" update-schema -d "/etc/temporal/schema/postgresql/v12/$name/versioned"
done
