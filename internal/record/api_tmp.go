package record

import (
	"context"
	"net/url"
	"reflect"
	"time"

	"github.com/apposengine/appos/internal/object"
	"github.com/apposengine/appos/internal/store"
)

// Records are the plans of all records of a registry, over one database.
type Records struct{}

// Plan is one record, compiled.
type Plan struct{}

// New compiles the plan of every record of the registry.
func New(db store.DB, reg *object.Registry, now func() time.Time) (*Records, []object.Fault) {
	return nil, nil
}

// Tables are the tables that the records need, for store.DB.Ensure.
func (r *Records) Tables() []store.Table { return nil }

// Plan returns the plan of the record with the struct type t, or nil.
func (r *Records) Plan(t reflect.Type) *Plan { return nil }

// PlanOf returns the plan of a record, or nil.
func (r *Records) PlanOf(o *object.Object) *Plan { return nil }

// AddEvent adds an entry to the event log of an app.
func (r *Records) AddEvent(ctx context.Context, app, name string, fields map[string]any, user, execution string) error {
	return nil
}

// Object is the record's descriptor.
func (p *Plan) Object() *object.Object { return nil }

// Mask returns the set of the fields that in says yes to.
func (p *Plan) Mask(in func(f *object.Field) bool) Mask { return Mask{} }

// NewRow returns a pointer to a blank struct of the record.
func (p *Plan) NewRow() any { return nil }

// Page is what Find returns beside the rows.
type Page struct {
	Next     string // the cursor for Query.After; "" when this is the last page
	Previous string // the cursor for Query.Before; "" when this is the first page
	Rows     int    // how many there were
}

// Get loads the row with the id into row.
func (p *Plan) Get(ctx context.Context, a *Access, id int64, row any) error { return nil }

// Find calls next for a blank struct for every row found, and fills it.
func (p *Plan) Find(ctx context.Context, a *Access, q *object.Query, next func() any) (Page, error) {
	return Page{}, nil
}

// Count returns how many rows the query selects; it stops counting at limit, 0 is no limit.
func (p *Plan) Count(ctx context.Context, a *Access, q *object.Query, limit int) (int, error) {
	return 0, nil
}

// Create stores row, and sets its system fields and defaults.
func (p *Plan) Create(ctx context.Context, a *Access, row any) error { return nil }

// CreateAll stores n rows in one transaction.
func (p *Plan) CreateAll(ctx context.Context, a *Access, n int, row func(i int) any) error {
	return nil
}

// Update loads the row into row, has change change it, and stores what changed.
func (p *Plan) Update(ctx context.Context, a *Access, id, version int64, row any, change func() error) error {
	return nil
}

// Delete removes the row.
func (p *Plan) Delete(ctx context.Context, a *Access, id, version int64) error { return nil }

// ByIDs loads the rows with the ids that the access reaches: pointers to structs, by id.
func (p *Plan) ByIDs(ctx context.Context, a *Access, ids []int64) (map[int64]any, error) {
	return nil, nil
}

// Labels returns what names the rows with the ids that the access reaches.
func (p *Plan) Labels(ctx context.Context, a *Access, ids []int64) (map[int64]string, error) {
	return nil, nil
}

// History returns the audit log of a row, newest first.
func (p *Plan) History(ctx context.Context, a *Access, id int64, limit int) ([]Change, error) {
	return nil, nil
}

// Change is an entry of the audit log.
type Change struct {
	ID          int64
	Operation   string // "create", "update" or "delete"
	Field       string // the column, of an update
	Old, New    *string
	By          string
	At          time.Time
	ExecutionID string
}

// Expand is something related that AppendJSON writes into a row.
type Expand struct{}

// Expand loads what a list of expand keys names.
func (p *Plan) Expand(ctx context.Context, a *Access, keys []string, rows []any) ([]Expand, error) {
	return nil, nil
}

// AppendJSON appends the row as a JSON object.
func (p *Plan) AppendJSON(dst []byte, row any, hidden Mask, expand ...Expand) []byte { return nil }

// Mode says what a JSON body is for.
type Mode uint8

// The modes of DecodeJSON.
const (
	ForCreate  Mode = iota + 1 // fields that are missing keep their zero value
	ForPatch                   // fields that are missing stay as they are
	ForReplace                 // fields that are missing get their default, or zero
)

// Body is what DecodeJSON read beside the fields.
type Body struct {
	Version int64 // the expected version; 0 when the body names none
}

// DecodeJSON reads a JSON object into row.
func (p *Plan) DecodeJSON(body []byte, row any, mode Mode) (Body, error) { return Body{}, nil }

// ParseValue reads a value of the field from a text.
func ParseValue(f *object.Field, s string) (any, error) { return nil, nil }

// FormatValue writes a value of the field as a text that ParseValue reads.
func FormatValue(f *object.Field, v any) string { return "" }

// ParseFilter reads a query from the parameters of a URL.
func (p *Plan) ParseFilter(a *Access, params url.Values) (*object.Query, error) { return nil, nil }
