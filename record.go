package appos

import (
	"context"
	"reflect"
	"strings"
	"time"

	"github.com/apposengine/appos/internal/object"
)

// ID identifies a row of the record T. Being a type of its own, it also says
// what to load: Get(ctx, id). Zero is no row.
type ID[T any] int64

func (ID[T]) target() reflect.Type { return reflect.TypeFor[T]() }

// Entity gives a record its identity and its history. It is the first field of
// every record, embedded: appos.Entity[Customer]. AppOS keeps its fields; what
// an app writes to them is ignored.
type Entity[T any] struct {
	ID        ID[T]
	Version   int64 // 1 when created, plus one with every change
	CreatedAt time.Time
	CreatedBy string // the user's sign-in name
	UpdatedAt time.Time
	UpdatedBy string
}

func (Entity[T]) entity() reflect.Type { return reflect.TypeFor[T]() }

// Many is the far side of a reference: the rows of T whose field, named by the
// tag appos:"by=Field", points to this row. It is loaded where a query asks for
// it by [Query.With], and is not stored.
type Many[T any] struct{ Rows []T }

func (*Many[T]) target() reflect.Type { return reflect.TypeFor[T]() }
func (*Many[T]) one() bool            { return false }
func (m *Many[T]) blank() any {
	m.Rows = append(m.Rows, *new(T))
	return &m.Rows[len(m.Rows)-1]
}

// One is a [Many] of at most one row.
type One[T any] struct{ rows []T }

// Row returns the row, and whether there is one.
func (o One[T]) Row() (T, bool) {
	if len(o.rows) == 0 {
		var none T
		return none, false
	}
	return o.rows[0], true
}

func (*One[T]) target() reflect.Type { return reflect.TypeFor[T]() }
func (*One[T]) one() bool            { return true }
func (o *One[T]) blank() any {
	o.rows = append(o.rows, *new(T))
	return &o.rows[len(o.rows)-1]
}

// CRUD says which groups may do what to the rows of a record.
type CRUD struct{ View, Create, Update, Delete Access }

func (c CRUD) grants() []object.Grant {
	var grants []object.Grant
	grants = append(grants, c.View.grants(object.View)...)
	grants = append(grants, c.Create.grants(object.Create)...)
	grants = append(grants, c.Update.grants(object.Update)...)
	return append(grants, c.Delete.grants(object.Delete)...)
}

// Record declares the struct T as a stored record. AppOS derives from it the
// table, the verbs, the REST API, the audit log and the screens.
func Record[T any](app *App, allow CRUD, opts ...RecordOption) Declared {
	t := reflect.TypeFor[T]()
	o := object.Object{Kind: object.KindRecord, Name: object.Snake(t.Name()), Source: caller(), Declared: true, Grants: allow.grants()}
	o.Record = &object.Record{Type: t}
	for _, opt := range opts {
		opt.record(&o)
	}
	o.Record.Table = app.descriptor.Name + "_" + o.Name
	o.Record.Path = kebab(object.Plural(o.Name))

	d := describer{app: app.descriptor, src: o.Source, ref: object.RefOf(app.descriptor.Name, o.Kind, o.Name), record: true}
	if !isEntity(t) {
		d.fault("%s must be a struct that begins with appos.Entity[%s]", t, t.Name())
	} else {
		o.Record.Fields = d.fields(t, nil, 0)
		o.Record.Relations = d.relations
		for i := range min(object.SystemFields, len(o.Record.Fields)) {
			o.Record.Fields[i].System = true
		}
		// the row's own id is not a reference to itself
		o.Record.Fields[object.FieldID].Kind = object.FieldInt
		o.Record.Fields[object.FieldID].Column = "id"
		for _, opt := range opts {
			if x, ok := opt.(indexOption); ok {
				x.describe(&d, o.Record)
			}
		}
	}
	return declare(app, o)
}

func isEntity(t reflect.Type) bool {
	if t.Kind() != reflect.Struct || t.NumField() == 0 || !t.Field(0).Anonymous {
		return false
	}
	e, ok := reflect.Zero(t.Field(0).Type).Interface().(interface{ entity() reflect.Type })
	return ok && e.entity() == t
}

// Rows declares row-level security: f adds to every query of T the conditions
// that the user of ctx is held to. Rows that do not meet them do not exist for
// that user, and none can be created or changed to be so.
func Rows[T any](app *App, f func(ctx context.Context, row *T, q *Query)) Declared {
	t := reflect.TypeFor[T]()
	app.descriptor.Rows = append(app.descriptor.Rows, object.RowSecurity{
		Type: t, Source: caller(),
		Filter: func(ctx context.Context, q *object.Query) {
			row := new(T)
			b := newQuery(ctx, row)
			f(ctx, row, b)
			b.into(q)
		},
	})
	return Declared{}
}

func kebab(snake string) string { return strings.ReplaceAll(snake, "_", "-") }
