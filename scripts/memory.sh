# Sourced: the tests' databases, which nobody needs after a crash, go to memory where
# there is plenty. The product writes and syncs as always. The place has one name, so that
# Go remembers what has passed.
memory=/dev/shm
if [ -z "${TMPDIR:-}" ] && [ -w "$memory" ] && [ "$(df --output=avail -k "$memory" | tail -n 1)" -gt $((4 << 20)) ] &&
	[ "$(awk '/^MemAvailable/ {print $2}' /proc/meminfo)" -gt $((6 << 20)) ]; then
	export TMPDIR=$memory/holdfast-tests-$(id -u) GOTMPDIR=/tmp
	mkdir -p -m 711 "$TMPDIR"
	find "$TMPDIR" -mindepth 1 -maxdepth 1 -mmin +120 -exec rm -rf {} + # of runs that were killed
fi
