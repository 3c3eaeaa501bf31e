// Package engine is the one gate that every access passes, whoever asks: the
// verbs of package appos, REST, pages, jobs and dispatch by reference.
//
//	resolve → context → permission → cache → validate → handler → log, measure, trace → answer
//
// It implements object.Runtime and puts together what the packages below it
// each do alone: permissions (security), rows (record), transactions (store),
// answers kept (cache), entries (logs), figures (metrics) and edges (graph).
// It knows neither HTTP nor screens, and nothing under it knows packages appos
// or ui.
package engine
