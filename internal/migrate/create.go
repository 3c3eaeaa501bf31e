package migrate

import (
	"context"
	"strings"
	"sync"

	"github.com/apposengine/appos/internal/store"
)

// created keeps the statements that make whole schemas: a process that runs tests
// makes the same one many times.
var created sync.Map // of createdKey to []Statement

type createdKey struct {
	dialect      store.Dialect
	has, schemas string
}

// Create makes those of the tables that a database does not have, in one
// transaction; those that it has it leaves as they are. It keeps no record of it:
// it is for tests, and for databases that are thrown away.
func Create(ctx context.Context, db store.DB, tables ...store.Table) error {
	return db.Tx(ctx, func(ctx context.Context) error {
		var has []store.Table
		var names []string
		for _, t := range tables {
			there, err := hasTable(ctx, db, t.Name)
			if err != nil {
				return err
			}
			if there {
				has, names = append(has, t), append(names, t.Name)
			}
		}
		if len(has) == len(tables) {
			return nil
		}
		key := createdKey{db.Dialect(), strings.Join(names, " "), string(marshal(tables))}
		kept, ok := created.Load(key)
		if !ok {
			c, err := Plan(db.Dialect(), has, tables, Options{})
			if err != nil {
				return err
			}
			kept = c.Statements
			created.Store(key, kept)
		}
		for _, s := range kept.([]Statement) {
			if _, err := db.Exec(ctx, s.SQL); err != nil {
				return err
			}
		}
		return nil
	})
}
