package record

import (
	"context"
	"encoding/json"
	"time"
	"unsafe"

	"github.com/apposengine/appos/internal/object"
	"github.com/apposengine/appos/internal/store"
)

// The audit log has one row for a creation and one for a deletion, in which the
// whole row stands as a JSON object, and one per field for an update. So a row
// costs one insert to create however many fields it has, and what changed can
// be read without parsing.

// concealed stands for values that never leave the record. A hash would give
// short ones away.
const concealed = "(hidden)"

// Change is an entry of the audit log.
type Change struct {
	ID          int64
	Operation   string  // "create", "update" or "delete"
	Field       string  // the column that an update changed
	Old, New    *string // as FormatValue writes it, the row as JSON of a creation and a deletion; nil is null
	By          string
	At          time.Time
	ExecutionID string
}

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
			dst = appendString(dst, concealed)
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

// History returns the audit log of a row, newest first and at most limit
// entries; 0 is 100. A row that the access does not reach is NotFound; where no
// row conditions hold, rows that were deleted have a history too. What is
// hidden from the access is not in it.
func (p *Plan) History(ctx context.Context, a *Access, id int64, limit int) ([]Change, error) {
	a = a.orSystem()
	if !p.rec.Audited {
		return nil, nil
	}
	if len(a.Rows) > 0 {
		if err := p.Get(ctx, a, id, p.NewRow()); err != nil {
			return nil, err
		}
	}
	if limit <= 0 {
		limit = 100
	}
	rows, err := p.db.Query(ctx, `SELECT "id", "operation", "field", "old_value", "new_value", "changed_by", "changed_at", "execution_id" FROM `+
		store.Quote(p.auditTable())+` WHERE "record_id" = ? ORDER BY "id" DESC LIMIT ?`, id, limit)
	if err != nil {
		return nil, p.failed(ctx, a, nil, err)
	}
	defer rows.Close()
	var all []Change
	for rows.Next() {
		var c Change
		var field *string
		if err := rows.Scan(&c.ID, &c.Operation, &field, &c.Old, &c.New, &c.By, &c.At, &c.ExecutionID); err != nil {
			return nil, p.failed(ctx, a, nil, err)
		}
		if field != nil {
			c.Field = *field
			// what a field that is gone was to the user is not known any more
			if i, ok := p.byColumn[c.Field]; !a.Hidden.Empty() && (!ok || a.Hidden.Has(i)) {
				continue
			}
		} else if !a.Hidden.Empty() {
			c.Old, c.New = p.redact(c.Old, a.Hidden), p.redact(c.New, a.Hidden)
		}
		all = append(all, c)
	}
	return all, p.failed(ctx, a, nil, rows.Err())
}

// redact takes the hidden fields out of a summary.
func (p *Plan) redact(summary *string, hidden Mask) *string {
	if summary == nil {
		return nil
	}
	var fields map[string]json.RawMessage
	if json.Unmarshal([]byte(*summary), &fields) != nil {
		return nil
	}
	for name := range fields {
		if i, ok := p.byColumn[name]; !ok || hidden.Has(i) {
			delete(fields, name)
		}
	}
	data, err := json.Marshal(fields)
	if err != nil {
		return nil
	}
	s := string(data)
	return &s
}
