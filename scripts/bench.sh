#!/usr/bin/env bash
# Prints the figures that docs/performance.md records. CPU per operation is
# reported by the benchmarks themselves; wall-clock times are of a shared machine.
set -euo pipefail
cd "$(dirname "$0")/.."
bench=(go test -run "^$" -bench)
"${bench[@]}" . -benchmem . ./ui ./internal/...
APPOS_TEST_DATABASE=postgres "${bench[@]}" BesideRaw -benchtime 5x ./internal/record
APPOS_TEST_DATABASE=postgres "${bench[@]}" "Watched|Delivered" ./internal/webhook
"${bench[@]}" "REST|Page" -benchtime 2000x ./server
APPOS_TEST_DATABASE=postgres "${bench[@]}" "Jobs|First" ./internal/queue
"${bench[@]}" "WebAPI|Constant" -benchtime 5000x ./server
"${bench[@]}" Changes -benchtime 20x ./server
"${bench[@]}" Start -benchtime 5x ./server
"${bench[@]}" OpenAPI -benchtime 200x ./server
