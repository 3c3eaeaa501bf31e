package object

import (
	"errors"
	"math"
	"reflect"
	"regexp"
	"strconv"
	"strings"
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
	FieldDate
	FieldDuration
	FieldFile // what is known about a stored file; written by AppOS only
)

// MaxScale is how many digits after the point a decimal has at most: with 15 of
// them 64 bits leave 4 before it.
const MaxScale = 15

var fieldKinds = [...]string{"", "text", "integer", "number", "boolean", "decimal", "time", "reference", "json", "date", "duration", "file"}

// String names the kind for people, such as "decimal".
func (k FieldKind) String() string { return fieldKinds[k] }

// Field describes one field of a record or of a message.
type Field struct {
	Name   string // in Go, such as "Customer"
	Column string // in SQL, JSON and filters, such as "customer_id"
	Was    string // the column before the field was renamed
	Key    string // the name in snake case, such as "customer"; labels are found by it
	JSON   string // the name of a message's field in requests: that of a json tag, else Key

	Kind   FieldKind
	Type   reflect.Type // without the pointer of an optional field
	Offset uintptr      // from the start of the struct
	Index  []int        // for reflect.Value.FieldByIndex

	Optional bool         // a pointer: may be null
	Required bool         // validate:"required"
	Validate string       // the validate tag
	Enum     []string     // validate:"oneof=…"
	MinLen   int          // validate:"min=…" of a text, in characters
	MaxLen   int          // validate:"max=…" of a text, in characters; 0 is no limit
	Min, Max string       // validate:"gte=…" and "lte=…" of a number; "" is no limit
	Email    bool         // validate:"email"
	Scale    int          // digits after the point of a decimal
	Default  string       // appos:"default=…", in the form of a filter value
	Target   reflect.Type // the struct that a reference points to
	Elem     *Field       // the entries of a list of single values; nil of everything else

	MediaTypes []string // of a file, such as "image/*"; nil is all
	MaxSize    int64    // of a file, in bytes; 0 is no limit of its own

	Unique  bool
	Indexed bool // often sorted or filtered by
	Search  bool // found by the search box
	Display bool // names the row
	System  bool // kept by AppOS: id, version, created_at …; not writable
	Hidden  bool // never in logs, the console or answers; a record keeps it encrypted
	Secret  bool // sensitive: never shown anywhere; a record keeps it encrypted

	In     Place  // of a message's field: where a web API finds it; 0 is decided by the method
	Header string // the name of a field that is InHeader

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

var oneOf = regexp.MustCompile(`'[^']*'|\S+`)

// SplitOneOf returns the values of a oneof rule. One with spaces stands in
// single quotes.
func SplitOneOf(arg string) []string {
	values := oneOf.FindAllString(arg, -1)
	for i, v := range values {
		values[i] = strings.ReplaceAll(v, "'", "")
	}
	return values
}

var sizeUnits = []struct {
	name  string
	bytes int64
}{{"KB", 1 << 10}, {"MB", 1 << 20}, {"GB", 1 << 30}, {"B", 1}}

// FormatSize writes a number of bytes in the largest unit that divides it, as
// ParseSize reads it: "10MB", "1500B".
func FormatSize(n int64) string {
	for _, unit := range []int{2, 1, 0} {
		if u := sizeUnits[unit]; n != 0 && n%u.bytes == 0 {
			return strconv.FormatInt(n/u.bytes, 10) + u.name
		}
	}
	return strconv.FormatInt(n, 10) + "B"
}

// ParseSize reads a number of bytes such as "500KB", "5MB" or "2GB".
func ParseSize(s string) (int64, error) {
	for _, u := range sizeUnits {
		if number, ok := strings.CutSuffix(s, u.name); ok {
			n, err := strconv.ParseInt(number, 10, 64)
			if err != nil || n < 1 || n > math.MaxInt64/u.bytes {
				break
			}
			return n * u.bytes, nil
		}
	}
	return 0, errors.New("must be a size, such as 5MB")
}
