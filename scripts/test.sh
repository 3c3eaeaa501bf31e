#!/usr/bin/env bash
# Runs the tests with the race detector. Tests start the servers that they need
# on free ports of 127.0.0.1 and stop them; a missing one fails instead of skipping.
set -euo pipefail
cd "$(dirname "$0")/.."
export APPOS_TEST_REQUIRE_SERVICES=1

# one PostgreSQL for the whole run; it ends when this script does, however it ends
coproc POSTGRES { scripts/postgres.sh; }
read -r APPOS_TEST_POSTGRES <&"${POSTGRES[0]}"
export APPOS_TEST_POSTGRES

# the race detector needs cgo; the binaries that users build do not
CGO_ENABLED=1 go test -race -timeout 20m "$@"
