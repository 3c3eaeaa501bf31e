package record

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"reflect"
	"slices"
	"strings"
	"time"
	"unsafe"

	"github.com/apposengine/appos/internal/object"
	"github.com/apposengine/appos/internal/store"
	"github.com/apposengine/appos/internal/wire"
)

// defaultHistory is how many entries a page of a history has when the query does
// not say.
const defaultHistory = 50

// historyRounds bounds how often a page is filled up, when entries say nothing
// about the fields that were asked for: what is left is the next page's.
const historyRounds = 10

// History returns entries of the audit log, newest first, and where the next
// page begins; 0 is the end. What one save did to a row is one entry.
//
// Whoever reaches a row, reads its whole history, and only as long as they reach
// it: rows that were deleted are reached as they were last; those that are gone
// for good only where no row conditions hold. Fields that are hidden from the
// access, or tagged so, are not in it, nor what changed only them. A row that is
// asked for and cannot be reached is NotFound.
func (p *Plan) History(ctx context.Context, a *Access, q *object.HistoryQuery) (entries []object.HistoryEntry, next int64, err error) {
	a = a.orSystem()
	h, err := p.historian(a, q)
	if err != nil {
		return nil, 0, err
	}
	if q.Row != 0 {
		if err := p.hasHistory(ctx, a, q.Row); err != nil {
			return nil, 0, err
		}
	}
	before := q.Before
	for range historyRounds {
		page, more, err := h.page(ctx, before, h.limit-len(entries))
		if err != nil {
			return nil, 0, p.failed(ctx, a, nil, err)
		}
		for i := range page {
			if e := &page[i]; len(e.Fields) > 0 || len(q.Fields) == 0 {
				entries = append(entries, *e)
			}
		}
		if !more {
			return entries, 0, nil
		}
		before = page[len(page)-1].ID
		if len(entries) == h.limit {
			break
		}
	}
	return entries, before, nil
}

// hasHistory says whether the access reaches the row, or what is left of it.
func (p *Plan) hasHistory(ctx context.Context, a *Access, id int64) error {
	w := where{p: p, any: true, args: []any{id}}
	w.b.WriteString("SELECT 1 FROM " + p.table + ` WHERE "id" = ?`)
	if err := w.rows(a); err != nil {
		return err
	}
	var one int
	err := p.db.QueryRow(ctx, []any{&one}, w.b.String(), w.args...)
	if errors.Is(err, store.ErrNoRows) && len(a.Rows) == 0 {
		err = p.db.QueryRow(ctx, []any{&one}, "SELECT 1 FROM "+store.Quote(p.auditTable())+` WHERE "record_id" = ? LIMIT 1`, id)
	}
	if errors.Is(err, store.ErrNoRows) {
		return p.notFound(a, id)
	}
	return p.failed(ctx, a, nil, err)
}

// historian is one reading of a history under way.
type historian struct {
	p     *Plan
	shown Mask
	limit int
	// seen holds of rows of the log that may be shown and are asked for, by the
	// alias of the table.
	seen     func(alias string) string
	seenArgs []any
	where    strings.Builder
	args     []any
}

func (p *Plan) historian(a *Access, q *object.HistoryQuery) (*historian, error) {
	switch {
	case !p.rec.Audited:
		return nil, p.fail(a, object.Dispatch, "%s has no history; declare it with appos.Audited", p.o.Ref)
	case len(q.Faults) > 0:
		return nil, p.fail(a, object.Invalid, "the query is wrong: %s", strings.Join(q.Faults, "; "))
	case q.Limit < 0 || q.Limit > object.MaxHistory:
		return nil, p.fieldError("limit", "range", "must be a whole number from 1 to %d", object.MaxHistory)
	}
	h := &historian{p: p, limit: q.Limit}
	if h.limit == 0 {
		h.limit = defaultHistory
	}
	if err := h.fields(a, q.Fields); err != nil {
		return nil, err
	}
	and := func(condition string, args ...any) {
		h.where.WriteString(" AND " + condition)
		h.args = append(h.args, args...)
	}
	if q.Row != 0 {
		and(`h."record_id" = ?`, q.Row)
	} else if len(a.Rows) > 0 {
		w := where{p: p}
		w.b.WriteString(`SELECT "id" FROM ` + p.table)
		if err := w.rows(a); err != nil {
			return nil, err
		}
		and(`h."record_id" IN (`+w.b.String()+")", w.args...)
	}
	if q.By != "" {
		if err := wire.CheckText(q.By); err != nil {
			return nil, p.fieldError("by", "type", "%v", err)
		}
		and(`h."changed_by" = ?`, q.By)
	}
	for _, o := range q.Operations {
		if !slices.Contains(operations, o) {
			return nil, p.fieldError("operation", "oneof", "names %q; known are %s", wire.Clip(o), strings.Join(operations, ", "))
		}
	}
	if len(q.Operations) > 0 {
		in, args := list(q.Operations)
		and(`h."operation" IN `+in, args...)
	}
	if !q.Since.IsZero() {
		and(`h."changed_at" >= ?`, q.Since.UTC().Truncate(time.Microsecond))
	}
	if !q.Until.IsZero() {
		and(`h."changed_at" < ?`, q.Until.UTC().Truncate(time.Microsecond))
	}
	return h, nil
}

// fields decides which fields are shown.
func (h *historian) fields(a *Access, asked []*object.Field) error {
	p := h.p
	var columns, tagged []string
	for i := range p.cols {
		f := p.cols[i].f
		if f.Hidden || f.Secret {
			tagged = append(tagged, p.inLog(f)...)
		}
		if !f.System && !f.Hidden && !f.Secret && !a.Hidden.Has(i) {
			h.shown = h.shown.With(i)
			columns = append(columns, p.inLog(f)...)
		}
	}
	if len(asked) > 0 {
		h.shown, columns = Mask{}, nil
		for _, f := range asked {
			i, err := p.fieldOf(f, a.Hidden, false)
			if err != nil {
				return err
			}
			h.shown = h.shown.With(i)
			columns = append(columns, p.inLog(f)...)
		}
	}
	switch {
	case len(asked) > 0:
		in, args := list(columns)
		h.seenArgs = args
		h.seen = func(t string) string {
			return "(" + t + `."field" IN ` + in + " OR " + t + `."field" IS NULL AND ` + t + `."operation" <> 'restore')`
		}
	case !a.Hidden.Empty():
		// what a field that is gone was to the user is not known any more
		in, args := list(columns)
		h.seenArgs = args
		h.seen = func(t string) string { return "(" + t + `."field" IS NULL OR ` + t + `."field" IN ` + in + ")" }
	case len(tagged) > 0:
		in, args := list(tagged)
		h.seenArgs = args
		h.seen = func(t string) string { return "(" + t + `."field" IS NULL OR ` + t + `."field" NOT IN ` + in + ")" }
	default:
		h.seen = func(string) string { return "1 = 1" }
	}
	return nil
}

// list is texts as SQL and its arguments.
func list(texts []string) (string, []any) {
	if len(texts) == 0 {
		return "(NULL)", nil // in nothing
	}
	args := make([]any, len(texts))
	for i, t := range texts {
		args[i] = t
	}
	return "(?" + strings.Repeat(", ?", len(texts)-1) + ")", args
}

// page reads entries and says whether there are more. The last row of a save
// that may be shown stands for it; the rows of saves at the same time lie among
// each other.
//
// Later ones are counted, which looks each row up in the index. NOT EXISTS lets
// PostgreSQL join the log with itself, and compare every change of a row with
// every other.
func (h *historian) page(ctx context.Context, before int64, limit int) (entries []object.HistoryEntry, more bool, err error) {
	table := store.Quote(h.p.auditTable())
	args := append([]any{}, h.seenArgs...)
	args = append(args, h.args...)
	position := ""
	if before != 0 {
		position = ` AND h."id" < ?`
		args = append(args, before)
	}
	args = append(args, h.seenArgs...)
	args = append(args, int64(limit)+1)
	args = append(args, h.seenArgs...)
	rows, err := h.p.db.Query(ctx, `SELECT e."id", d."record_id", d."version", d."operation", d."restored", d."field", d."old_value", d."new_value", d."changed_by", d."changed_at", d."execution_id"`+
		` FROM (SELECT h."id", h."record_id", h."version" FROM `+table+" AS h WHERE "+h.seen("h")+h.where.String()+position+
		` AND (SELECT COUNT(*) FROM `+table+` AS l WHERE l."record_id" = h."record_id" AND l."version" = h."version" AND h."version" > 0 AND l."id" > h."id" AND `+h.seen("l")+") = 0"+
		` ORDER BY h."id" DESC LIMIT ?) AS e JOIN `+table+` AS d ON d."record_id" = e."record_id" AND d."version" = e."version" AND (e."version" > 0 OR d."id" = e."id")`+
		" WHERE "+h.seen("d")+` ORDER BY e."id" DESC, d."id"`, args...)
	if err != nil {
		return nil, false, err
	}
	defer rows.Close()
	for rows.Next() {
		var e object.HistoryEntry
		var restored *int64
		var field, old, fresh *string
		if err := rows.Scan(&e.ID, &e.Row, &e.Version, &e.Operation, &restored, &field, &old, &fresh, &e.By, &e.At, &e.ExecutionID); err != nil {
			return nil, false, err
		}
		if n := len(entries); n == 0 || entries[n-1].ID != e.ID {
			if n == limit {
				more = true
				break
			}
			if restored != nil {
				e.Restored = *restored
			}
			entries = append(entries, e)
		}
		h.add(&entries[len(entries)-1], field, old, fresh)
	}
	if err := rows.Err(); err != nil {
		return nil, false, err
	}
	return entries, more, rows.Close()
}

// add adds to an entry what a row of the log says: about one field, or about all.
func (h *historian) add(e *object.HistoryEntry, field, old, fresh *string) {
	if field != nil {
		e.Fields = append(e.Fields, h.p.fieldChange(*field, old, fresh))
		return
	}
	before, after := summarized(old), summarized(fresh)
	for i := range h.p.cols {
		if !h.shown.Has(i) {
			continue
		}
		for _, name := range h.p.inLog(h.p.cols[i].f) {
			if before[name] != nil || after[name] != nil {
				e.Fields = append(e.Fields, h.p.fieldChange(name, before[name], after[name]))
				break
			}
		}
	}
}

// summarized are the values in a summary, as FormatValue writes them.
func summarized(summary *string) map[string]*string {
	var fields map[string]json.RawMessage
	if summary == nil || json.Unmarshal([]byte(*summary), &fields) != nil {
		return nil
	}
	texts := make(map[string]*string, len(fields))
	for name, raw := range fields {
		text := string(raw)
		if bytes.HasPrefix(raw, []byte{'"'}) && json.Unmarshal(raw, &text) != nil {
			continue
		}
		texts[name] = &text
	}
	return texts
}

// inLog are the names that a field has in the audit log: its own, and the one that
// it had before it was renamed, unless another field has that now.
func (p *Plan) inLog(f *object.Field) []string {
	if _, taken := p.byColumn[f.Was]; f.Was == "" || taken {
		return []string{f.Column}
	}
	return []string{f.Column, f.Was}
}

// nowNamed is the column that a name in the audit log means.
func (p *Plan) nowNamed(name string) string {
	if _, ok := p.byColumn[name]; ok {
		return name
	}
	for i := range p.cols {
		if f := p.cols[i].f; f.Was == name {
			return f.Column
		}
	}
	return name
}

func (p *Plan) fieldChange(name string, old, fresh *string) object.FieldChange {
	change := object.FieldChange{Column: p.nowNamed(name)}
	i, ok := p.byColumn[change.Column]
	if !ok {
		if old != nil {
			change.Old = *old
		}
		if fresh != nil {
			change.New = *fresh
		}
		return change
	}
	c := &p.cols[i]
	change.Field = c.f
	change.Old, change.New = c.logged(old), c.logged(fresh)
	return change
}

// logged is a value of the log as one of the field's type, or as the text that
// the log has when the field cannot hold it any more.
func (c *column) logged(text *string) any {
	if text == nil {
		return nil
	}
	v, err := c.fromLog(*text)
	if err != nil {
		return *text
	}
	alone, base := c.alone()
	if alone.set(base, v) != nil {
		return *text
	}
	value := reflect.NewAt(alone.full, base).Elem()
	if alone.f.Optional {
		value = value.Elem()
	}
	return value.Interface()
}

// alone is the column of a field that no row is around, and the field.
func (c *column) alone() (*column, unsafe.Pointer) {
	alone, f := *c, *c.f
	f.Offset, alone.f = 0, &f
	return &alone, reflect.New(c.full).UnsafePointer()
}

// fromLog reads a value as the log has it: an empty text is a value there, and
// one that has left the field's list was good once.
func (c *column) fromLog(text string) (any, error) {
	f := *c.f
	f.Optional, f.Enum = false, nil
	return ParseValue(&f, text)
}
