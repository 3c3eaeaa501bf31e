#!/usr/bin/env bash
# Runs every fuzz target of the repository for the given time.
set -euo pipefail
cd "$(dirname "$0")/.."
for file in $(git grep -l '^func Fuzz' -- '*_test.go'); do
	for target in $(grep -oP '^func \KFuzz\w+' "$file"); do
		go test "./$(dirname "$file")" -run '^$' -fuzz "^$target\$" -fuzztime "${1:-30s}"
	done
done
