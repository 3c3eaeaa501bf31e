package record

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"time"

	"github.com/apposengine/appos/internal/object"
	"github.com/apposengine/appos/internal/secret"
	"github.com/apposengine/appos/internal/store"
)

// Records are the plans of all records of a registry, over the platform's
// database and those of connected systems.
type Records struct {
	db     store.DB
	stores []Store
	now    func() time.Time
	plans  []*Plan
	byType map[reflect.Type]*Plan
	events map[string]string // the statement that adds an event, by app
	apps   []string

	ring     *secret.Ring                             // of what is kept encrypted; nil is none
	announce func(*object.Object, []object.RowChange) // nil tells nobody
}

// New compiles the plan of every record of the registry and reports everything
// in their declarations that cannot be stored. Plans with faults must not be
// used. A nil now is the wall clock.
func New(db store.DB, reg *object.Registry, now func() time.Time) (*Records, []object.Fault) {
	return Across(db, nil, reg, now)
}

// Across is New for records that are stored in several databases: in is that of
// a connected system.
func Across(db store.DB, in func(system *object.Object) store.DB, reg *object.Registry, now func() time.Time) (*Records, []object.Fault) {
	if now == nil {
		now = time.Now
	}
	r := &Records{db: db, stores: []Store{{DB: db}}, now: now, byType: map[reflect.Type]*Plan{}, events: map[string]string{}}
	for _, a := range reg.Apps {
		r.apps = append(r.apps, a.Name)
		r.events[a.Name] = "INSERT INTO " + store.Quote(eventTable(a.Name)) +
			` ("name", "fields", "created_by", "created_at", "execution_id") VALUES (?, ?, ?, ?, ?)`
	}
	for _, o := range reg.Of("", object.KindRecord) {
		p := &Plan{records: r, db: r.storeOf(o.Record.StoredIn, in), o: o, rec: o.Record}
		r.plans = append(r.plans, p)
		r.byType[o.Record.Type] = p
	}
	var faults []object.Fault
	for _, p := range r.plans {
		faults = append(faults, p.compile()...)
	}
	faults = append(faults, r.shared()...)
	for _, p := range r.plans {
		for _, i := range p.refs {
			if t := r.byType[p.cols[i].f.Target]; t != nil {
				t.backs = append(t.backs, back{p, i})
			}
		}
	}
	return r, faults
}

// shared reports records whose table, audit log or address is that of another:
// who may see the rows of one would see those of the other.
func (r *Records) shared() []object.Fault {
	var faults []object.Fault
	owners := map[string]string{}
	for _, app := range r.apps {
		owners[eventTable(app)] = "the event log of " + app
	}
	paths := map[string]string{}
	for _, p := range r.plans {
		fault := func(format string, args ...any) {
			faults = append(faults, object.Fault{Source: p.o.Source, Object: p.o.Ref, Text: fmt.Sprintf(format, args...)})
		}
		tables := map[string]string{p.rec.Table: p.o.Ref}
		if p.rec.Audited {
			tables[p.auditTable()] = "the audit log of " + p.o.Ref
		}
		for _, f := range p.rec.Fields {
			if len(f.Column) > store.MaxIdentifier {
				fault("field %s has a name of %d bytes, databases take %d; use a shorter one", f.Name, len(f.Column), store.MaxIdentifier)
			}
		}
		for table, owner := range tables {
			if len(table) > store.MaxIdentifier {
				fault("%s would be in the table %q of %d bytes, databases take %d; use a shorter name, with appos.Named", owner, table, len(table), store.MaxIdentifier)
			}
			if other, taken := owners[table]; taken {
				fault("%s would be in the table %q, as is %s; rename one, or use appos.Named", owner, table, other)
			}
			owners[table] = owner
		}
		path := p.o.App.Name + "/" + p.rec.Path
		if other, taken := paths[path]; taken {
			fault("has the address %q, as has %s; rename one, or use appos.Named", path, other)
		}
		paths[path] = p.o.Ref
	}
	return faults
}

// DB is the database that the records are in.
func (r *Records) DB() store.DB { return r.db }

// Plan returns the plan of the record with the struct type t, or nil.
func (r *Records) Plan(t reflect.Type) *Plan { return r.byType[t] }

// PlanOf returns the plan of a record, or nil when o is none.
func (r *Records) PlanOf(o *object.Object) *Plan {
	if o == nil || o.Record == nil {
		return nil
	}
	return r.byType[o.Record.Type]
}

// Plans are all plans, by reference.
func (r *Records) Plans() []*Plan { return r.plans }

func eventTable(app string) string { return app + "_event_log" }

// AddEvent adds an entry to the event log of an app, in the transaction of ctx
// where there is one. Every database that has records of the app has such a log;
// without a transaction the entry goes where most of the app's records are. Values in fields are what encoding/json can write.
func (r *Records) AddEvent(ctx context.Context, app, name string, fields map[string]any, user, execution string) error {
	text, ok := r.events[app]
	if !ok {
		return object.Errorf(object.Dispatch, "no app is named %q", app)
	}
	if name == "" {
		return object.Errorf(object.Invalid, "an event needs a name")
	}
	if fields == nil {
		fields = map[string]any{}
	}
	data, err := json.Marshal(fields)
	if err != nil {
		return &object.Error{Code: object.Invalid, Text: fmt.Sprintf("the fields of event %q cannot be written as JSON", name), Err: err}
	}
	_, err = r.eventsOf(ctx, app).Exec(store.Brief(ctx), text, name, store.JSON(data), user, r.clock(), execution)
	if err != nil {
		return databaseError(err)
	}
	return nil
}

// clock is the time as it is stored.
func (r *Records) clock() time.Time { return r.now().UTC().Truncate(time.Microsecond) }

// Failed returns an error of the store, such as that of a transaction, as one for
// callers. Others are returned as they are.
func Failed(err error) error { return databaseError(err) }

// databaseError returns an error of the store as one for callers; what is
// about a row is said better by Plan.failed.
func databaseError(err error) error {
	var known *object.Error
	if err == nil || errors.As(err, &known) {
		return err
	}
	e := &object.Error{Code: object.RecordFault, Err: err}
	switch kind, _ := store.KindOf(err); kind {
	case store.Canceled:
		e.Code, e.Text = object.Timeout, "the request ended before it was done"
	case store.Busy:
		e.Code, e.Text = object.Timeout, "the database is busy; try again"
	case store.Range:
		e.Code, e.Text = object.Invalid, "a value cannot be stored"
	case store.Full:
		e.Text = "the disk is full; nothing was stored"
	case store.ReadOnly:
		e.Text = "the database cannot be written; nothing was stored"
	case store.Gone:
		var outage *object.Outage
		if errors.As(err, &outage) {
			e.Text = outage.Error()
		}
	case store.Elsewhere:
		e.Code, e.Text = object.Invalid, "a transaction is on one database"
		var why *store.Error
		if errors.As(err, &why) {
			e.Text = why.Error()
		}
		e.Err = nil
	case store.Other, store.Invalid:
		if _, ours := store.KindOf(err); !ours {
			// an error of the caller's own function inside a transaction
			return err
		}
	}
	return e
}
