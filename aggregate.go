package appos

import (
	"context"
	"reflect"
	"time"
	"unsafe"

	"github.com/shopspring/decimal"

	"github.com/apposengine/appos/internal/object"
)

// Aggregation collects what [Aggregate] asks for.
type Aggregation struct {
	rows Query
	base unsafe.Pointer // of the answer
	size uintptr
	q    object.Aggregate
	outs []target // as q.Groups and q.Figures
}

// target is where a figure goes in the answer.
type target struct {
	offset uintptr
	typ    reflect.Type
}

// Figure is a group or a value of an [Aggregation], and where it goes.
type Figure struct {
	fn     object.Func
	column unsafe.Pointer
	bucket object.Bucket
	out    unsafe.Pointer
	typ    reflect.Type
	via    func(*Query) *object.Field // the field in the record that column refers to
}

// Aggregate sums up the rows of T that query selects: a row of the answer for
// each group, or one when there are no groups. Addresses say where everything
// comes from, in row, and where it goes, in out:
//
//	type TierSales struct {
//		Tier   *Tier
//		Month  time.Time
//		Orders int
//		Total  decimal.Decimal
//	}
//
//	sales, err := appos.Aggregate(ctx, func(o *Order, out *TierSales, q *appos.Aggregation) {
//		q.Where(appos.Ne(&o.Status, Draft)).
//			GroupBy(appos.ByVia(&o.Customer, func(c *Customer) *Tier { return &c.Tier }, &out.Tier),
//				appos.ByMonth(&o.PlacedAt, &out.Month)).
//			Select(appos.CountRows(&out.Orders), appos.Sum(&o.Total, &out.Total)).
//			OrderBy(appos.Desc(&out.Total)).Limit(10)
//	})
//
// Only rows that the user may see count. Sums of whole numbers and decimals are
// exact; one that does not fit 64 bits is [Invalid], as are more than 10,000
// groups without a Limit.
func Aggregate[T, Out any](ctx context.Context, query func(row *T, out *Out, q *Aggregation)) ([]Out, error) {
	rt, err := runtimeOf(ctx)
	if err != nil {
		return nil, err
	}
	row, blank := new(T), new(Out)
	g := &Aggregation{rows: *newQuery(ctx, row), base: unsafe.Pointer(blank), size: unsafe.Sizeof(*blank)}
	query(row, blank, g)
	g.q.Where, g.q.Search, g.q.Limit, g.q.Faults = g.rows.q.Where, g.rows.q.Search, g.rows.q.Limit, g.rows.q.Faults
	var answer []Out
	err = rt.Aggregate(ctx, reflect.TypeFor[T](), &g.q, func(values []any) error {
		answer = append(answer, *new(Out))
		return g.put(unsafe.Pointer(&answer[len(answer)-1]), values)
	})
	if err != nil {
		return nil, err
	}
	return answer, nil
}

// Where adds conditions on rows; all of them must hold.
func (g *Aggregation) Where(conds ...Cond) *Aggregation {
	g.rows.Where(conds...)
	return g
}

// Search keeps the rows whose search fields have the words, as [Query.Search].
func (g *Aggregation) Search(text string) *Aggregation {
	g.rows.Search(text)
	return g
}

// GroupBy makes a row of the answer for every combination of the groups' values:
// [By], [ByVia], [ByDay], [ByWeek], [ByMonth], [ByQuarter], [ByYear].
func (g *Aggregation) GroupBy(groups ...Figure) *Aggregation {
	for _, f := range groups {
		if f.fn != object.FuncGroup {
			g.rows.fault("GroupBy takes By, ByVia, ByDay and the like; " + f.fn.String() + " goes into Select")
			continue
		}
		g.outs = append(g.outs[:len(g.q.Groups):len(g.q.Groups)], append([]target{g.target(f)}, g.outs[len(g.q.Groups):]...)...)
		g.q.Groups = append(g.q.Groups, g.figure(f))
	}
	return g
}

// Select adds values of the rows of every group: [CountRows], [CountDistinct],
// [Sum], [Avg], [Min], [Max].
func (g *Aggregation) Select(figures ...Figure) *Aggregation {
	for _, f := range figures {
		if f.fn == object.FuncGroup {
			g.rows.fault("Select takes CountRows, Sum and the like; By goes into GroupBy")
			continue
		}
		g.outs = append(g.outs, g.target(f))
		g.q.Figures = append(g.q.Figures, g.figure(f))
	}
	return g
}

// Having keeps the groups whose figures meet the conditions, which name fields
// of the answer. They are about sums, counts, smallest and largest values.
func (g *Aggregation) Having(conds ...Cond) *Aggregation {
	for _, c := range conds {
		g.q.Having = append(g.q.Having, g.cond(c))
	}
	return g
}

// OrderBy sorts the answer by its fields, each the address of one or [Desc] of
// one. Groups come last, smallest first.
func (g *Aggregation) OrderBy(terms ...any) *Aggregation {
	for _, t := range terms {
		o, ok := t.(Order)
		if !ok {
			o = Order{column: t}
		}
		g.q.Sort = append(g.q.Sort, object.Order{Field: g.self(pointer(o.column), "OrderBy"), Desc: o.desc})
	}
	return g
}

// Limit bounds how many groups are returned.
func (g *Aggregation) Limit(n int) *Aggregation {
	g.rows.q.Limit = n
	return g
}

func (g *Aggregation) figure(f Figure) *object.Figure {
	out := &object.Figure{Func: f.fn, Bucket: f.bucket, Name: f.fn.String()}
	switch {
	case f.fn == object.FuncCount:
	case f.via != nil:
		out.Via, out.Field = g.rows.field(f.column, "ByVia"), f.via(&g.rows)
	default:
		out.Field = g.rows.field(f.column, f.fn.String())
	}
	if out.Field != nil {
		out.Name += "_" + out.Field.Column
	}
	return out
}

func (g *Aggregation) target(f Figure) target {
	at := uintptr(f.out) - uintptr(g.base)
	if f.out == nil || at >= max(g.size, 1) {
		g.rows.fault(f.fn.String() + " goes into the address of a field of the answer that the query function received")
	}
	return target{at, f.typ}
}

// self stands for the figure that goes to p.
func (g *Aggregation) self(p unsafe.Pointer, in string) *object.Field {
	for i, f := range g.q.Columns() {
		if p != nil && g.outs[i].offset == uintptr(p)-uintptr(g.base) {
			return f.Self()
		}
	}
	g.rows.fault(in + " takes the addresses of fields of the answer that GroupBy or Select fill; call it after them")
	return nil
}

func (g *Aggregation) cond(c Cond) object.Cond {
	out := object.Cond{Op: c.op, Value: c.value}
	switch {
	case len(c.kids) > 0:
		for _, k := range c.kids {
			out.Kids = append(out.Kids, g.cond(k))
		}
	case c.op != object.OpAnd && c.op != object.OpOr:
		out.Field = g.self(c.column, "Having")
	}
	return out
}

// put stores the values of a group in a row of the answer.
func (g *Aggregation) put(row unsafe.Pointer, values []any) error {
	for i, v := range values {
		to := reflect.NewAt(g.outs[i].typ, unsafe.Add(row, g.outs[i].offset)).Elem()
		if v == nil {
			continue
		}
		if to.Kind() == reflect.Pointer {
			to.Set(reflect.New(to.Type().Elem()))
			to = to.Elem()
		}
		if !assign(to, reflect.ValueOf(v)) {
			return Errorf(Invalid, "the %s is %v, which does not fit a %s", g.q.Columns()[i].Name, v, to.Type())
		}
	}
	return nil
}

func assign(to, v reflect.Value) bool {
	switch {
	case v.Type().AssignableTo(to.Type()):
		to.Set(v)
	case v.CanInt() && to.CanInt():
		if to.OverflowInt(v.Int()) {
			return false
		}
		to.SetInt(v.Int())
	case v.Kind() == to.Kind() && v.CanConvert(to.Type()):
		to.Set(v.Convert(to.Type()))
	case v.CanInt() && to.CanFloat():
		to.SetFloat(float64(v.Int()))
	default:
		d, ok := v.Interface().(decimal.Decimal)
		if !ok || !to.CanFloat() {
			return false
		}
		to.SetFloat(d.InexactFloat64())
	}
	return true
}

func figureOf[V any](fn object.Func, column unsafe.Pointer, out *V) Figure {
	return Figure{fn: fn, column: column, out: unsafe.Pointer(out), typ: reflect.TypeFor[V]()}
}

// By groups by the values of a field; null is a group of its own.
func By[V any](column, out *V) Figure {
	return figureOf(object.FuncGroup, unsafe.Pointer(column), out)
}

// ByVia groups by a field of the rows that a reference points to. Rows that
// refer to nothing, or to what the user may not see, are one group: nil, or the
// zero value where out is not the address of a pointer.
func ByVia[T, V any, R refTo[T], O interface{ *V | **V }](reference *R, field func(*T) *V, out O) Figure {
	o := reflect.ValueOf(out)
	return Figure{
		fn: object.FuncGroup, column: unsafe.Pointer(reference), out: o.UnsafePointer(), typ: o.Type().Elem(),
		via: func(b *Query) *object.Field {
			row := new(T)
			inner := queryIn(b.registry, row)
			f := inner.field(unsafe.Pointer(field(row)), "ByVia")
			b.q.Faults = append(b.q.Faults, inner.q.Faults...)
			return f
		},
	}
}

// moment are the types that can be grouped by spans of time.
type moment interface {
	time.Time | *time.Time | Date | *Date
}

func bucketOf[V moment](b object.Bucket, column, out *V) Figure {
	f := figureOf(object.FuncGroup, unsafe.Pointer(column), out)
	f.bucket = b
	return f
}

// ByDay groups by the day, in UTC.
func ByDay[V moment](column, out *V) Figure { return bucketOf(object.Day, column, out) }

// ByWeek groups by the week, in UTC; the value is its Monday.
func ByWeek[V moment](column, out *V) Figure { return bucketOf(object.Week, column, out) }

// ByMonth groups by the month, in UTC; the value is its first day.
func ByMonth[V moment](column, out *V) Figure { return bucketOf(object.Month, column, out) }

// ByQuarter groups by the quarter, in UTC; the value is its first day.
func ByQuarter[V moment](column, out *V) Figure { return bucketOf(object.Quarter, column, out) }

// ByYear groups by the year, in UTC; the value is its first day.
func ByYear[V moment](column, out *V) Figure { return bucketOf(object.Year, column, out) }

// CountRows counts the rows.
func CountRows(out *int) Figure { return figureOf(object.FuncCount, nil, out) }

// CountDistinct counts the different values of a field; null is none.
func CountDistinct[V any](column *V, out *int) Figure {
	return figureOf(object.FuncCountDistinct, unsafe.Pointer(column), out)
}

// addable are the types that can be added up.
type addable interface {
	~int | ~int32 | ~int64 | ~float64 | decimal.Decimal |
		*int | *int32 | *int64 | *float64 | *decimal.Decimal | *time.Duration
}

// Sum adds up a field: of no values it is zero. What it goes into holds what the
// field holds, so decimals go into a decimal.
func Sum[C, V addable](column *C, out *V) Figure {
	return figureOf(object.FuncSum, unsafe.Pointer(column), out)
}

// Avg is the average of a field; of no values it is nil or zero. That of whole
// numbers and decimals is exact to four digits more than the field has, rounded
// half away from zero, and goes into a decimal or a float64.
func Avg[C addable, V decimal.Decimal | *decimal.Decimal | float64 | *float64](column *C, out *V) Figure {
	return figureOf(object.FuncAvg, unsafe.Pointer(column), out)
}

// Min is the smallest value of a field; of no values it is nil or zero.
func Min[V any, O interface{ *V | **V }](column *V, out O) Figure {
	return extreme(object.FuncMin, unsafe.Pointer(column), reflect.ValueOf(out))
}

// Max is the largest value of a field; of no values it is nil or zero.
func Max[V any, O interface{ *V | **V }](column *V, out O) Figure {
	return extreme(object.FuncMax, unsafe.Pointer(column), reflect.ValueOf(out))
}

func extreme(fn object.Func, column unsafe.Pointer, out reflect.Value) Figure {
	return Figure{fn: fn, column: column, out: out.UnsafePointer(), typ: out.Type().Elem()}
}
