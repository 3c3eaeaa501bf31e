package record

import (
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/apposengine/appos/internal/object"
)

// The bounds of a page that is asked for in a URL.
const (
	DefaultLimit = 50
	MaxLimit     = 200
)

// reservedWords are the parameters that are no filters. A field of the same
// name is filtered with its operator spelled out, as limit__eq.
var reservedWords = []string{"sort", "limit", "cursor", "before", "q", "count", "expand"}

// ParseFilter reads a query from the parameters of a URL:
//
//	status=draft  status__ne=draft  total__gt=100  status__in=draft,paid  note__is_null=true
//	sort=-placed_at,name  limit=50  cursor=…  before=…  q=text
//
// The parameters count and expand are left to the caller. Everything that is
// not understood is an Invalid error with a suggestion, all at once; fields
// that the access hides are not understood.
func (p *Plan) ParseFilter(a *Access, params url.Values) (*object.Query, error) {
	f := filter{p: p, a: a.orSystem(), q: &object.Query{Limit: DefaultLimit}}
	names := make([]string, 0, len(params))
	for name := range params {
		names = append(names, name)
	}
	slices.Sort(names) // the statement is the same whatever the order
	for _, name := range names {
		if len(params[name]) != 1 {
			f.fault(clip(name), "duplicate", "is given more than once; use %s__in for one of several values", clip(name))
			continue
		}
		f.param(name, params[name][0])
	}
	if f.q.After != "" && f.q.Before != "" {
		f.fault("before", "conflict", "cannot be given with cursor")
	}
	if f.faults != nil {
		e := p.fail(a, object.Invalid, "some parameters are not valid")
		e.Fields = f.faults
		return nil, e
	}
	return f.q, nil
}

type filter struct {
	p      *Plan
	a      *Access
	q      *object.Query
	faults []object.FieldError
}

func (f *filter) fault(field, rule, format string, args ...any) {
	if len(f.faults) < maxFaults {
		f.faults = append(f.faults, object.FieldError{Field: field, Rule: rule, Message: fmt.Sprintf(format, args...)})
	}
}

func (f *filter) param(name, value string) {
	switch name {
	case "count", "expand":
	case "q":
		f.q.Search = value
	case "cursor":
		f.q.After = value
	case "before":
		f.q.Before = value
	case "limit":
		n, err := strconv.Atoi(value)
		if err != nil || n < 1 || n > MaxLimit {
			f.fault(name, "range", "must be a whole number from 1 to %d", MaxLimit)
			return
		}
		f.q.Limit = n
	case "sort":
		f.sort(value)
	default:
		f.cond(name, value)
	}
}

func (f *filter) sort(value string) {
	if value == "" {
		return
	}
	terms := strings.Split(value, ",")
	if len(terms) > 8 {
		f.fault("sort", "max", "has more than 8 fields")
		return
	}
	for _, t := range terms {
		name, desc := strings.CutPrefix(strings.TrimSpace(t), "-")
		c := f.column(name)
		if c == nil {
			f.fault("sort", "unknown", "names %q, which is not a field of %s%s", clip(name), f.p.o.Name, f.p.suggest(clip(name), f.a.Hidden))
			continue
		}
		if c.form == formJSON {
			f.fault("sort", "operator", "names %q, which is %s and cannot be sorted by", name, c.f.Kind)
			continue
		}
		f.q.Order = append(f.q.Order, object.Order{Field: c.f, Desc: desc})
	}
	seen := map[string]bool{}
	for _, o := range f.q.Order {
		if seen[o.Field.Column] {
			f.fault("sort", "duplicate", "names %q twice", o.Field.Column)
		}
		seen[o.Field.Column] = true
	}
}

// column returns the field that a filter may name, or nil.
func (f *filter) column(name string) *column {
	i, ok := f.p.byColumn[name]
	if !ok || f.a.Hidden.Has(i) || f.p.cols[i].f.Hidden || f.p.cols[i].f.Secret {
		return nil
	}
	return &f.p.cols[i]
}

func (f *filter) cond(name, value string) {
	column, op := name, object.OpEq
	c := f.column(name)
	if c == nil {
		if i := strings.LastIndex(name, "__"); i >= 0 {
			column = name[:i]
			c = f.column(column)
			if c != nil {
				var ok bool
				if op, ok = object.ParseOp(name[i+2:]); !ok {
					f.fault(clip(name), "operator", "has no operator %q%s", clip(name[i+2:]), suggestOp(clip(name[i+2:])))
					return
				}
			}
		}
	}
	if c == nil {
		f.fault(clip(name), "unknown", "is not a field of %s%s", f.p.o.Name, f.p.suggest(clip(column), f.a.Hidden, reservedWords...))
		return
	}
	v, err := f.value(c, op, value)
	if err != nil {
		f.fault(name, "type", "%v", err)
		return
	}
	f.q.Where = append(f.q.Where, object.Cond{Op: op, Field: c.f, Value: v})
}

var opNames = []string{"eq", "ne", "lt", "le", "gt", "ge", "in", "like", "contains", "is_null"}

func suggestOp(name string) string {
	if near := object.Nearest(name, opNames); near != "" {
		return fmt.Sprintf("; did you mean %q?", near)
	}
	return "; there are " + strings.Join(opNames, ", ")
}

// value reads what a condition compares with, and checks that the database
// will understand it.
func (f *filter) value(c *column, op object.Op, text string) (any, error) {
	var v any
	var err error
	switch op {
	case object.OpIsNull:
		switch text {
		case "true":
			v = true
		case "false":
			v = false
		default:
			return nil, fmt.Errorf("must be true or false")
		}
	case object.OpLike, object.OpContains:
		v = text
	case object.OpIn:
		v, err = f.list(c, text)
	default:
		v, err = ParseValue(c.f, text)
	}
	if err != nil {
		return nil, err
	}
	w := where{p: f.p, hidden: f.a.Hidden}
	if err := w.compare(c, op, v); err != nil {
		if e := object.AsError(err); len(e.Fields) > 0 {
			return nil, fmt.Errorf("%s", e.Fields[0].Message)
		}
		return nil, err
	}
	return v, nil
}

func (f *filter) list(c *column, text string) ([]any, error) {
	parts := strings.Split(text, ",")
	if len(parts) > MaxLimit {
		return nil, fmt.Errorf("has more than %d values", MaxLimit)
	}
	list := make([]any, 0, len(parts))
	for _, part := range parts {
		v, err := ParseValue(c.f, strings.TrimSpace(part))
		if err != nil {
			return nil, err
		}
		list = append(list, v)
	}
	return list, nil
}
