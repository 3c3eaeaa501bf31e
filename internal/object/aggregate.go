package object

// Func is how an aggregate makes one value of the rows of a group.
type Func uint8

// The functions of aggregates.
const (
	FuncGroup         Func = iota // the value that the rows of a group share
	FuncCount                     // how many rows there are; no field
	FuncCountDistinct             // how many different values, null not among them
	FuncSum                       // exact for whole numbers and decimals; zero of no rows
	FuncAvg                       // null of no rows
	FuncMin                       // null of no rows
	FuncMax                       // null of no rows
)

var funcs = [...]string{"group", "count", "count_distinct", "sum", "avg", "min", "max"}

// String is the function's name in requests, such as "count_distinct".
func (f Func) String() string { return funcs[f] }

// Bucket is a span of time that a group covers, in UTC. The group's value is the
// moment or the day that it begins at.
type Bucket uint8

// The buckets. Weeks begin on Monday.
const (
	NoBucket Bucket = iota
	Day
	Week
	Month
	Quarter
	Year
)

// Buckets are the names of the buckets in requests, from Day on.
var Buckets = [...]string{"day", "week", "month", "quarter", "year"}

// String is the bucket's name in requests, such as "month".
func (b Bucket) String() string {
	if b == NoBucket {
		return ""
	}
	return Buckets[b-1]
}

// Figure is one column of an aggregate: what rows are grouped by, or a value of
// the rows of each group.
type Figure struct {
	Func   Func
	Via    *Field // of a group: the reference that Field is reached through; nil is none
	Field  *Field // nil of FuncCount
	Bucket Bucket // of a group by time
	Name   string // in answers and messages, such as "sum_total"

	self Field
}

// Self stands for the figure in Aggregate.Having and Aggregate.Sort.
func (f *Figure) Self() *Field { return &f.self }

// Aggregate asks for figures about the rows that a query selects, a row for each
// group; without groups there is one row. Of the query, Where, Search, Limit and
// Faults count.
type Aggregate struct {
	Query
	Groups  []*Figure // FuncGroup
	Figures []*Figure // the others
	Having  []Cond    // about figures that are no averages
	Sort    []Order   // by groups or figures; the groups come last, ascending, null first
}

// Columns are the groups and the figures, as the rows of the answer have them.
func (a *Aggregate) Columns() []*Figure {
	return append(append(make([]*Figure, 0, len(a.Groups)+len(a.Figures)), a.Groups...), a.Figures...)
}
