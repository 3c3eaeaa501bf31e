// Package exchange moves rows between records and files: CSV, JSON and NDJSON.
//
// An import reads its file as a stream, maps columns to fields, and writes rows
// in batches through the record's plan, so that validation, row security, audit
// and events hold as for any other write. A batch commits together with the
// position it ends at: what is cut off goes on exactly there. An export pages
// through the rows that an access reaches.
//
// The package decides nothing about who may do what: it asks the gate that it is
// given once for every batch. It knows neither HTTP nor screens.
package exchange
