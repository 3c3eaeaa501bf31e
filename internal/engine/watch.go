package engine

import (
	"context"

	"github.com/apposengine/appos/internal/object"
)

// Watcher follows the changes of rows in their transactions, whoever makes them.
type Watcher interface {
	// Watch returns what is told of the changes that the access of ctx to the record
	// makes, as record.Access.Observed, or nil when nobody cares. It is asked with
	// every access, also with those that only read.
	Watch(ctx context.Context, o *object.Object) func(ctx context.Context, on object.Change, row any, changed []int) error
}

// Watch has changes of rows followed. Call it before anything runs.
func (e *Engine) Watch(w Watcher) { e.watcher = w }
