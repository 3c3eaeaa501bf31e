package record

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/apposengine/appos/internal/object"
	"github.com/apposengine/appos/internal/wire"
)

// maxConds is how many conditions one request has at most.
const maxConds = 200

// scope collects the conditions on the rows of one record. Conditions that lead
// through the same reference or relation are about the same row there, so they
// share a scope.
type scope struct {
	f      *filter
	p      *Plan
	a      *Access
	path   string // what leads here, such as "customer__"
	hops   int
	conds  []object.Cond
	beyond []*scope

	outs map[string]*column // of an aggregate, instead of fields

	// how the scope above leads here
	key string
	ref *object.Field
	rel *object.Relation
}

func (s *scope) build() []object.Cond {
	conds := s.conds
	for _, b := range s.beyond {
		c := object.Cond{Op: object.OpVia, Field: b.ref, Kids: b.build()}
		if b.rel != nil {
			c.Op, c.Relation = object.OpAny, b.rel
		}
		conds = append(conds, c)
	}
	return conds
}

// operand is what a condition compares with: a text of a URL, or a value in JSON.
type operand struct {
	text string
	url  bool
	null bool
	list []operand
	many bool // a list, maybe of nothing, or an object
}

// add reads one condition, such as total__gt=100.
func (s *scope) add(name string, v operand) {
	if !s.f.another() {
		return
	}
	at, column, op := s.find(name)
	if column == nil {
		return
	}
	value, err := at.value(column, op, v)
	if err != nil {
		s.f.fault(wire.Clip(s.path+name), "type", "%v", err)
		return
	}
	at.conds = append(at.conds, object.Cond{Op: op, Field: column.f, Value: value})
}

// find returns the scope, the field and the operator that a name means, or
// notes what is wrong with it.
func (s *scope) find(name string) (*scope, *column, object.Op) {
	if c := s.column(name); c != nil {
		return s, c, object.OpEq
	}
	field, op := name, ""
	if i := strings.LastIndex(name, "__"); i >= 0 {
		field, op = name[:i], name[i+2:]
		if c := s.column(field); c != nil {
			if o, ok := object.ParseOp(op); ok {
				return s, c, o
			}
			s.f.fault(wire.Clip(s.path+name), "operator", "has no operator %q%s", wire.Clip(op), suggestOp(wire.Clip(op)))
			return nil, nil, 0
		}
	}
	if head, rest, deeper := strings.Cut(name, "__"); deeper {
		if next := s.next(head); next != nil {
			return next.find(rest)
		}
		field = head
	}
	if s.f.err == nil {
		s.unknown(name, field)
	}
	return nil, nil, 0
}

func (s *scope) unknown(name, field string) {
	known := s.known()
	if s.path == "" {
		known = append(known, s.f.reserved...)
	}
	hint := ""
	switch near := object.Nearest(wire.Clip(field), known); near {
	case "":
	case field: // it leads to another record, and is no field by itself
		hint = fmt.Sprintf("; fields of what it leads to begin with %q", s.path+field+"__")
		if i := slices.IndexFunc(s.p.cols, func(c column) bool { return c.f.Key == field }); i >= 0 && s.outs == nil {
			hint = fmt.Sprintf("; did you mean %q?", s.path+s.p.cols[i].f.Column) + hint
		}
	default:
		hint = fmt.Sprintf("; did you mean %q?", s.path+near)
	}
	s.f.fault(wire.Clip(s.path+name), "unknown", "is not a field of %s%s", s.p.o.Name, hint)
}

// known are the names that a condition may begin with.
func (s *scope) known() []string {
	if s.outs != nil {
		return slices.Sorted(maps.Keys(s.outs))
	}
	var known []string
	for i := range s.p.cols {
		if s.may(i) {
			known = append(known, s.p.cols[i].f.Column)
			if f := s.p.cols[i].f; f.Key != f.Column {
				known = append(known, f.Key)
			}
		}
	}
	for i := range s.p.rec.Relations {
		known = append(known, s.p.rec.Relations[i].Key)
	}
	return known
}

// column returns the field that a condition may name, or nil.
func (s *scope) column(name string) *column {
	if s.outs != nil {
		return s.outs[name]
	}
	if i, ok := s.p.byColumn[name]; ok && s.may(i) {
		return &s.p.cols[i]
	}
	return nil
}

func (s *scope) may(i int) bool {
	f := s.p.cols[i].f
	return !s.a.Hidden.Has(i) && !f.Hidden && !f.Secret
}

// next returns the scope that a reference or a relation leads to, or nil.
func (s *scope) next(key string) *scope {
	if s.outs != nil {
		return nil
	}
	for _, b := range s.beyond {
		if b.key == key {
			return b
		}
	}
	b := &scope{f: s.f, key: key, path: s.path + key + "__", hops: s.hops + 1}
	for _, i := range s.p.refs {
		if f := s.p.cols[i].f; f.Key == key && s.may(i) {
			b.ref, b.p = f, s.p.records.byType[f.Target]
		}
	}
	if b.p == nil {
		if b.rel = s.p.relation(key); b.rel == nil || b.rel.Key != key {
			return nil
		}
		b.p = s.p.records.byType[b.rel.Target]
	}
	if b.hops > maxHops {
		s.f.err = s.p.fail(s.f.a, object.Invalid, "the conditions lead through more than %d records", maxHops)
		return nil
	}
	a, err := s.a.related(b.p.o)
	if err != nil {
		s.f.err = err
		return nil
	}
	b.a = a
	s.beyond = append(s.beyond, b)
	return b
}

func suggestOp(name string) string {
	if near := object.Nearest(name, object.CompareOps); near != "" {
		return fmt.Sprintf("; did you mean %q?", near)
	}
	return "; there are " + strings.Join(object.CompareOps, ", ")
}

// value reads what a condition compares with, and checks that the database
// will understand it.
func (s *scope) value(c *column, op object.Op, v operand) (any, error) {
	value, err := s.read(c, op, v)
	if err != nil {
		return nil, err
	}
	w := where{p: s.p, hidden: s.a.Hidden, a: s.a}
	if err := w.compare(c, op, value); err != nil {
		if e := object.AsError(err); len(e.Fields) > 0 {
			return nil, errors.New(e.Fields[0].Message)
		}
		return nil, err
	}
	return value, nil
}

func (s *scope) read(c *column, op object.Op, v operand) (any, error) {
	several := op == object.OpIn || op == object.OpNotIn
	switch {
	case several && v.url:
		for part := range strings.SplitSeq(v.text, ",") {
			v.list = append(v.list, operand{text: strings.TrimSpace(part), url: true})
		}
		return c.list(v.list)
	case several && v.many:
		return c.list(v.list)
	case several:
		return nil, errors.New("must be a list")
	case v.many:
		return nil, fmt.Errorf("must be one value; lists are compared by in and not_in")
	}
	switch op {
	case object.OpIsNull:
		if v.text != "true" && v.text != "false" {
			return nil, errors.New("must be true or false")
		}
		return v.text == "true", nil
	case object.OpLike, object.OpContains, object.OpStartsWith, object.OpEndsWith:
		if v.null {
			return nil, fmt.Errorf("cannot be compared with null by %s", op)
		}
		if op == object.OpContains && c.f.Elem != nil {
			return ParseValue(c.f.Elem, v.text)
		}
		return v.text, nil
	}
	if c.form == formJSON && !v.null {
		return v.text, nil // the comparison says what there is instead
	}
	return c.parse(v)
}

func (c *column) list(parts []operand) ([]any, error) {
	if len(parts) > MaxLimit {
		return nil, fmt.Errorf("has more than %d values", MaxLimit)
	}
	list := make([]any, 0, len(parts))
	for _, part := range parts {
		if part.many {
			return nil, errors.New("must be a list of values")
		}
		v, err := c.parse(part)
		if err != nil {
			return nil, err
		}
		list = append(list, v)
	}
	return list, nil
}

// parse reads one value. JSON tells null from an empty text, a URL does not.
func (c *column) parse(v operand) (any, error) {
	if v.null {
		return nil, nil
	}
	if v.url || !c.f.Optional {
		return ParseValue(c.f, v.text)
	}
	f := *c.f
	f.Optional = false
	return ParseValue(&f, v.text)
}
