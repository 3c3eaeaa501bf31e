// Package graph knows which objects depend on which.
//
// Observed holds the edges that calls have really taken. It counts on the hot
// path, answers what an object uses and what uses it, and keeps a JSON file per
// object so that the answer survives a restart.
//
// It decides nothing and draws nothing: permissions, screens and the edges that
// the Go types promise belong elsewhere.
package graph
