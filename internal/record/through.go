package record

import "github.com/apposengine/appos/internal/object"

// Bounds of conditions on other records, so that a short request cannot make a
// statement that takes the database long.
const (
	maxHops   = 5  // records that lead to one another
	maxOthers = 30 // conditions on other records in one statement
)

// through writes a condition on the rows that a reference or a relation leads
// to. They are selected by themselves, not for every row, and their columns
// need no names of their own: the innermost table is meant.
//
// The access to the other record holds there: rows that the user may not see do
// not count. Row security is the app's own word, and its conditions see every
// row of the records that they lead through.
func (w *where) through(c *object.Cond, depth int) error {
	var from, to string // "from" IN (SELECT "to" …)
	var optional bool
	var target *Plan
	by := -1
	if c.Op == object.OpVia {
		i, err := w.p.fieldOf(c.Field, w.hidden, w.trusted)
		if err != nil {
			return err
		}
		f := w.p.cols[i].f
		if target = w.p.records.byType[f.Target]; target == nil {
			return w.p.fieldError(f.Column, "operator", "is a %s and leads to no other record", f.Kind)
		}
		from, to, optional = w.p.cols[i].name, target.cols[object.FieldID].name, f.Optional
	} else {
		r := w.p.ownRelation(c.Relation)
		if r == nil {
			return w.p.fail(w.a, object.Invalid, "a condition names no relation of %s", w.p.o.Name)
		}
		target = w.p.records.byType[r.Target]
		by = target.byField[target.rec.Named(r.By)]
		from, to = w.p.cols[object.FieldID].name, target.cols[by].name
	}
	if w.hops++; w.hops > maxHops {
		return w.p.fail(w.a, object.Invalid, "the conditions lead through more than %d records", maxHops)
	}
	if w.others++; w.others > maxOthers {
		return w.p.fail(w.a, object.Invalid, "there are more than %d conditions on other records", maxOthers)
	}
	if target.db != w.p.db {
		return w.p.fail(w.a, object.Invalid, "%s are in another database than %s; find their ids first", target.nouns(2), w.p.nouns(2))
	}
	if optional { // null would make neither the condition nor its opposite hold
		w.b.WriteString("(" + from + " IS NOT NULL AND ")
		defer w.b.WriteString(")")
	}
	w.b.WriteString(from + " IN (SELECT " + to + " FROM " + target.table)
	if err := w.inside(target, by, c.Kids, depth); err != nil {
		return err
	}
	w.b.WriteString(")")
	w.hops--
	return nil
}

// inside writes the conditions of a selection from the record target. by is the
// reference that it was reached through, or -1.
func (w *where) inside(target *Plan, by int, conds []object.Cond, depth int) error {
	a := system
	if !w.trusted {
		var err error
		if a, err = w.a.orSystem().related(target.o); err != nil {
			return err
		}
		if by >= 0 {
			if err := target.mayFollow(a, by, w.p); err != nil {
				return err
			}
		}
	}
	p, hidden, access, any, trusted := w.p, w.hidden, w.a, w.any, w.trusted
	w.p, w.hidden, w.a, w.any = target, a.Hidden, a, false
	if target.live != "" {
		w.and()
		w.b.WriteString(target.live)
	}
	if by >= 0 && target.cols[by].f.Optional {
		w.and() // a null among the values would make them all unknown
		w.null(&target.cols[by], false)
	}
	if err := w.rows(a); err != nil {
		return err
	}
	w.trusted = trusted
	for i := range conds {
		w.and()
		if err := w.cond(&conds[i], depth+1); err != nil {
			return err
		}
	}
	w.p, w.hidden, w.a, w.any = p, hidden, access, any
	return nil
}

// mayFollow refuses to follow a reference here that the user may not see: the
// rows would tell what the field says.
func (p *Plan) mayFollow(a *Access, by int, from *Plan) error {
	if f := p.cols[by].f; a.Hidden.Has(by) || f.Hidden || f.Secret {
		return p.fail(a, object.Denied, "you may not see to which %s %s belong", from.noun(), p.nouns(2))
	}
	return nil
}

// ownRelation returns the record's relation that r, or a copy of it, describes.
func (p *Plan) ownRelation(r *object.Relation) *object.Relation {
	if r == nil {
		return nil
	}
	own := p.relation(r.Name)
	if own == nil || own.Offset != r.Offset || own.Target != r.Target {
		return nil
	}
	return own
}
