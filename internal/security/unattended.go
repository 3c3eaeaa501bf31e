package security

import "context"

type unattendedKey struct{}

// Unattended is a context in which Authenticate does not take a question for
// activity: a client that asked once, and is sent something now and then, does
// not keep its session from becoming idle.
func Unattended(ctx context.Context) context.Context {
	return context.WithValue(ctx, unattendedKey{}, true)
}

func unattended(ctx context.Context) bool { return ctx.Value(unattendedKey{}) != nil }
