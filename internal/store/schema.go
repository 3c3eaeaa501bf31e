package store

import "fmt"

// TypeKind is what a column holds.
type TypeKind uint8

// The kinds of columns.
const (
	KindText    TypeKind = iota + 1
	KindInt              // 64 bits
	KindFloat            // 64 bits
	KindBool             // true or false
	KindDecimal          // exact, with Type.Scale digits after the point
	KindTime             // an instant, in microseconds
	KindJSON             // a JSON text
	KindBytes            // anything
	KindDate             // a calendar day
)

// Type is the type of a column.
type Type struct {
	Kind  TypeKind
	Scale int // of a decimal
}

var typeKinds = [...]string{"", "text", "integer", "number", "bool", "decimal", "time", "json", "bytes", "date"}

// String names the type, such as "decimal(2)".
func (t Type) String() string {
	if t.Kind == KindDecimal {
		return fmt.Sprintf("decimal(%d)", t.Scale)
	}
	return typeKinds[t.Kind]
}

// The types that need no more saying.
var (
	Text  = Type{Kind: KindText}
	Int   = Type{Kind: KindInt}
	Float = Type{Kind: KindFloat}
	Bool  = Type{Kind: KindBool}
	Time  = Type{Kind: KindTime}
	Date  = Type{Kind: KindDate}
	Bytes = Type{Kind: KindBytes}
)

// JSONText is the type of a column that holds JSON.
var JSONText = Type{Kind: KindJSON}

// DecimalOf is the type of decimals with scale digits after the point, at most 18.
func DecimalOf(scale int) Type { return Type{Kind: KindDecimal, Scale: scale} }

// Table declares a table.
type Table struct {
	Name    string
	Was     string // the name before, when it was renamed; several are parted by spaces
	Source  string // file:line of the declaration, for messages
	Columns []Column
	// Key is the primary key; empty is the column with Serial.
	Key     []string
	Indexes []Index
	Checks  []Check
	// Search are the columns of the full-text index.
	Search []string
}

// Column declares a column.
type Column struct {
	Name string
	Was  string // the name before, when it was renamed
	// Source is file:line of the declaration, for messages.
	Source string
	Type   Type
	Null   bool
	// Serial columns are integers that the database counts up and never gives
	// out twice. A table has at most one; it is the primary key.
	Serial bool
	// Default is the value of rows that do not say, and of the rows that exist
	// when the column is added; nil is none. It has the types of an argument.
	Default any
	// References is the table whose primary key the column holds.
	References string
	// OnDeleteCascade deletes the row with the one it references; otherwise the
	// other cannot be deleted.
	OnDeleteCascade bool
	// Check is a condition in SQL that rows must satisfy, such as `"n" > 0`.
	Check string
}

// Index declares an index. Its name is derived from what it indexes.
type Index struct {
	Columns []string
	Unique  bool
	Where   string // SQL; rows outside are not indexed
}

// Check declares a condition that all rows must meet.
type Check struct {
	// Name identifies the check in the database and in errors; see Identifier.
	Name string
	SQL  string // such as `"total" >= 0.5`
	// SQLite is the condition for SQLite where it is another: decimals have no
	// point there, times are numbers. "" is SQL.
	SQLite string
}

// For returns the condition in the SQL of a database.
func (c Check) For(d Dialect) string {
	if d == SQLite && c.SQLite != "" {
		return c.SQLite
	}
	return c.SQL
}
