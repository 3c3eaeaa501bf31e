package record

import (
	"context"
	"encoding/json"
	"unsafe"

	"github.com/apposengine/appos/internal/object"
	"github.com/apposengine/appos/internal/store"
	"github.com/apposengine/appos/internal/wire"
)

// The audit log has one row for a creation and one for a deletion, in which the
// whole row stands as a JSON object, and one per field for an update. So a row
// costs one insert to create however many fields it has, and what changed can
// be read without parsing.

// concealed stands for values that never leave the record. A hash would give
// short ones away.
const concealed = "(hidden)"

func (p *Plan) auditTable() string { return p.rec.Table + "_audit_log" }

// auditChange notes what a change did: one entry of a creation, a deletion or a
// row that came back, one per field of an update.
func (w *writing) auditChange(ctx context.Context, on object.Change, old []any, changed []int) error {
	version := w.p.version(w.base)
	switch {
	case on == object.Deleted:
		return w.audit(ctx, version+1, "delete", nil, string(w.p.summary(w.base)), nil)
	case on == object.Created && w.restoring == 0:
		return w.audit(ctx, version, "create", nil, nil, string(w.p.summary(w.base)))
	}
	operation := "update"
	if w.restoring != 0 {
		operation = "restore"
	}
	if on == object.Created { // what came back with it follows, field by field
		if err := w.audit(ctx, version, operation, nil, nil, nil); err != nil {
			return err
		}
	}
	for _, i := range changed {
		c := &w.p.cols[i]
		if err := w.audit(ctx, version, operation, c.f.Column, c.audited(old[i]), c.audited(w.args[i])); err != nil {
			return err
		}
	}
	return nil
}

func (w *writing) audit(ctx context.Context, version int64, operation string, field, before, after any) error {
	var restoring any
	if w.restoring != 0 {
		restoring = w.restoring
	}
	_, err := w.p.db.Exec(store.Brief(ctx), w.p.auditSQL[0], w.p.id(w.base), version, operation, restoring, field, before, after, w.a.User, w.now, w.a.ExecutionID)
	return err
}

// summary is the row as JSON, without system fields and fields that are empty.
func (p *Plan) summary(base unsafe.Pointer) []byte {
	dst := []byte{'{'}
	for i := object.SystemFields; i < len(p.cols); i++ {
		c := &p.cols[i]
		if c.isZero(base) {
			continue
		}
		if len(dst) > 1 {
			dst = append(dst, ',')
		}
		dst = append(dst, c.key...)
		if c.f.Hidden || c.f.Secret {
			dst = wire.AppendString(dst, concealed)
		} else {
			dst = c.appendJSON(dst, base)
		}
	}
	return append(dst, '}')
}

// audited is an argument as the audit log has it; an untyped nil is null.
func (c *column) audited(arg any) any {
	switch {
	case arg == nil:
		return nil
	case c.f.Hidden || c.f.Secret:
		return concealed
	}
	return FormatValue(c.f, arg)
}

// plainArg turns an argument back into a plain value.
func plainArg(arg any) any {
	switch v := arg.(type) {
	case store.Decimal:
		return v.Value
	case store.JSON:
		return json.RawMessage(v)
	}
	return arg
}
