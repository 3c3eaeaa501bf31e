package object

// Op is how a condition compares.
type Op uint8

// The operators of conditions.
const (
	OpEq Op = iota + 1
	OpNe
	OpLt
	OpLe
	OpGt
	OpGe
	OpIn         // Value is a []any
	OpNotIn      // Value is a []any
	OpLike       // SQL's LIKE, % and _ are wild
	OpContains   // a text within the text, no wildcards, ASCII case ignored
	OpStartsWith // the text begins with a text, ASCII case ignored
	OpEndsWith   // the text ends with a text, ASCII case ignored
	OpIsNull     // Value is a bool: true asks for null
	OpAnd        // Kids
	OpOr         // Kids
	OpNot        // Kids, one
	OpVia        // the row that the reference Field points to meets Kids, whose fields are its record's
	OpAny        // a row of Relation meets Kids, whose fields are that record's
)

var ops = [...]string{"", "eq", "ne", "lt", "le", "gt", "ge", "in", "not_in", "like", "contains", "starts_with", "ends_with", "is_null", "and", "or", "not", "via", "any"}

// CompareOps are the names of the operators that compare a field with a value.
var CompareOps = ops[OpEq:OpAnd]

// String is the operator's name in filters, such as "is_null".
func (o Op) String() string { return ops[o] }

// ParseOp returns the operator of a filter's suffix, such as "ne".
func ParseOp(name string) (Op, bool) {
	for i, n := range ops[:OpAnd] {
		if n == name && i > 0 {
			return Op(i), true
		}
	}
	return 0, false
}

// Cond is a condition on a field, a group of conditions, or conditions on the
// rows that a reference or a relation leads to.
//
// Value has the Go type of the field without its pointer (string kinds, int64
// kinds, float64, bool, decimal.Decimal, time.Time, ids), or its plain form:
// string, int64, float64. A nil Value of OpEq and OpNe asks for null.
type Cond struct {
	Op       Op
	Field    *Field
	Relation *Relation
	Value    any
	Kids     []Cond
}

// Order is one term of a sort.
type Order struct {
	Field *Field
	Desc  bool
}

// Query says which rows to read and how. The zero Query reads all, by id.
type Query struct {
	Where []Cond // joined by and
	Order []Order
	Limit int    // 0 is no limit
	After string // a cursor of an earlier page; "" is the first
	// Before pages backwards: the rows that precede the cursor, still in Order.
	Before string
	Search string   // text that a search field must contain
	With   []string // relations to load, by Go name

	// Faults are mistakes in building the query, such as the address of
	// something that is no field. The query is refused with them.
	Faults []string
}
