#!/usr/bin/env bash
# Prints the figures that docs/performance.md records. CPU per operation is
# reported by the benchmarks themselves; wall-clock times are of a shared machine.
set -euo pipefail
cd "$(dirname "$0")/.."
go test -run '^$' -bench . -benchmem -benchtime "${BENCHTIME:-1s}" ./internal/... ./ui/... ./server/...
