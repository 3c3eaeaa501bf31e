package migrate

import (
	"context"
	"sync"

	"github.com/apposengine/appos/internal/store"
)

// created keeps the statements that make whole schemas: a process that runs tests
// makes the same one many times.
var created sync.Map // of createdKey to []Statement

type createdKey struct {
	dialect store.Dialect
	schema  string
}

// Create makes the tables in a database that has none of them, in one
// transaction. It keeps no record of it: it is for tests, and for databases that
// are thrown away.
func Create(ctx context.Context, db store.DB, tables ...store.Table) error {
	key := createdKey{db.Dialect(), string(marshal(tables))}
	kept, ok := created.Load(key)
	if !ok {
		c, err := Plan(db.Dialect(), nil, tables, Options{})
		if err != nil {
			return err
		}
		kept = c.Statements
		created.Store(key, kept)
	}
	return db.Tx(ctx, func(ctx context.Context) error {
		for _, s := range kept.([]Statement) {
			if _, err := db.Exec(ctx, s.SQL); err != nil {
				return err
			}
		}
		return nil
	})
}
