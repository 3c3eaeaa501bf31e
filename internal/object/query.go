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
	OpIn       // Value is a []any
	OpLike     // SQL's LIKE, % and _ are wild
	OpContains // a text within the text, no wildcards, ASCII case ignored
	OpIsNull   // Value is a bool: true asks for null
	OpAnd      // Kids
	OpOr       // Kids
	OpNot      // Kids, one
)

var ops = [...]string{"", "eq", "ne", "lt", "le", "gt", "ge", "in", "like", "contains", "is_null", "and", "or", "not"}

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

// Cond is a condition on a field, or a group of conditions.
//
// Value has the Go type of the field without its pointer (string kinds, int64
// kinds, float64, bool, decimal.Decimal, time.Time, ids), or its plain form:
// string, int64, float64. A nil Value of OpEq and OpNe asks for null.
type Cond struct {
	Op    Op
	Field *Field
	Value any
	Kids  []Cond
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
