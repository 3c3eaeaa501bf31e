// Package idempotency remembers, by a key that the client chose, that a request
// was made and what it was answered, so that it can be sent again without being
// done again. It knows neither HTTP nor what requests do; see package web for how
// both come together, and docs/decisions/0019-idempotency.md for why.
package idempotency
