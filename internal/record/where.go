package record

import (
	"fmt"
	"strings"

	"github.com/shopspring/decimal"

	"github.com/apposengine/appos/internal/object"
	"github.com/apposengine/appos/internal/store"
)

// Bounds of what one query may ask, so that it cannot be made to fail in the
// database.
const (
	maxIn      = 10_000 // values of one in
	maxPattern = 1_000  // bytes of a pattern or a search
	maxDepth   = 50     // of conditions within conditions
	maxArgs    = 30_000 // values of one statement; SQLite takes 32,766
)

// where writes conditions as SQL. Conditions are either true or false: null is
// not equal to any value, so that ne and not hold of it.
type where struct {
	p       *Plan
	b       strings.Builder
	args    []any
	hidden  Mask
	trusted bool // the conditions come from row security: hidden fields may be used
	any     bool // something was written

	a      *Access // of p; nil within row security
	hops   int     // records that lead to p, one through the other
	others int     // conditions on other records so far

	figures map[*object.Field]*output // of an aggregate whose groups are chosen; nil of rows
}

func (w *where) and() {
	if w.any {
		w.b.WriteString(" AND ")
	} else {
		w.b.WriteString(" WHERE ")
		w.any = true
	}
}

// newWhere begins with the rows that exist for the access.
func (p *Plan) newWhere(a *Access) (*where, error) {
	w := &where{p: p, hidden: a.Hidden, a: a}
	if p.live != "" {
		w.and()
		w.b.WriteString(p.live)
	}
	return w, w.rows(a)
}

// rows adds the row conditions of the access.
func (w *where) rows(a *Access) error {
	w.trusted = true
	err := w.all(a.Rows)
	w.trusted = false
	return err
}

// query adds what a query asks for, but not its page.
func (w *where) query(a *Access, q *object.Query) error {
	if len(q.Faults) > 0 {
		return w.p.fail(a, object.Invalid, "the query is wrong: %s", strings.Join(q.Faults, "; "))
	}
	if err := w.all(q.Where); err != nil {
		return err
	}
	if strings.TrimSpace(q.Search) != "" {
		if err := w.search(a, q.Search); err != nil {
			return err
		}
	}
	if len(w.args) > maxArgs {
		return w.p.fail(a, object.Invalid, "the query has more than %d values", maxArgs)
	}
	return nil
}

func (w *where) all(conds []object.Cond) error {
	for i := range conds {
		w.and()
		if err := w.cond(&conds[i], 0); err != nil {
			return err
		}
	}
	return nil
}

func (w *where) like(c *column, pattern string) {
	w.b.WriteString(c.name + " " + w.p.db.Dialect().Like() + ` ? ESCAPE '\'`)
	w.args = append(w.args, pattern)
}

var likeEscapes = strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`)

// containing is the pattern of texts that contain text.
func containing(text string) string { return "%" + likeEscapes.Replace(text) + "%" }

func (w *where) cond(c *object.Cond, depth int) error {
	if depth > maxDepth {
		return w.p.fail(nil, object.Invalid, "the conditions are nested more than %d deep", maxDepth)
	}
	switch c.Op {
	case object.OpAnd, object.OpOr:
		return w.group(c, depth)
	case object.OpNot:
		if len(c.Kids) != 1 {
			return w.p.fail(nil, object.Invalid, "not takes one condition")
		}
		w.b.WriteString("NOT (")
		if err := w.cond(&c.Kids[0], depth+1); err != nil {
			return err
		}
		w.b.WriteString(")")
		return nil
	case object.OpVia, object.OpAny:
		if w.figures == nil {
			return w.through(c, depth)
		}
	}
	if w.figures != nil {
		return w.figure(c)
	}
	i, err := w.p.fieldOf(c.Field, w.hidden, w.trusted)
	if err != nil {
		return err
	}
	return w.compare(&w.p.cols[i], c.Op, c.Value)
}

func (w *where) group(c *object.Cond, depth int) error {
	if len(c.Kids) == 0 { // all of none are true, one of none is not
		w.bool(c.Op == object.OpAnd)
		return nil
	}
	sep := " AND "
	if c.Op == object.OpOr {
		sep = " OR "
	}
	w.b.WriteString("(")
	for i := range c.Kids {
		if i > 0 {
			w.b.WriteString(sep)
		}
		if err := w.cond(&c.Kids[i], depth+1); err != nil {
			return err
		}
	}
	w.b.WriteString(")")
	return nil
}

func (w *where) bool(v bool) {
	if v {
		w.b.WriteString("1 = 1")
	} else {
		w.b.WriteString("1 = 0")
	}
}

// encrypted says why the database can do nothing with a field.
const encrypted = "is kept encrypted: the database cannot compare, sort or search it; load the rows and look at it in Go"

// fieldOf returns the position of a field that a condition or a sort names.
func (p *Plan) fieldOf(f *object.Field, hidden Mask, trusted bool) (int, error) {
	if f == nil {
		return 0, p.fail(nil, object.Invalid, "a condition or a sort names no field")
	}
	i, ok := p.byField[f]
	if !ok { // a copy of the descriptor
		i, ok = p.byColumn[f.Column]
		ok = ok && p.cols[i].f.Type == f.Type && p.cols[i].f.Offset == f.Offset
	}
	switch {
	case !ok || !trusted && hidden.Has(i):
		return 0, p.unknown(f.Column, hidden)
	case p.cols[i].seal == nil:
		return i, nil
	case trusted: // whoever is held to it must not learn of the field
		return 0, p.about(fmt.Errorf("row security names %s, which %s", f.Column, encrypted))
	}
	// who names fields in a request was told already that there is no such one
	return 0, p.fieldError(f.Column, "encrypted", "%s", encrypted)
}

func (w *where) compare(c *column, op object.Op, v any) error {
	switch op {
	case object.OpIsNull:
		null, ok := v.(bool)
		if !ok {
			return w.p.fieldError(c.f.Column, "type", "is_null takes true or false")
		}
		w.null(c, null)
		return nil
	case object.OpIn:
		return w.in(c, v)
	case object.OpNotIn:
		w.b.WriteString("NOT (")
		defer w.b.WriteString(")")
		return w.in(c, v)
	case object.OpLike, object.OpContains, object.OpStartsWith, object.OpEndsWith:
		return w.pattern(c, op, v)
	}
	if v == nil {
		switch op {
		case object.OpEq, object.OpNe:
			w.null(c, op == object.OpEq)
			return nil
		}
		return w.p.fieldError(c.f.Column, "type", "cannot be compared with null by %s", op)
	}
	if c.f.Elem != nil {
		return w.p.fieldError(c.f.Column, "operator", "is a list and cannot be compared by %s; contains asks for one of its entries", op)
	}
	if c.form == formJSON || c.form == formBool && op != object.OpEq && op != object.OpNe {
		return w.p.fieldError(c.f.Column, "operator", "is a %s and cannot be compared by %s", c.f.Kind, op)
	}
	arg, err := w.value(c, v)
	if err != nil {
		return err
	}
	if d, ok := arg.(store.Decimal); ok {
		if d.Value, op = fitScale(d.Value, int32(c.f.Scale), op); op == 0 {
			w.bool(false)
			return nil
		}
		arg = d
	}
	return w.operator(c, op, arg)
}

// fitScale returns a comparison with a number of at most scale digits after the
// point that holds of the same stored numbers; no operator is one that never holds.
func fitScale(d decimal.Decimal, scale int32, op object.Op) (decimal.Decimal, object.Op) {
	if d.Exponent() >= -scale || d.Equal(d.Truncate(scale)) {
		return d, op
	}
	switch op {
	case object.OpEq:
		return d, 0
	case object.OpLt, object.OpGe:
		return d.RoundCeil(scale), op
	case object.OpLe, object.OpGt:
		return d.RoundFloor(scale), op
	}
	// ne holds of every number: a number that no stored one can be
	return decimal.New(-1<<62, -scale), op
}

var operators = [...]string{object.OpEq: " = ?", object.OpNe: " <> ?", object.OpLt: " < ?", object.OpLe: " <= ?", object.OpGt: " > ?", object.OpGe: " >= ?"}

func (w *where) operator(c *column, op object.Op, arg any) error {
	if int(op) >= len(operators) || operators[op] == "" {
		return w.p.fieldError(c.f.Column, "operator", "there is no such comparison")
	}
	w.args = append(w.args, arg)
	switch {
	case !c.f.Optional:
		w.b.WriteString(c.name + operators[op])
	case op == object.OpNe:
		w.b.WriteString(c.name + " IS DISTINCT FROM ?")
	default:
		// within a not, null would make neither the condition nor its opposite hold
		w.b.WriteString("(" + c.name + " IS NOT NULL AND " + c.name + operators[op] + ")")
	}
	return nil
}

func (w *where) null(c *column, null bool) {
	if null {
		w.b.WriteString(c.name + " IS NULL")
	} else {
		w.b.WriteString(c.name + " IS NOT NULL")
	}
}

func (w *where) pattern(c *column, op object.Op, v any) error {
	if c.form == formJSON && op == object.OpContains {
		return w.has(c, v)
	}
	if c.form != formText {
		return w.p.fieldError(c.f.Column, "operator", "is a %s; only texts can be compared by %s", c.f.Kind, op)
	}
	arg, err := w.value(c, v)
	if err != nil {
		return err
	}
	text, _ := arg.(string)
	if len(text) > maxPattern {
		return w.p.fieldError(c.f.Column, "max", "is compared with a pattern of more than %d bytes", maxPattern)
	}
	switch op {
	case object.OpContains:
		text = containing(text)
	case object.OpStartsWith:
		text = likeEscapes.Replace(text) + "%"
	case object.OpEndsWith:
		text = "%" + likeEscapes.Replace(text)
	}
	if n := len(text) - len(strings.TrimRight(text, `\`)); op == object.OpLike && n%2 == 1 {
		return w.p.fieldError(c.f.Column, "type", `is compared with a pattern that ends in a lone \`)
	}
	if c.f.Optional {
		w.b.WriteString("(" + c.name + " IS NOT NULL AND ")
		defer w.b.WriteString(")")
	}
	w.like(c, text)
	return nil
}

func (w *where) in(c *column, v any) error {
	list, ok := v.([]any)
	if !ok {
		return w.p.fieldError(c.f.Column, "type", "in takes a list")
	}
	if len(list) > maxIn {
		return w.p.fieldError(c.f.Column, "max", "is compared with more than %d values", maxIn)
	}
	if c.form == formJSON {
		return w.p.fieldError(c.f.Column, "operator", "is a %s and cannot be compared by in", c.f.Kind)
	}
	var args []any
	null := false
	for _, one := range list {
		if one == nil {
			null = true
			continue
		}
		arg, err := w.value(c, one)
		if err != nil {
			return err
		}
		if d, ok := arg.(store.Decimal); ok {
			if _, op := fitScale(d.Value, int32(c.f.Scale), object.OpEq); op == 0 {
				continue
			}
		}
		args = append(args, arg)
	}
	null = null && c.f.Optional
	switch {
	case len(args) == 0 && null:
		w.null(c, true)
	case len(args) == 0:
		w.bool(false)
	case null:
		w.b.WriteString("(" + c.name + " IS NULL OR ")
		w.list(c.name, args)
		w.b.WriteString(")")
	case c.f.Optional:
		w.b.WriteString("(" + c.name + " IS NOT NULL AND ")
		w.list(c.name, args)
		w.b.WriteString(")")
	default:
		w.list(c.name, args)
	}
	return nil
}

// list writes name IN (…). The list is filled up to a power of two with its
// last value, so that lists of every length do not each need a statement.
func (w *where) list(name string, args []any) {
	n := 1
	for n < len(args) {
		n *= 2
	}
	w.args = append(w.args, args...)
	for range n - len(args) {
		w.args = append(w.args, args[len(args)-1])
	}
	w.b.WriteString(name + " IN (?" + strings.Repeat(", ?", n-1) + ")")
}

// value turns the value of a condition into an argument of the column's kind.
func (w *where) value(c *column, v any) (any, error) {
	arg, err := plainValue(c, v)
	if err != nil {
		return nil, w.p.fieldError(c.f.Column, "type", "%v", err)
	}
	return arg, nil
}
