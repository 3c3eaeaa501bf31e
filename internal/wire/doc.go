// Package wire turns Go values into JSON and back, one way for all that AppOS
// sends and receives: names in snake case at every depth unless a json tag says
// otherwise, decimals as strings with all their digits, times as RFC 3339 in UTC,
// days as "2026-01-31", durations as "1h30m", lists and maps never null, and fields
// that are hidden or sensitive in nothing that is sent.
//
// What is read is read strictly, and everything that is wrong with it is said at
// once, field by field. A [Type] is how values of a Go type stand in JSON; a [Book]
// makes them, and an [API] is a web API made of them. Those who describe AppOS to
// others, such as OpenAPI, walk the same types.
//
// The package knows neither HTTP servers nor databases, and what a value may be
// beside its form is the business of validate tags.
package wire
