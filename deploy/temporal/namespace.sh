# Make the namespace that holds live in, once.
set -eu
temporal operator namespace describe --namespace default >/dev/null 2>&1 ||
	temporal operator namespace create --namespace default --retention 72h
