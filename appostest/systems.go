package appostest

import (
	"context"

	"github.com/apposengine/appos/internal/object"
	"github.com/apposengine/appos/internal/store"
)

// openSystems opens a database of its own for every connected system of type
// database, whatever its settings say: tests reach nothing outside. It makes main
// one of those that transactions tell apart.
func (e *Env) openSystems(ctx context.Context, reg *object.Registry, main *store.DB) (func(*object.Object) store.DB, error) {
	all := map[*object.Object]store.DB{}
	group := store.NewGroup()
	for _, o := range reg.Of("", object.KindConnectedSystem) {
		if o.System.Type != "database" {
			continue
		}
		db, err := e.openDatabase(ctx)
		if err != nil {
			return nil, err
		}
		all[o] = group.Join(o.Ref, db)
	}
	if len(all) > 0 {
		*main = group.Join("the platform's database", *main)
	}
	return func(o *object.Object) store.DB { return all[o] }, nil
}
