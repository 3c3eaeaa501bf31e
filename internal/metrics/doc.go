// Package metrics counts what every object does and how long it takes.
//
// Objects is the table on the hot path: counts, errors, durations and a
// histogram for each object, rolled every hour into mergeable sketches, so that
// percentiles over the last day, week and month are answered from memory.
// Exporter serves the same numbers, and whatever gauges the engine registers, to
// Prometheus.
//
// The numbers begin with the process and end with it; the logs are what lasts.
package metrics
