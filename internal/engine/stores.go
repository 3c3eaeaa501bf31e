package engine

import (
	"github.com/apposengine/appos/internal/object"
	"github.com/apposengine/appos/internal/record"
	"github.com/apposengine/appos/internal/store"
)

// Stores are the databases that have records, the platform's first.
func (e *Engine) Stores() []record.Store { return e.records.Stores() }

// StoreOf is the database of a record's rows, and the platform's for what is no
// record.
func (e *Engine) StoreOf(o *object.Object) store.DB {
	if t := e.tables[o.Index]; t != nil {
		return t.plan.DB()
	}
	return e.db
}
