package object

import (
	"reflect"
)

// FieldKind is how a field's values are stored, compared and shown.
type FieldKind uint8

// The kinds of fields.
const (
	FieldText FieldKind = iota + 1
	FieldInt
	FieldFloat
	FieldBool
	FieldDecimal
	FieldTime
	FieldRef  // the id of a row of Target
	FieldJSON // lists, maps and structs
)

var fieldKinds = [...]string{"", "text", "integer", "number", "boolean", "decimal", "time", "reference", "json"}

// String names the kind for people, such as "decimal".
func (k FieldKind) String() string { return fieldKinds[k] }

// Field describes one field of a record or of a message.
type Field struct {
	Name   string // in Go, such as "Customer"
	Column string // in SQL, JSON and filters, such as "customer_id"
	Key    string // the name in snake case, such as "customer"; labels are found by it

	Kind   FieldKind
	Type   reflect.Type // without the pointer of an optional field
	Offset uintptr      // from the start of the struct
	Index  []int        // for reflect.Value.FieldByIndex

	Optional bool         // a pointer: may be null
	Required bool         // validate:"required"
	Validate string       // the validate tag
	Enum     []string     // validate:"oneof=…"
	MaxLen   int          // validate:"max=…" of a text; 0 is no limit
	Email    bool         // validate:"email"
	Scale    int          // digits after the point of a decimal
	Default  string       // appos:"default=…", in the form of a filter value
	Target   reflect.Type // the struct that a reference points to

	Unique  bool
	Indexed bool // often sorted or filtered by
	Search  bool // found by the search box
	Display bool // names the row
	System  bool // kept by AppOS: id, version, created_at …; not writable
	Hidden  bool // never in logs, the console or answers; kept encrypted, shown as a hash
	Secret  bool // never shown anywhere

	View   []string // groups that may read the field; nil is all who may read the row
	Update []string // groups that may write the field; nil is all who may write the row
}

// Message describes the inputs of an object that runs.
type Message struct {
	Type      reflect.Type
	Fields    []Field
	Validated bool // some field, at some depth, has a validate tag
}

// Field returns the field with the snake-case name, or nil.
func (m *Message) Field(key string) *Field {
	for i := range m.Fields {
		if m.Fields[i].Key == key {
			return &m.Fields[i]
		}
	}
	return nil
}
