package record

import (
	"context"
	"errors"
	"reflect"
	"unsafe"

	"github.com/apposengine/appos/internal/object"
)

// conclude ends the change of a row, in its transaction: every path that writes
// a row passes here once per row, after the row is written, but for creations of
// many, whose audit log is written together. It writes the audit log, tells the
// access, and has the change announced. Of an update, old are the arguments that the row had
// and changed the columns that differ.
func (w *writing) conclude(ctx context.Context, on object.Change, old []any, changed []int) error {
	w.p.announce(ctx, w.changeOf(on))
	if w.p.rec.Audited {
		if err := w.auditChange(ctx, on, old, changed); err != nil {
			return err
		}
	}
	if on != object.Deleted { // which was observed before
		if err := w.observe(ctx, on, changed); err != nil {
			return err
		}
	}
	return w.tell(ctx, on, old)
}

// observe tells the access of a row that it observes.
func (w *writing) observe(ctx context.Context, on object.Change, changed []int) error {
	if w.a.Observed == nil {
		return nil
	}
	row, err := w.p.copied(w.base)
	if err != nil {
		return err
	}
	return w.a.Observed(ctx, on, row, changed)
}

// tell tells the access of the change.
func (w *writing) tell(ctx context.Context, on object.Change, old []any) error {
	if w.a.Changed == nil {
		return nil
	}
	var before, after any
	var err error
	switch on {
	case object.Created:
		after, err = w.p.copied(w.base)
	case object.Updated:
		if before, err = w.p.rowOf(old); err == nil {
			after, err = w.p.copied(w.base)
		}
	case object.Deleted:
		before, err = w.p.copied(w.base)
	}
	if err != nil {
		return err
	}
	if err := w.a.Changed(ctx, on, before, after); err != nil || on == object.Deleted {
		return err
	}
	return w.reload(ctx)
}

// reload reads the row again: what followed its change may have changed it, and
// who gets it back must get the version that it has. A row that is beyond the
// user's reach by now is given back as it was written.
func (w *writing) reload(ctx context.Context) error {
	err := w.p.load(ctx, w.a, 0, w.p.id(w.base), w.base, w.a.Hidden)
	if errors.Is(err, object.NotFound) {
		return nil
	}
	return err
}

// copied is a row of its own with the values at base.
func (p *Plan) copied(base unsafe.Pointer) (any, error) {
	args := make([]any, len(p.cols))
	for i := range p.cols {
		var err error
		if args[i], err = p.cols[i].arg(base); err != nil {
			return nil, p.fieldError(p.cols[i].f.Column, "type", "%v", err)
		}
	}
	return p.rowOf(args)
}

// rowOf is a row with the values that the arguments stand for.
func (p *Plan) rowOf(args []any) (any, error) {
	row := reflect.New(p.rec.Type)
	for i := range p.cols {
		if err := p.cols[i].set(row.UnsafePointer(), plainArg(args[i])); err != nil {
			return nil, p.fieldError(p.cols[i].f.Column, "type", "%v", err)
		}
	}
	return row.Interface(), nil
}
