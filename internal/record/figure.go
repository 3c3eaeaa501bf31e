package record

import (
	"slices"
	"strings"
	"time"

	"github.com/shopspring/decimal"

	"github.com/apposengine/appos/internal/object"
	"github.com/apposengine/appos/internal/store"
)

// outer names the record's own table in the expressions of groups that look
// into another one.
const outer = `"rows"`

// avgDigits are how many more digits after the point an average has than the
// values that it is of.
const avgDigits = 4

// output is one column of an aggregate. Its name is an expression in SQL, its
// field stands for what the expression is worth.
type output struct {
	column
	figure   *object.Figure
	of       string // the expression that a function is of
	args     []any
	position int // in the statement, from 1
}

func (p *Plan) output(a *Access, f *object.Figure) (*output, error) {
	o := &output{figure: f}
	self := f.Self()
	*self = object.Field{Name: f.Name, Column: f.Name, Kind: object.FieldInt}
	o.f = self
	if f.Func == object.FuncCount {
		o.name, o.form = "count(*)", formInt64
		return o, nil
	}
	from, err := p.source(a, o)
	if err != nil {
		return nil, err
	}
	if from.form == formJSON {
		return nil, p.fieldError(from.f.Column, "operator", "is %s and cannot be counted, summed or grouped by", from.f.Kind)
	}
	if f.Func != object.FuncCountDistinct {
		self.Kind, self.Type, self.Scale, self.Enum = from.f.Kind, from.f.Type, from.f.Scale, from.f.Enum
	}
	o.form = from.form
	switch f.Func {
	case object.FuncGroup:
		self.Optional = from.f.Optional || f.Via != nil
		o.name = o.of
		if f.Bucket != object.NoBucket {
			o.name, err = p.bucket(from, o.of, f.Bucket)
			o.args = slices.Repeat(o.args, strings.Count(o.name, o.of))
		}
		return o, err
	case object.FuncCountDistinct:
		o.name, o.form = "count(DISTINCT "+o.of+")", formInt64
	case object.FuncMin, object.FuncMax:
		if from.form == formBool {
			return nil, p.fieldError(from.f.Column, "operator", "is a %s and has no %s", from.f.Kind, f.Func)
		}
		self.Optional = true
		o.name = f.Func.String() + "(" + o.of + ")"
	case object.FuncSum, object.FuncAvg:
		return o, p.total(from, o)
	default:
		return nil, p.fail(a, object.Invalid, "there is no such figure")
	}
	return o, nil
}

// total writes a sum, or what an average is worked out from. Whole numbers and
// decimals are added as integers in SQLite and as numerics in PostgreSQL: both
// are exact, and refuse what does not fit.
func (p *Plan) total(from *column, o *output) error {
	zero := "0"
	o.name = "sum(" + o.of + ")"
	switch from.f.Kind {
	case object.FieldInt, object.FieldDuration:
		if from.form == formInt32 { // sums of small integers may be large
			o.form, o.f.Type = formInt64, nil
		}
		if p.db.Dialect() == store.PostgreSQL {
			o.name = "CAST(" + o.name + " AS bigint)"
		}
	case object.FieldDecimal:
	case object.FieldFloat:
		zero = "0.0"
	default:
		return p.fieldError(from.f.Column, "operator", "is a %s and cannot be added up", from.f.Kind)
	}
	o.name = "COALESCE(" + o.name + ", " + zero + ")"
	if o.figure.Func == object.FuncAvg {
		o.f.Optional = true
	}
	return nil
}

// source finds the field that a figure is of, and writes it as an expression.
func (p *Plan) source(a *Access, o *output) (*column, error) {
	f := o.figure
	if f.Via == nil {
		i, err := p.fieldOf(f.Field, a.Hidden, false)
		if err != nil {
			return nil, err
		}
		o.of = outer + "." + p.cols[i].name
		return &p.cols[i], nil
	}
	via, err := p.fieldOf(f.Via, a.Hidden, false)
	if err != nil {
		return nil, err
	}
	target := p.records.byType[p.cols[via].f.Target]
	if target == nil || f.Func != object.FuncGroup {
		return nil, p.fail(a, object.Invalid, "only groups are by a field of another record, through a reference")
	}
	if target.db != p.db {
		return nil, p.fail(a, object.Invalid, "%s are in another database than %s", target.nouns(2), p.nouns(2))
	}
	ta, err := a.related(target.o)
	if err != nil {
		return nil, err
	}
	i, err := target.fieldOf(f.Field, ta.Hidden, false)
	if err != nil {
		return nil, err
	}
	w, err := target.newWhere(ta)
	if err != nil {
		return nil, err
	}
	w.and()
	w.b.WriteString(target.cols[object.FieldID].name + " = " + outer + "." + p.cols[via].name)
	o.of = "(SELECT " + target.cols[i].name + " FROM " + target.table + w.b.String() + ")"
	o.args = w.args
	return &target.cols[i], nil
}

// bucket writes the beginning of the span of time that an expression is in.
func (p *Plan) bucket(from *column, of string, b object.Bucket) (string, error) {
	sqlite := p.db.Dialect() == store.SQLite
	switch {
	case from.f.Kind == object.FieldTime && sqlite:
		return sqliteBucket(of, b), nil
	case from.f.Kind == object.FieldTime:
		return "date_trunc('" + b.String() + "', " + of + ", 'UTC')", nil
	case from.f.Kind == object.FieldDate && sqlite:
		return "date(" + of + sqliteStart(b, of) + ")", nil
	case from.f.Kind == object.FieldDate:
		return "CAST(date_trunc('" + b.String() + "', CAST(" + of + " AS timestamp)) AS date)", nil
	}
	return "", p.fieldError(from.f.Column, "operator", "is a %s; only times and dates are grouped by %s", from.f.Kind, b)
}

// sqliteBucket works on microseconds. Before 1970 they are negative, and its
// remainder of a negative number is negative too.
func sqliteBucket(of string, b object.Bucket) string {
	const second, day = "1000000", "86400000000"
	floor := func(n string) string { return "(" + of + " - ((" + of + " % " + n + ") + " + n + ") % " + n + ")" }
	if b == object.Day {
		return floor(day)
	}
	return "unixepoch(" + floor(second) + " / " + second + ", 'unixepoch', 'start of day'" +
		sqliteStart(b, floor(second)+" / "+second+", 'unixepoch'") + ") * " + second
}

// sqliteStart are the modifiers of SQLite's date functions that lead to the
// beginning of a bucket; at is the time again.
func sqliteStart(b object.Bucket, at string) string {
	switch b {
	case object.Week: // forward to Sunday, unless it is one, and back to Monday
		return ", 'weekday 0', '-6 days'"
	case object.Month:
		return ", 'start of month'"
	case object.Quarter:
		return ", 'start of month', '-' || ((CAST(strftime('%m', " + at + ") AS INTEGER) - 1) % 3) || ' months'"
	case object.Year:
		return ", 'start of year'"
	}
	return ""
}

// figureRow reads rows of figures.
type figureRow struct {
	outs []*output
	dst  []any
}

func (g *aggregation) row() *figureRow {
	r := &figureRow{outs: g.outs}
	for _, o := range g.outs {
		switch {
		case o.f.Kind == object.FieldDate:
			r.dst = append(r.dst, new(*object.Date))
		case o.f.Kind == object.FieldDuration:
			r.dst = append(r.dst, new(*time.Duration))
		case o.form == formText:
			r.dst = append(r.dst, new(*string))
		case o.form == formFloat:
			r.dst = append(r.dst, new(*float64))
		case o.form == formBool:
			r.dst = append(r.dst, new(*bool))
		case o.form == formTime:
			r.dst = append(r.dst, new(*time.Time))
		case o.form == formDecimal:
			r.dst = append(r.dst, &store.Decimal{Scale: o.f.Scale})
		default:
			r.dst = append(r.dst, new(*int64))
		}
		if o.figure.Func == object.FuncAvg {
			r.dst = append(r.dst, new(int64))
		}
	}
	return r
}

func (r *figureRow) read(rows store.Rows) ([]any, error) {
	if err := rows.Scan(r.dst...); err != nil {
		return nil, err
	}
	values := make([]any, len(r.outs))
	at := 0
	for i, o := range r.outs {
		v, err := plainCell(r.dst[at])
		if err != nil {
			return nil, err
		}
		at++
		if o.figure.Func == object.FuncAvg {
			v = average(v, *r.dst[at].(*int64), o.f.Scale)
			at++
		}
		values[i] = v
	}
	return values, nil
}

// plainCell is the value that was read into a destination; nil is null.
func plainCell(dst any) (any, error) {
	switch d := dst.(type) {
	case **string:
		if *d != nil {
			return **d, nil
		}
	case **int64:
		if *d != nil {
			return **d, nil
		}
	case **float64:
		if *d != nil {
			return **d, nil
		}
	case **bool:
		if *d != nil {
			return **d, nil
		}
	case **time.Time:
		if *d != nil {
			return **d, nil
		}
	case **object.Date:
		if *d != nil {
			return **d, nil
		}
	case **time.Duration:
		if *d != nil {
			return **d, nil
		}
	case *store.Decimal:
		if !d.Null {
			_, err := d.Scaled() // numerics of PostgreSQL have no end
			return d.Value, err
		}
	}
	return nil, nil
}

// average divides a sum exactly, then rounds half away from zero.
func average(sum any, n int64, scale int) any {
	if n == 0 {
		return nil
	}
	switch sum := sum.(type) {
	case float64:
		return sum / float64(n)
	case int64:
		return decimal.NewFromInt(sum).DivRound(decimal.NewFromInt(n), avgDigits)
	case time.Duration: // to the microsecond, as durations are stored
		return time.Duration(decimal.NewFromInt(int64(sum)).DivRound(decimal.NewFromInt(n), 0).IntPart()).Round(time.Microsecond)
	case decimal.Decimal:
		return sum.DivRound(decimal.NewFromInt(n), int32(scale)+avgDigits)
	}
	return nil
}
