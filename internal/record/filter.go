package record

import (
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/apposengine/appos/internal/object"
	"github.com/apposengine/appos/internal/wire"
)

// The bounds of a page that is asked for in a URL.
const (
	DefaultLimit = 50
	MaxLimit     = 200
)

// reservedWords are the parameters that are no filters. A field of the same
// name is filtered with its operator spelled out, as limit__eq.
var reservedWords = []string{"sort", "limit", "cursor", "before", "q", "where", "count", "expand", "fields"}

// ParseFilter reads a query from the parameters of a URL:
//
//	status=draft  status__ne=draft  total__gt=100  status__in=draft,paid  note__is_null=true
//	customer__tier=gold  lines__product__name__contains=lamp
//	where={"or":[{"status":"draft"},{"total__gt":100}]}
//	sort=-placed_at,name  limit=50  cursor=…  before=…  q=text
//
// A condition leads through references (customer) and relations (lines): some
// row there must meet all the conditions that begin the same. The parameters
// count, expand and fields are left to the caller. Everything that is
// not understood is an Invalid error with a suggestion, all at once; fields
// that the access hides are not understood.
func (p *Plan) ParseFilter(a *Access, params url.Values) (*object.Query, error) {
	f := newFilter(p, a, reservedWords)
	f.q.Limit = DefaultLimit
	f.each(params, f.param)
	if f.q.After != "" && f.q.Before != "" {
		f.fault("before", "conflict", "cannot be given with cursor")
	}
	return f.q, f.done()
}

// filter reads parameters into a query and collects what is wrong with them.
type filter struct {
	p        *Plan
	a        *Access
	q        *object.Query
	reserved []string // parameters that are no filters
	top      *scope
	conds    int // read so far
	faults   []object.FieldError
	err      error // ends it: another record that the user may not view
}

func newFilter(p *Plan, a *Access, reserved []string) *filter {
	f := &filter{p: p, a: a.orSystem(), q: &object.Query{}, reserved: reserved}
	f.top = &scope{f: f, p: p, a: f.a}
	return f
}

// each calls param for every parameter, in one order: the statement is the same
// however they were sent.
func (f *filter) each(params url.Values, param func(name, value string)) {
	names := make([]string, 0, len(params))
	for name := range params {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		if len(params[name]) != 1 {
			f.fault(wire.Clip(name), "duplicate", "is given more than once%s", f.several(name))
			continue
		}
		param(name, params[name][0])
	}
}

// several says how to ask for several values at once, where there is a way.
func (f *filter) several(name string) string {
	if slices.Contains(f.reserved, name) {
		return ""
	}
	field, op := name, object.OpEq
	if i := strings.LastIndex(name, "__"); i >= 0 {
		if o, ok := object.ParseOp(name[i+2:]); ok {
			field, op = name[:i], o
		}
	}
	switch op {
	case object.OpEq:
		return fmt.Sprintf("; use %s__in for one of several values", wire.Clip(field))
	case object.OpNe:
		return fmt.Sprintf("; use %s__not_in for none of several values", wire.Clip(field))
	}
	return ""
}

// another counts a condition and says whether there is room for it.
func (f *filter) another() bool {
	if f.conds++; f.conds == maxConds+1 {
		f.fault("where", "max", "there are more than %d conditions", maxConds)
	}
	return f.conds <= maxConds
}

// done puts the conditions into the query and returns what was wrong.
func (f *filter) done() error {
	if f.err != nil {
		return f.err
	}
	if f.faults != nil {
		e := f.p.fail(f.a, object.Invalid, "some parameters are not valid")
		e.Fields = f.faults
		return e
	}
	f.q.Where = append(f.q.Where, f.top.build()...)
	return nil
}

func (f *filter) fault(field, rule, format string, args ...any) {
	if len(f.faults) < wire.MaxFaults {
		f.faults = append(f.faults, object.FieldError{Field: field, Rule: rule, Message: fmt.Sprintf(format, args...)})
	}
}

func (f *filter) param(name, value string) {
	switch name {
	case "count", "expand", "fields":
	case "q":
		f.q.Search = value
	case "where":
		f.where(value)
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
		f.top.add(name, operand{text: value, url: true})
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
		c := f.top.column(name)
		if c == nil && strings.Contains(name, "__") {
			f.fault("sort", "operator", "names %q; rows are sorted by fields of their own", wire.Clip(name))
			continue
		}
		if c == nil {
			f.fault("sort", "unknown", "names %q, which is not a field of %s%s", wire.Clip(name), f.p.o.Name, f.p.suggest(wire.Clip(name), f.a.Hidden))
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
