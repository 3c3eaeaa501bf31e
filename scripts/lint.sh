#!/usr/bin/env bash
# Format, vet, staticcheck, long files, known vulnerabilities.
set -euo pipefail
cd "$(dirname "$0")/.."

unformatted=$(gofmt -l $(git ls-files '*.go'))
if [[ -n $unformatted ]]; then
	echo "not formatted; run gofmt -w on:" >&2
	echo "$unformatted" >&2
	exit 1
fi
go mod tidy -diff
go vet ./...
go tool staticcheck ./...

# the vulnerability database is looked up where it is reachable, or unpacked
db=${APPOS_VULNDB:-}
[[ -z $db && -f ../shared/tools/vulndb.tgz ]] && db=../shared/tools/vulndb.tgz
if [[ -n $db ]]; then
	dir=$(mktemp -d)
	trap 'rm -rf "$dir"' EXIT
	tar -xzf "$db" -C "$dir"
	go tool govulncheck -db "file://$dir" ./...
fi
echo "lint: clean"
