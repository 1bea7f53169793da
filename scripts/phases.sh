# Sourced: phases that say at the end how long each took, and one that runs beside them.
notes=$(mktemp -d) beside=
over() {
	local code=$?
	trap - EXIT INT TERM
	if [ -n "$beside" ]; then
		kill -- "-$beside" 2>/dev/null && printf '        %s: ended\n' "$besides" >>"$notes/times"
		wait "$beside" 2>/dev/null || true
	fi
	echo "== how long it took"
	cat "$notes/times" 2>/dev/null || true
	printf '%5d s  in all\n' "$SECONDS"
	rm -rf "$notes"
	exit "$code"
}
trap over EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# phase NAME COMMAND… runs a command. The command ends at its first error by itself.
phase() {
	local name=$1 began=$SECONDS code=0 how=
	shift
	echo "== $name"
	"$@" || code=$? how=': FAILED'
	printf '%5d s  %s%s\n' $((SECONDS - began)) "$name" "$how" >>"$notes/times"
	return "$code"
}

# aside is a phase that runs while others do, as a process group that ends with this
# script. What it says is kept until rejoin.
aside() {
	besides=$1
	set -m
	phase "$@" >"$notes/said" 2>&1 </dev/null &
	beside=$!
	set +m
	echo "== beside what follows: $besides"
}

# rejoin waits for what runs aside, shows what it said, and ends as it did.
rejoin() {
	local code=0
	wait "$beside" || code=$?
	beside=
	cat "$notes/said"
	return "$code"
}
