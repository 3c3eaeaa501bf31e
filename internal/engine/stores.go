package engine

import "github.com/apposengine/appos/internal/record"

// Stores are the databases that have records, the platform's first.
func (e *Engine) Stores() []record.Store { return e.records.Stores() }
