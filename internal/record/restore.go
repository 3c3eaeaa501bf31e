package record

import (
	"context"
	"errors"
	"slices"

	"github.com/apposengine/appos/internal/object"
	"github.com/apposengine/appos/internal/store"
	"github.com/apposengine/appos/internal/wire"
)

// Restore gives a row the values that it had after a version, as an update: what
// the access may not write, and values that are not valid any more, are refused.
// Fields that are hidden from the access stay as they are. A version expected
// other than zero must be the row's. When nothing differs nothing is stored.
//
// A soft-deleted row comes back; revive is called before, and its error ends the
// call. Rows that are gone for good cannot be restored.
//
// Lost are the columns whose values could not be brought back: fields that the
// record has no more, and those whose values the audit log conceals.
func (p *Plan) Restore(ctx context.Context, a *Access, id, version, expected int64, row any, revive func() error) (lost []string, err error) {
	a = a.orSystem()
	if !p.rec.Audited {
		return nil, p.fail(a, object.Dispatch, "%s has no history to restore from; declare it with appos.Audited", p.o.Ref)
	}
	w, err := p.writing(a, row)
	if err != nil {
		return nil, err
	}
	err = p.db.Tx(ctx, func(ctx context.Context) error {
		lost, err = w.restore(ctx, id, version, expected, revive)
		return err
	})
	return lost, p.failed(ctx, a, w.base, err)
}

func (w *writing) restore(ctx context.Context, id, version, expected int64, revive func() error) (lost []string, err error) {
	p := w.p
	err = p.load(ctx, w.a, store.ToUpdate, id, w.base, Mask{})
	if errors.Is(err, object.NotFound) {
		if err = w.loadDeleted(ctx, id); err == nil {
			err = revive()
		}
		w.reviving = true
	}
	if err != nil {
		return nil, err
	}
	is := *(*int64)(p.cols[object.FieldVersion].at(w.base))
	if version < 1 || version > is {
		return nil, p.fieldError("version", "range", "must be a version of the %s, from 1 to %d", p.noun(), is)
	}
	was, err := p.past(ctx, w.a, id, version, is)
	if err != nil {
		return nil, err
	}
	w.restoring = version
	return was.lost(w), w.amend(ctx, id, expected, func() (Mask, error) { return Mask{}, was.apply(w) })
}

// loadDeleted loads a row that is soft-deleted.
func (w *writing) loadDeleted(ctx context.Context, id int64) error {
	p := w.p
	if p.rec.SoftDeleted {
		return p.loadBy(ctx, w.a, p.selectSQL+` WHERE "id" = ?`, store.ToUpdate, id, w.base, Mask{})
	}
	if len(w.a.Rows) == 0 {
		var one int
		err := p.db.QueryRow(ctx, []any{&one}, "SELECT 1 FROM "+store.Quote(p.auditTable())+` WHERE "record_id" = ? LIMIT 1`, id)
		if err == nil {
			return p.fail(w.a, object.Conflict, "%s %d was deleted for good and cannot be restored; its history has the values that it had", p.noun(), id)
		}
		if !errors.Is(err, store.ErrNoRows) {
			return err
		}
	}
	return p.notFound(w.a, id)
}

// past is what fields had after a version, as the audit log has it, by column:
// those that were changed since.
type past struct {
	version int64
	values  map[string]*string
}

// past undoes the changes since the version, newest first. A version that the
// log lacks ends it: what it changed is not known.
func (p *Plan) past(ctx context.Context, a *Access, id, version, is int64) (past, error) {
	was := past{version: version, values: map[string]*string{}}
	rows, err := p.db.Query(ctx, `SELECT "version", "operation", "field", "old_value" FROM `+store.Quote(p.auditTable())+
		` WHERE "record_id" = ? AND "version" >= ? ORDER BY "version" DESC, "id" DESC`, id, version)
	if err != nil {
		return was, err
	}
	defer rows.Close()
	known := is + 1 // the versions from here on are
	deletion := false
	for rows.Next() {
		var v int64
		var operation string
		var field, old *string
		if err := rows.Scan(&v, &operation, &field, &old); err != nil {
			return was, err
		}
		if v < known-1 {
			break // a gap
		}
		known = v
		if v == version {
			deletion = deletion || operation == "delete"
		} else if field != nil {
			was.values[p.nowNamed(*field)] = old
		}
	}
	if err := rows.Err(); err != nil {
		return was, err
	}
	switch {
	case known > version+1:
		return was, p.fail(a, object.Conflict, "version %d of %s %d cannot be restored: what version %d changed was not audited", version, p.noun(), id, known-1)
	case deletion:
		return was, p.fieldError("version", "deleted", "must not be %d, which is the deletion of the %s; restore an earlier one", version, p.noun())
	}
	return was, rows.Close()
}

// lost are the columns whose past values cannot be had.
func (was past) lost(w *writing) []string {
	var lost []string
	for name, text := range was.values {
		i, ok := w.p.byColumn[name]
		if !ok && w.a.Hidden.Empty() || ok && !w.a.Hidden.Has(i) && concealedIn(w.p.cols[i].f, text) {
			lost = append(lost, name)
		}
	}
	slices.Sort(lost)
	return lost
}

func concealedIn(f *object.Field, text *string) bool {
	return (f.Hidden || f.Secret) && text != nil && *text == concealed
}

// apply puts the past values into the row.
func (was past) apply(w *writing) error {
	var faults []object.FieldError
	for i := object.SystemFields; i < len(w.p.cols); i++ {
		c := &w.p.cols[i]
		text, changed := was.values[c.f.Column]
		if !changed || w.a.Hidden.Has(i) || concealedIn(c.f, text) {
			continue
		}
		fault := func(rule, format string, args ...any) {
			faults = append(faults, w.p.fieldError(c.f.Column, rule, format, args...).Fields...)
		}
		if text == nil && !c.f.Optional {
			fault("required", "had no value in version %d, but must have one now", was.version)
			continue
		}
		var v any
		var err error
		if text != nil {
			v, err = c.fromLog(*text)
		}
		if err == nil {
			c.clear(w.base)
			err = c.set(w.base, v)
		}
		switch {
		case err == nil:
		case c.seal != nil: // the log is older than the secret
			fault("type", "had a value in version %d that it cannot have now", was.version)
		default:
			fault("type", "had the value %q in version %d, but now %v", wire.Clip(*text), was.version, err)
		}
	}
	if faults != nil {
		return w.p.faults(w.a, faults)
	}
	return nil
}
