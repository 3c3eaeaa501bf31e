package record

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"
	"unsafe"

	"github.com/apposengine/appos/internal/object"
	"github.com/apposengine/appos/internal/store"
	"github.com/apposengine/appos/internal/wire"
)

// writing is one row on its way into the database.
type writing struct {
	p    *Plan
	a    *Access
	row  any
	base unsafe.Pointer
	now  time.Time
	args []any // by column; set by encode
	old  []any // what an update found, by column
	set  Mask  // fields that were given a value, also where it is zero

	restoring int64 // the version that is being brought back; 0 is none
	reviving  bool  // the row was deleted and comes back
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
		if err == nil {
			switch v := v.(type) {
			case string:
				err = wire.CheckText(v)
			case store.JSON:
				err = checkJSON(v)
			case float64:
				err = checkFinite(v)
			case time.Time:
				err = checkYear(v)
			}
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

// Create stores row and sets its system fields. Fields that are zero and have a
// default get it first. Values are given the precision that they are stored
// with: decimals that of their scale, times microseconds in UTC. With an error
// nothing is stored.
func (p *Plan) Create(ctx context.Context, a *Access, row any) error {
	return p.CreateSet(ctx, a, row, Mask{})
}

// CreateSet is Create where it is known which fields were given a value: those
// in set keep it, also where it is zero, instead of getting their default.
func (p *Plan) CreateSet(ctx context.Context, a *Access, row any, set Mask) error {
	a = a.orSystem()
	w, err := p.writing(a, row)
	if err != nil {
		return err
	}
	w.set = set
	if err := w.prepare(); err != nil {
		return err
	}
	if w.alone() {
		err = w.insert(ctx)
	} else {
		err = p.db.Tx(ctx, w.insert)
	}
	return w.created(ctx, err)
}

// alone says whether an insert is one statement and needs no transaction: there
// is no reference to look up, nothing that follows it, and no value that is sealed:
// while the statement waited for its turn, the key could be replaced and disabled.
func (w *writing) alone() bool {
	if w.p.rec.Audited || len(w.p.sealed) > 0 || len(w.a.Rows) > 0 || w.a.Changed != nil || w.a.Observed != nil {
		return false
	}
	for _, i := range w.p.refs {
		if w.args[i] != nil {
			return false
		}
	}
	return true
}

// prepare fills a new row in and checks it.
func (w *writing) prepare() error {
	p := w.p
	var denied []object.FieldError
	for i := object.SystemFields; i < len(p.cols); i++ {
		c := &p.cols[i]
		preset := c.initial(w.now)
		zero := (preset != nil || w.a.ReadOnly.Has(i)) && c.isZero(w.base)
		switch {
		case zero && w.set.Has(i) && !w.a.ReadOnly.Has(i):
		case zero && preset != nil:
			if err := c.set(w.base, preset); err != nil {
				return p.fieldError(c.f.Column, "default", "%v", err)
			}
		case !zero && w.a.ReadOnly.Has(i):
			// a form or a replacement that sends the default back is no attempt
			if v, err := c.arg(w.base); err == nil && preset != nil && same(v, c.argOf(preset)) {
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

// insert stores a new row, in a transaction where it is more than one statement.
func (w *writing) insert(ctx context.Context) error {
	for _, i := range w.p.refs {
		if err := w.checkReference(ctx, i); err != nil {
			return err
		}
	}
	return w.p.insert(ctx, w.a, []*writing{w})
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
	return p.UpdateSet(ctx, a, id, version, row, func() (Mask, error) { return Mask{}, change() })
}

// UpdateSet is Update where it is known which fields were given a value: change
// returns them, and a hidden one among them that it left zero becomes zero.
// One that the user does not see counts as changed, whatever was in it.
func (p *Plan) UpdateSet(ctx context.Context, a *Access, id, version int64, row any, change func() (Mask, error)) error {
	a = a.orSystem()
	w, err := p.writing(a, row)
	if err != nil {
		return err
	}
	err = p.db.Tx(ctx, func(ctx context.Context) error { return w.update(ctx, id, version, change) })
	return p.failed(ctx, a, w.base, err)
}

func (w *writing) update(ctx context.Context, id, version int64, change func() (Mask, error)) error {
	p := w.p
	if err := p.load(ctx, w.a, store.ToUpdate, id, w.base, Mask{}); err != nil {
		return err
	}
	return w.amend(ctx, id, version, change)
}

// amend has change change the row that was loaded, and saves what changed.
func (w *writing) amend(ctx context.Context, id, version int64, change func() (Mask, error)) error {
	p := w.p
	was := p.version(w.base)
	if version != 0 && version != was {
		return p.stale(w.a, id, version, was)
	}
	changed, err := w.change(change)
	if err != nil || len(changed) == 0 && !w.reviving {
		return err
	}
	for _, i := range p.refs {
		if w.reviving || slices.Contains(changed, i) {
			if err := w.checkReference(ctx, i); err != nil {
				return err
			}
		}
	}
	return w.save(ctx, changed)
}

// change has the row that was loaded changed and checks what came of it. It
// returns the columns that differ; when none does, nothing is to be saved.
func (w *writing) change(change func() (Mask, error)) ([]int, error) {
	p := w.p
	if err := w.encode(); err != nil {
		return nil, err
	}
	w.old, w.args = w.args, nil
	p.hide(w.base, w.a.Hidden)
	set, err := change()
	if err != nil {
		return nil, err
	}
	w.set = set
	if err := w.reveal(w.old); err != nil {
		return nil, err
	}
	for i := range object.SystemFields {
		if err := p.cols[i].set(w.base, w.old[i]); err != nil {
			return nil, err
		}
	}
	if err := w.normalize(); err != nil {
		return nil, err
	}
	if err := w.encode(); err != nil {
		return nil, err
	}
	changed, err := w.changes(w.old)
	if err != nil {
		return nil, err
	}
	if len(changed) == 0 && !w.reviving {
		p.hide(w.base, w.a.Hidden)
		return nil, nil
	}
	return changed, w.a.validate(w.row)
}

// save stores the columns that changed, in the transaction of ctx. Every update
// passes here.
func (w *writing) save(ctx context.Context, changed []int) error {
	p := w.p
	was := p.version(w.base)
	if err := w.store(ctx, p.id(w.base), was, changed); err != nil {
		return err
	}
	*(*int64)(p.cols[object.FieldVersion].at(w.base)) = was + 1
	*(*time.Time)(p.cols[object.FieldUpdatedAt].at(w.base)) = w.now
	*(*string)(p.cols[object.FieldUpdatedBy].at(w.base)) = w.a.User
	if err := p.within(ctx, w.a, []*writing{w}); err != nil {
		return err
	}
	on := object.Updated
	if w.reviving {
		on = object.Created
	}
	if err := w.conclude(ctx, on, w.old, changed); err != nil {
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
		if w.set.Has(i) || !c.isZero(w.base) {
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

// changes lists the columns that differ from old, and those that were said to be
// given a value and that the user does not see: whether a guess is the value that
// is there would show otherwise.
func (w *writing) changes(old []any) ([]int, error) {
	var changed []int
	var denied []object.FieldError
	for i := object.SystemFields; i < len(w.p.cols); i++ {
		if same(old[i], w.args[i]) && !w.isBlind(i) {
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

func (w *writing) isBlind(i int) bool {
	f := w.p.cols[i].f
	return w.set.Has(i) && w.a != system && (w.a.Hidden.Has(i) || f.Hidden || f.Secret)
}

// store writes the changed columns where the version is still the same.
func (w *writing) store(ctx context.Context, id, version int64, changed []int) error {
	p := w.p
	var b strings.Builder
	b.WriteString("UPDATE " + p.table + " SET ")
	args := make([]any, 0, len(changed)+4)
	for _, i := range changed {
		arg, err := p.cols[i].stored(w.args[i])
		if err != nil {
			return err
		}
		b.WriteString(p.cols[i].name + " = ?, ")
		args = append(args, arg)
	}
	if w.reviving {
		b.WriteString(store.Quote(deletedAt) + " = NULL, ")
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
