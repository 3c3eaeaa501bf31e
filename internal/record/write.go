package record

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
	"unsafe"

	"github.com/apposengine/appos/internal/object"
	"github.com/apposengine/appos/internal/store"
)

// writing is one row on its way into the database.
type writing struct {
	p    *Plan
	a    *Access
	row  any
	base unsafe.Pointer
	now  time.Time
	args []any // by column; set by encode

	restoring int64 // the version that is being brought back; 0 is none

	checked map[reference]bool // references known to be good, shared by a bulk
}

func (p *Plan) writing(a *Access, row any) (*writing, error) {
	base, err := p.base(row)
	if err != nil {
		return nil, err
	}
	return &writing{p: p, a: a, row: row, base: base, now: p.records.clock()}, nil
}

// encode checks the values and turns them into arguments.
func (w *writing) encode() error {
	if w.args == nil {
		w.args = make([]any, len(w.p.cols))
	}
	var faults []object.FieldError
	for i := range w.p.cols {
		c := &w.p.cols[i]
		v, err := c.arg(w.base)
		if s, ok := v.(string); ok && err == nil {
			err = checkText(s)
		}
		if err != nil {
			faults = append(faults, object.FieldError{Field: c.f.Column, Rule: "type", Message: err.Error()})
		}
		w.args[i] = v
	}
	if faults != nil {
		return w.p.faults(w.a, faults)
	}
	return nil
}

// normalize gives values the precision that they are stored with.
func (w *writing) normalize() error {
	var faults []object.FieldError
	for i := object.SystemFields; i < len(w.p.cols); i++ {
		c := &w.p.cols[i]
		if err := c.normalize(w.base); err != nil {
			faults = append(faults, object.FieldError{Field: c.f.Column, Rule: "max", Message: err.Error()})
		}
	}
	if faults != nil {
		return w.p.faults(w.a, faults)
	}
	return nil
}

// stamp sets the system fields of a new row.
func (w *writing) stamp() {
	c := w.p.cols
	*(*int64)(c[object.FieldID].at(w.base)) = 0
	*(*int64)(c[object.FieldVersion].at(w.base)) = 1
	*(*time.Time)(c[object.FieldCreatedAt].at(w.base)) = w.now
	*(*string)(c[object.FieldCreatedBy].at(w.base)) = w.a.User
	*(*time.Time)(c[object.FieldUpdatedAt].at(w.base)) = w.now
	*(*string)(c[object.FieldUpdatedBy].at(w.base)) = w.a.User
}

// within says whether the row meets the row conditions; one that does not must
// not have been written.
func (w *writing) within(ctx context.Context) error {
	if len(w.a.Rows) == 0 {
		return nil
	}
	q := where{p: w.p, any: true, args: []any{w.p.id(w.base)}}
	q.b.WriteString("SELECT 1 FROM " + w.p.table + ` WHERE "id" = ?`)
	if err := q.rows(w.a); err != nil {
		return err
	}
	var one int
	err := w.p.db.QueryRow(store.Brief(ctx), []any{&one}, q.b.String(), q.args...)
	if errors.Is(err, store.ErrNoRows) {
		return w.p.fail(w.a, object.Denied, "the %s would be one that you have no access to", w.p.noun())
	}
	return err
}

// Create stores row and sets its system fields. Fields that are zero and have a
// default get it first. Values are given the precision that they are stored
// with: decimals that of their scale, times microseconds in UTC. With an error
// nothing is stored.
func (p *Plan) Create(ctx context.Context, a *Access, row any) error {
	a = a.orSystem()
	w, err := p.writing(a, row)
	if err != nil {
		return err
	}
	if err := w.prepare(); err != nil {
		return err
	}
	insert := func(ctx context.Context) error { return w.insert(ctx) }
	if p.alone(a) {
		err = insert(ctx)
	} else {
		err = p.db.Tx(ctx, insert)
	}
	return w.created(ctx, err)
}

// CreateAll stores n rows in one transaction, each as Create does. The error of
// a row names it in the paths of its fields, as "[3].email".
func (p *Plan) CreateAll(ctx context.Context, a *Access, n int, row func(i int) any) error {
	a = a.orSystem()
	checked := map[reference]bool{}
	var made []*writing
	err := p.db.Tx(ctx, func(ctx context.Context) error {
		for i := range n {
			w, err := p.writing(a, row(i))
			if err != nil {
				return err
			}
			w.checked = checked
			made = append(made, w)
			if err := w.prepare(); err != nil {
				return ofRow(i, err)
			}
			if err := w.insert(ctx); err != nil {
				return ofRow(i, p.failed(ctx, a, w.base, err))
			}
			w.args = nil // a bulk of thousands needs them no longer
		}
		return nil
	})
	for _, w := range made {
		if e := w.created(ctx, err); e != nil {
			err = e
		}
	}
	return p.failed(ctx, a, nil, err)
}

func ofRow(i int, err error) error {
	var e *object.Error
	if !errors.As(err, &e) || len(e.Fields) == 0 {
		return err
	}
	copied := *e
	copied.Fields = make([]object.FieldError, len(e.Fields))
	for j, f := range e.Fields {
		f.Field = fmt.Sprintf("[%d].%s", i, f.Field)
		copied.Fields[j] = f
	}
	return &copied
}

// alone says whether an insert is one statement and needs no transaction.
func (p *Plan) alone(a *Access) bool {
	return !p.rec.Audited && len(p.refs) == 0 && len(a.Rows) == 0 && a.Changed == nil
}

// prepare fills a new row in and checks it.
func (w *writing) prepare() error {
	p := w.p
	var denied []object.FieldError
	for i := object.SystemFields; i < len(p.cols); i++ {
		c := &p.cols[i]
		zero := (c.byDefault != nil || w.a.ReadOnly.Has(i)) && c.isZero(w.base)
		switch {
		case zero && c.byDefault != nil:
			if err := c.set(w.base, c.byDefault); err != nil {
				return p.fieldError(c.f.Column, "default", "%v", err)
			}
		case !zero && w.a.ReadOnly.Has(i):
			// a form or a replacement that sends the default back is no attempt
			if v, err := c.arg(w.base); err == nil && c.byDefault != nil && same(v, c.argOf(c.byDefault)) {
				continue
			}
			denied = append(denied, object.FieldError{Field: c.f.Column, Rule: "read_only", Message: "may not be set by you"})
		}
	}
	if denied != nil {
		return p.deniedFields(w.a, denied)
	}
	w.stamp()
	if err := w.normalize(); err != nil {
		return err
	}
	if err := w.a.validate(w.row); err != nil {
		return err
	}
	return w.encode()
}

func (p *Plan) deniedFields(a *Access, fields []object.FieldError) error {
	e := p.fail(a, object.Denied, "some fields may not be changed by you")
	e.Fields = fields
	return e
}

func (w *writing) insert(ctx context.Context) error {
	p := w.p
	for _, i := range p.refs {
		if err := w.checkReference(ctx, i); err != nil {
			return err
		}
	}
	id := (*int64)(p.cols[object.FieldID].at(w.base))
	if err := p.db.QueryRow(store.Brief(ctx), []any{id}, p.insertSQL, w.args[1:]...); err != nil {
		return err
	}
	if err := w.within(ctx); err != nil {
		return err
	}
	return w.conclude(ctx, object.Created, nil, nil)
}

// created ends a creation: a row that was not stored has no id.
func (w *writing) created(ctx context.Context, err error) error {
	if err != nil {
		err = w.p.failed(ctx, w.a, w.base, err)
		*(*int64)(w.p.cols[object.FieldID].at(w.base)) = 0
		return err
	}
	w.p.hide(w.base, w.a.Hidden)
	return nil
}

// Update loads the row with the id into row, has change change it, and stores
// the columns that changed, in one transaction. A version other than zero must
// be the row's. System fields that change writes to are restored; a change to a
// read-only field is Denied. When nothing changed, nothing is stored and the
// version stays.
//
// Hidden fields are zero while change runs and get their value back before
// Access.Validate sees the row, unless change gave them one.
func (p *Plan) Update(ctx context.Context, a *Access, id, version int64, row any, change func() error) error {
	a = a.orSystem()
	w, err := p.writing(a, row)
	if err != nil {
		return err
	}
	err = p.db.Tx(ctx, func(ctx context.Context) error { return w.update(ctx, id, version, change) })
	return p.failed(ctx, a, w.base, err)
}

func (w *writing) update(ctx context.Context, id, version int64, change func() error) error {
	p := w.p
	if err := p.load(ctx, w.a, id, w.base, Mask{}); err != nil {
		return err
	}
	was := *(*int64)(p.cols[object.FieldVersion].at(w.base))
	if version != 0 && version != was {
		return p.stale(w.a, id, version, was)
	}
	if err := w.encode(); err != nil {
		return err
	}
	old := w.args
	w.args = nil
	p.hide(w.base, w.a.Hidden)
	if err := change(); err != nil {
		return err
	}
	if err := w.reveal(old); err != nil {
		return err
	}
	for i := range object.SystemFields {
		if err := p.cols[i].set(w.base, old[i]); err != nil {
			return err
		}
	}
	if err := w.normalize(); err != nil {
		return err
	}
	if err := w.encode(); err != nil {
		return err
	}
	changed, err := w.changes(old)
	if err != nil {
		return err
	}
	if len(changed) == 0 {
		p.hide(w.base, w.a.Hidden)
		return nil
	}
	if err := w.a.validate(w.row); err != nil {
		return err
	}
	for _, i := range changed {
		if p.cols[i].f.Kind == object.FieldRef {
			if err := w.checkReference(ctx, i); err != nil {
				return err
			}
		}
	}
	if err := w.store(ctx, id, was, changed); err != nil {
		return err
	}
	*(*int64)(p.cols[object.FieldVersion].at(w.base)) = was + 1
	*(*time.Time)(p.cols[object.FieldUpdatedAt].at(w.base)) = w.now
	*(*string)(p.cols[object.FieldUpdatedBy].at(w.base)) = w.a.User
	if err := w.within(ctx); err != nil {
		return err
	}
	if err := w.conclude(ctx, object.Updated, old, changed); err != nil {
		return err
	}
	p.hide(w.base, w.a.Hidden)
	return nil
}

// reveal gives hidden fields their value back, except those that change set.
func (w *writing) reveal(old []any) error {
	if w.a.Hidden.Empty() {
		return nil
	}
	for i := object.SystemFields; i < len(w.p.cols); i++ {
		c := &w.p.cols[i]
		if !w.a.Hidden.Has(i) {
			continue
		}
		if !c.isZero(w.base) {
			if w.a.ReadOnly.Has(i) {
				// whether it is the value that it has must not be told either
				return w.p.deniedFields(w.a, []object.FieldError{{Field: c.f.Column, Rule: "read_only", Message: "may not be changed by you"}})
			}
			continue
		}
		if err := c.set(w.base, plainArg(old[i])); err != nil {
			return w.p.fieldError(c.f.Column, "type", "%v", err)
		}
	}
	return nil
}

// changes lists the columns that differ from old.
func (w *writing) changes(old []any) ([]int, error) {
	var changed []int
	var denied []object.FieldError
	for i := object.SystemFields; i < len(w.p.cols); i++ {
		if same(old[i], w.args[i]) {
			continue
		}
		if w.a.ReadOnly.Has(i) {
			denied = append(denied, object.FieldError{Field: w.p.cols[i].f.Column, Rule: "read_only", Message: "may not be changed by you"})
		}
		changed = append(changed, i)
	}
	if denied != nil {
		return nil, w.p.deniedFields(w.a, denied)
	}
	return changed, nil
}

// store writes the changed columns where the version is still the same.
func (w *writing) store(ctx context.Context, id, version int64, changed []int) error {
	p := w.p
	var b strings.Builder
	b.WriteString("UPDATE " + p.table + " SET ")
	args := make([]any, 0, len(changed)+4)
	for _, i := range changed {
		b.WriteString(p.cols[i].name + " = ?, ")
		args = append(args, w.args[i])
	}
	b.WriteString(`"updated_at" = ?, "updated_by" = ?, "version" = "version" + 1 WHERE "id" = ? AND "version" = ?`)
	args = append(args, w.now, w.a.User, id, version)
	n, err := p.db.Exec(store.Brief(ctx), b.String(), args...)
	if err != nil {
		return err
	}
	if n == 0 {
		return p.overtaken(ctx, w.a, id, version)
	}
	return nil
}

// overtaken says what became of a row that was changed between its reading and
// its writing, where the database lets that happen.
func (p *Plan) overtaken(ctx context.Context, a *Access, id, expected int64) error {
	var is int64
	err := p.db.QueryRow(ctx, []any{&is}, `SELECT "version" FROM `+p.table+` WHERE "id" = ?`, id)
	if errors.Is(err, store.ErrNoRows) {
		return p.notFound(a, id)
	}
	if err != nil {
		return err
	}
	return p.stale(a, id, expected, is)
}
