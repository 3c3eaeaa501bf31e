package record

import (
	"encoding/json"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/shopspring/decimal"

	"github.com/apposengine/appos/internal/object"
	"github.com/apposengine/appos/internal/wire"
)

// MaxGroupLimit is how many groups a request has at most, and when it does not say.
const MaxGroupLimit = 1000

var aggregateWords = []string{"group", "count", "count_distinct", "sum", "avg", "min", "max", "having", "sort", "limit", "q", "where"}

// ParseAggregate reads an aggregate from the parameters of a URL:
//
//	group=status,placed_at__month,customer__tier  count=true  sum=total,freight  avg=total
//	min=placed_at  max=placed_at  count_distinct=customer_id
//	having={"sum_total__gt":1000}  sort=-sum_total,status  limit=10
//
// and the filters of ParseFilter. Groups are called as they are written, figures
// sum_total, and the number of rows count, which is there when nothing else is.
func (p *Plan) ParseAggregate(a *Access, params url.Values) (*object.Aggregate, error) {
	f := &aggregateFilter{filter: newFilter(p, a, aggregateWords)}
	f.agg.Limit = MaxGroupLimit
	f.each(params, f.param)
	if len(f.agg.Groups)+len(f.agg.Figures) == 0 || f.counted {
		f.agg.Figures = slices.Insert(f.agg.Figures, 0, &object.Figure{Func: object.FuncCount, Name: "count"})
	}
	if f.err == nil && f.faults == nil {
		f.finish(params)
	}
	if err := f.done(); err != nil {
		return nil, err
	}
	f.agg.Where, f.agg.Search = f.q.Where, f.q.Search
	return &f.agg, nil
}

type aggregateFilter struct {
	*filter
	agg     object.Aggregate
	counted bool
}

func (f *aggregateFilter) param(name, value string) {
	switch name {
	case "having", "sort": // about the figures, which are not all known yet
	case "q":
		f.q.Search = value
	case "where":
		f.where(value)
	case "limit":
		n, err := strconv.Atoi(value)
		if err != nil || n < 1 || n > MaxGroupLimit {
			f.fault(name, "range", "must be a whole number from 1 to %d", MaxGroupLimit)
			return
		}
		f.agg.Limit = n
	case "count":
		if value != "true" && value != "false" {
			f.fault(name, "type", "must be true or false")
		}
		f.counted = value == "true"
	case "group":
		for _, name := range f.names("group", value, maxGroupBy) {
			f.group(name)
		}
	case "count_distinct":
		f.figures(object.FuncCountDistinct, value)
	case "sum":
		f.figures(object.FuncSum, value)
	case "avg":
		f.figures(object.FuncAvg, value)
	case "min":
		f.figures(object.FuncMin, value)
	case "max":
		f.figures(object.FuncMax, value)
	default:
		f.top.add(name, operand{text: value, url: true})
	}
}

// names splits a list of at most n different names.
func (f *aggregateFilter) names(param, value string, n int) []string {
	names := strings.Split(value, ",")
	if len(names) > n {
		f.fault(param, "max", "has more than %d fields", n)
		return nil
	}
	for i := range names {
		names[i] = strings.TrimSpace(names[i])
		if slices.Contains(names[:i], names[i]) {
			f.fault(param, "duplicate", "names %q twice", wire.Clip(names[i]))
			return nil
		}
	}
	return names
}

func (f *aggregateFilter) figures(fn object.Func, value string) {
	for _, name := range f.names(fn.String(), value, maxFigures) {
		c := f.top.column(name)
		if c == nil {
			f.fault(fn.String(), "unknown", "names %q, which is not a field of %s%s", wire.Clip(name), f.p.o.Name, f.p.suggest(wire.Clip(name), f.a.Hidden))
			continue
		}
		f.agg.Figures = append(f.agg.Figures, &object.Figure{Func: fn, Field: c.f, Name: fn.String() + "_" + name})
	}
}

// group reads a group: a field, maybe of the row that a reference points to,
// maybe with the span of time that groups cover.
func (f *aggregateFilter) group(name string) {
	g := &object.Figure{Name: name}
	at, rest := f.top, name
	if at.column(rest) == nil {
		if head, tail, deeper := strings.Cut(rest, "__"); deeper && at.column(head) == nil {
			// looked up beside the conditions: a group asks nothing of its row
			beside := &scope{f: f.filter, p: f.p, a: f.a}
			if next := beside.next(head); next != nil && next.ref != nil {
				g.Via, at, rest = next.ref, next, tail
			} else if f.err != nil {
				return
			}
		}
	}
	c := at.column(rest)
	if c == nil {
		if i := strings.LastIndex(rest, "__"); i >= 0 {
			if c = at.column(rest[:i]); c != nil {
				bucket := slices.Index(object.Buckets[:], rest[i+2:])
				if bucket < 0 {
					f.fault("group", "unknown", "names %q; a group covers %s", wire.Clip(name), strings.Join(object.Buckets[:], ", "))
					return
				}
				g.Bucket = object.Bucket(bucket + 1)
			}
		}
	}
	if c == nil {
		hint := ""
		if near := object.Nearest(wire.Clip(rest), at.known()); near != "" {
			hint = "; did you mean " + strconv.Quote(at.path+near) + "?"
		}
		f.fault("group", "unknown", "names %q, which is not a field of %s%s", wire.Clip(name), at.p.o.Name, hint)
		return
	}
	g.Field = c.f
	f.agg.Groups = append(f.agg.Groups, g)
}

// finish reads what is about the figures, once they are known.
func (f *aggregateFilter) finish(params url.Values) {
	g, err := f.p.aggregation(f.a, &f.agg)
	if err != nil {
		f.err = err
		return
	}
	outs := map[string]*column{}
	for _, o := range g.outs {
		outs[o.f.Column] = &o.column
	}
	if sort := params.Get("sort"); sort != "" {
		for _, name := range f.names("sort", sort, maxGroupBy) {
			name, desc := strings.CutPrefix(name, "-")
			c := outs[name]
			if c == nil {
				f.fault("sort", "unknown", "names %q, which is not part of the answer%s", wire.Clip(name), nearest(name, outs))
				continue
			}
			f.agg.Sort = append(f.agg.Sort, object.Order{Field: c.f, Desc: desc})
		}
	}
	if having := params.Get("having"); having != "" {
		v, err := parseJSON(having)
		if err != nil || v.members == nil {
			f.fault("having", "json", `must be an object in JSON, such as {"count__gt":10}`)
			return
		}
		s := &scope{f: f.filter, p: f.p, a: f.a, outs: outs}
		s.object(*v.members)
		f.agg.Having = s.build()
	}
}

func nearest(name string, outs map[string]*column) string {
	known := make([]string, 0, len(outs))
	for n := range outs {
		known = append(known, n)
	}
	slices.Sort(known)
	if near := object.Nearest(wire.Clip(name), known); near != "" {
		return "; did you mean " + strconv.Quote(near) + "?"
	}
	return "; there are " + strings.Join(known, ", ")
}

// AppendFigures appends a group as a JSON object: what Aggregate found, under
// the names of its columns, in the forms of AppendJSON.
func AppendFigures(dst []byte, q *object.Aggregate, values []any) []byte {
	dst = append(dst, '{')
	for i, f := range q.Columns() {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(wire.AppendString(dst, f.Name), ':')
		dst = appendFigure(dst, f, values[i])
	}
	return append(dst, '}')
}

func appendFigure(dst []byte, f *object.Figure, v any) []byte {
	switch v := v.(type) {
	case nil:
		return append(dst, "null"...)
	case int64:
		return strconv.AppendInt(dst, v, 10)
	case float64:
		return wire.AppendFloat(dst, v)
	case bool:
		return strconv.AppendBool(dst, v)
	case string:
		return wire.AppendString(dst, v)
	case time.Time:
		return append(wire.AppendTime(append(dst, '"'), v), '"')
	case time.Duration:
		return append(append(append(dst, '"'), object.FormatDuration(v)...), '"')
	case decimal.Decimal:
		scale := f.Self().Scale
		if f.Func == object.FuncAvg {
			scale += avgDigits
		}
		return append(append(append(dst, '"'), v.StringFixed(int32(scale))...), '"')
	}
	data, err := json.Marshal(v)
	if err != nil {
		return append(dst, "null"...)
	}
	return append(dst, data...)
}
