package object

import (
	"context"
	"reflect"
)

// Record describes a stored record.
type Record struct {
	Type      reflect.Type
	Table     string // such as "crm_order_line"
	Path      string // the plural in URLs, such as "order-lines"
	Fields    []Field
	Relations []Relation

	Checks  []Check
	Indexes []Index

	Audited     bool
	SoftDeleted bool

	// StoredIn is the connected system whose database holds the rows; nil is the
	// platform's own database.
	StoredIn *Object

	// Rows narrow what a user may see and change. Every function is asked on
	// every access; the conditions are joined by and.
	Rows []RowFilter

	// Events follow changes of the rows, in the order they were declared.
	Events []RecordEvent
}

// The system fields that every record begins with, by position in Record.Fields.
const (
	FieldID = iota
	FieldVersion
	FieldCreatedAt
	FieldCreatedBy
	FieldUpdatedAt
	FieldUpdatedBy
	SystemFields // how many there are
)

// RowFilter adds the conditions that the user of ctx is held to.
type RowFilter func(ctx context.Context, q *Query)

// RowSecurity is a declared row filter of the record of Type.
type RowSecurity struct {
	Type   reflect.Type
	Source Source
	Filter RowFilter
}

// Check is a condition that every row must meet.
type Check struct {
	Name      string // in snake case
	Condition string // in the language of package condition
}

// Index is an index over several fields.
type Index struct {
	Fields []string // Go names
	Unique bool     // no two rows have the same values
}

// Relation is the far side of a reference: the rows of Target whose By points here.
type Relation struct {
	Name   string // in Go, such as "Orders"
	Key    string // in JSON, such as "orders"
	Target reflect.Type
	By     string // the Go name of the reference field in Target
	One    bool
	Offset uintptr
	Type   reflect.Type // appos.Many[T] or appos.One[T]: a struct whose first field is a []T

	// Append adds a blank row to the relation's rows, which field points to, and
	// returns a pointer to it; the pointer is good until the next Append.
	Append func(field any) any
}

// Field returns the field with the column, or nil.
func (r *Record) Field(column string) *Field {
	for i := range r.Fields {
		if r.Fields[i].Column == column {
			return &r.Fields[i]
		}
	}
	return nil
}

// Named returns the field with the Go name, or nil.
func (r *Record) Named(name string) *Field {
	for i := range r.Fields {
		if r.Fields[i].Name == name {
			return &r.Fields[i]
		}
	}
	return nil
}

// At returns the field at an offset in the struct, or nil.
func (r *Record) At(offset uintptr) *Field {
	for i := range r.Fields {
		if r.Fields[i].Offset == offset {
			return &r.Fields[i]
		}
	}
	return nil
}

// DisplayField is the field that names a row: the one tagged display, else the
// first text that is neither hidden nor sensitive, else the id.
func (r *Record) DisplayField() *Field {
	var text *Field
	for i := range r.Fields {
		f := &r.Fields[i]
		if f.Display {
			return f
		}
		if text == nil && f.Kind == FieldText && !f.System && !f.Hidden && !f.Secret {
			text = f
		}
	}
	if text != nil {
		return text
	}
	return &r.Fields[FieldID]
}
