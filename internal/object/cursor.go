package object

import (
	"context"
	"reflect"
)

// Cursors are where the pages around a page of rows begin, as Query.After and
// Query.Before take them; "" is where there is none.
type Cursors struct {
	Next string // for After
	Prev string // for Before
}

// Pager is a Runtime that reads pages of rows. Page is Find, and also says
// where the neighbouring pages begin.
type Pager interface {
	Page(ctx context.Context, t reflect.Type, q *Query, next func() any) (Cursors, error)
}

// A Counter is a Runtime that stops counting at a limit, so that the size of a
// large result costs little.
type Counter interface {
	CountUpTo(ctx context.Context, t reflect.Type, q *Query, limit int) (int, error)
}
