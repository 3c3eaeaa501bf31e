package store

import "context"

// Brief returns a context for a statement that touches a few rows by their key.
// Whether ctx has ended is then looked at before the statement and not during
// it: watching over a statement costs half as much as running one that short.
func Brief(ctx context.Context) context.Context {
	if ctx.Done() == nil {
		return ctx
	}
	return &brief{ctx}
}

type brief struct{ context.Context }

// Done never ends. Err does.
func (*brief) Done() <-chan struct{} { return nil }

// watched is ctx, or the one that a brief one was made of. PostgreSQL watches over
// brief statements too: they may wait for a row that somebody else holds, and
// beside asking a server the watch costs nothing.
func watched(ctx context.Context) context.Context {
	if b, ok := ctx.(*brief); ok {
		return b.Context
	}
	return ctx
}

// ended is the channel that ends with ctx, also with a brief one: to wait for a
// turn is not brief.
func ended(ctx context.Context) <-chan struct{} { return watched(ctx).Done() }
