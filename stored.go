package appos

import "github.com/apposengine/appos/internal/object"

// RecordDefault is an option of records that can stand for all records of an
// app: [Audited], [SoftDeleted], [StoredIn].
type RecordDefault interface {
	RecordOption
	byDefault(*object.RecordDefaults)
}

// RecordDefaults gives the options to all records of the app, wherever they are
// declared. What a record says itself goes before.
func RecordDefaults(app *App, opts ...RecordDefault) Declared {
	for _, opt := range opts {
		opt.byDefault(&app.descriptor.Records)
	}
	return Declared{}
}

// StoredIn keeps the rows of a record, with their audit log and events, in the
// database of a connected system. References to records elsewhere are checked
// when they are written, but no foreign key holds them; a transaction is on one
// database.
func StoredIn(s *System) RecordDefault {
	return recordDefault{
		func(o *object.Object) { o.Record.StoredIn = s.o },
		func(d *object.RecordDefaults) { d.StoredIn = s.o },
	}
}

// recordDefault is an option of one record and of all of an app.
type recordDefault struct {
	one func(*object.Object)
	all func(*object.RecordDefaults)
}

func (r recordDefault) record(o *object.Object)            { r.one(o) }
func (r recordDefault) byDefault(d *object.RecordDefaults) { r.all(d) }
