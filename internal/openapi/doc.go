// Package openapi describes the HTTP API in OpenAPI 3.1: as much of it as one
// user may call, and nothing else.
//
// What is described follows the routes that the server has and the permissions
// that the gate asks for, so that the document has no list of its own that could
// go stale. It is built from what is declared and from a user's rights alone: it
// reads no rows and asks nobody, and the same rights make the same document.
// Serving it, keeping it and drawing it are the business of package web.
package openapi
