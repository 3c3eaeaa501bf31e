package record

import (
	"context"
	"slices"

	"github.com/apposengine/appos/internal/object"
	"github.com/apposengine/appos/internal/store"
)

// A Store is a database that has records.
type Store struct {
	System *object.Object // nil is the platform's own
	DB     store.DB
}

// storeOf is the database of a connected system, nil being the platform's.
func (r *Records) storeOf(system *object.Object, in func(*object.Object) store.DB) store.DB {
	for _, s := range r.stores {
		if s.System == system {
			return s.DB
		}
	}
	db := r.db // where it is stored is of no account to who asks for faults only
	if in != nil {
		db = in(system)
	}
	r.stores = append(r.stores, Store{system, db})
	return db
}

// Stores are the databases that have records, the platform's first.
func (r *Records) Stores() []Store { return r.stores }

// Tables are the tables that the records in all databases need.
func (r *Records) Tables() []store.Table {
	var all []store.Table
	for _, s := range r.stores {
		all = append(all, r.TablesIn(s.System)...)
	}
	return all
}

// TablesIn are the tables that a connected system, or the platform's database
// for nil, needs: one per record, its audit log, and the event logs of the apps
// that have records there. The platform's has those of all apps.
func (r *Records) TablesIn(system *object.Object) []store.Table {
	var all []store.Table
	var apps []string
	if system == nil {
		apps = r.apps
	}
	for _, p := range r.plans {
		if p.rec.StoredIn != system {
			continue
		}
		all = append(all, p.tables()...)
		if !slices.Contains(apps, p.o.App.Name) {
			apps = append(apps, p.o.App.Name)
		}
	}
	all = append(all, ImportTable, IdempotencyTable)
	for _, app := range apps {
		all = append(all, EventLog(app))
	}
	return all
}

// EventLog is the table of what an app tells by its events.
func EventLog(app string) store.Table {
	return store.Table{
		Name: eventTable(app),
		Columns: []store.Column{
			{Name: "id", Type: store.Int, Serial: true},
			{Name: "name", Type: store.Text},
			{Name: "fields", Type: store.JSONText},
			{Name: "created_by", Type: store.Text},
			{Name: "created_at", Type: store.Time},
			{Name: "execution_id", Type: store.Text},
		},
		Indexes: []store.Index{{Columns: []string{"name"}}, {Columns: []string{"created_at"}}},
	}
}

// DBOf is the database of all records of an app that do not say otherwise.
func (r *Records) DBOf(app *object.App) store.DB {
	if app.Records.StoredIn == nil {
		return r.db
	}
	for _, s := range r.stores {
		if s.System != nil && s.System.Ref == app.Records.StoredIn.Ref {
			return s.DB
		}
	}
	return r.db
}

// eventsOf is the database that an event of the app goes to.
func (r *Records) eventsOf(ctx context.Context, app string) store.DB {
	own := r.db
	for _, p := range r.plans {
		if p.o.App.Name != app {
			continue
		}
		if p.db.InTx(ctx) {
			return p.db
		}
		own = r.DBOf(p.o.App)
	}
	return own
}
