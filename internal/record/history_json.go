package record

import (
	"encoding/base64"
	"maps"
	"net/url"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/apposengine/appos/internal/object"
	"github.com/apposengine/appos/internal/wire"
)

// operations are those that the audit log has.
var operations = []string{"create", "update", "delete", "restore"}

// ParseHistory reads a history query from the parameters of a URL:
//
//	field=status,total  user=ana  operation=update,restore  since=2026-01-01  until=…  limit=50  cursor=…
//
// Everything that is not understood is an Invalid error, all at once; fields
// that the access hides are not understood.
func (p *Plan) ParseHistory(a *Access, params url.Values) (*object.HistoryQuery, error) {
	q := &object.HistoryQuery{}
	f := newFilter(p, a, nil)
	for _, name := range slices.Sorted(maps.Keys(params)) {
		if len(params[name]) != 1 {
			f.fault(wire.Clip(name), "duplicate", "is given more than once; separate several values by commas")
			continue
		}
		f.historyParam(q, name, params[name][0])
	}
	return q, f.done()
}

func (f *filter) historyParam(q *object.HistoryQuery, name, value string) {
	var err error
	switch name {
	case "field":
		for column := range strings.SplitSeq(value, ",") {
			c := f.top.column(column)
			if c == nil || c.f.System {
				f.fault("field", "unknown", "names %q, which is not a field of %s%s", wire.Clip(column), f.p.o.Name, f.p.suggest(wire.Clip(column), f.a.Hidden))
				return
			}
			q.Fields = append(q.Fields, c.f)
		}
	case "user":
		q.By = value
	case "operation":
		q.Operations = strings.Split(value, ",")
		for _, o := range q.Operations {
			if !slices.Contains(operations, o) {
				f.fault("operation", "oneof", "names %q; known are %s", wire.Clip(o), strings.Join(operations, ", "))
				return
			}
		}
	case "since", "until":
		var at time.Time
		if at, err = wire.ParseTime(value); err != nil {
			f.fault(name, "type", "%v", err)
			return
		}
		if name == "since" {
			q.Since = at
		} else {
			q.Until = at
		}
	case "limit":
		if q.Limit, err = strconv.Atoi(value); err != nil || q.Limit < 1 || q.Limit > object.MaxHistory {
			f.fault("limit", "range", "must be a whole number from 1 to %d", object.MaxHistory)
		}
	case "cursor":
		if q.Before, err = f.p.historyPlace(value); err != nil {
			f.fault("cursor", "type", "is not one of this history; begin again without it")
		}
	default:
		f.fault(wire.Clip(name), "unknown", "is not a parameter here; known are field, user, operation, since, until, limit, cursor")
	}
}

// HistoryCursor marks where a page of a history begins, for URLs; "" is the end.
func (p *Plan) HistoryCursor(next int64) string {
	if next == 0 {
		return ""
	}
	return base64.RawURLEncoding.EncodeToString([]byte(p.auditTable() + " " + strconv.FormatInt(next, 10)))
}

func (p *Plan) historyPlace(cursor string) (int64, error) {
	data, err := base64.RawURLEncoding.DecodeString(cursor)
	if err != nil {
		return 0, err
	}
	number, ok := strings.CutPrefix(string(data), p.auditTable()+" ")
	n, err := strconv.ParseInt(number, 10, 64)
	if !ok || err != nil || n < 1 {
		return 0, strconv.ErrSyntax
	}
	return n, nil
}

// AppendHistoryJSON appends an entry of a history as a JSON object. Values have
// the form that they have in rows.
func (p *Plan) AppendHistoryJSON(dst []byte, e *object.HistoryEntry) []byte {
	number := func(key string, n int64) {
		dst = append(dst, key...)
		if n == 0 {
			dst = append(dst, "null"...)
		} else {
			dst = strconv.AppendInt(dst, n, 10)
		}
	}
	text := func(key, s string) {
		dst = append(dst, key...)
		dst = wire.AppendString(dst, s)
	}
	number(`{"id":`, e.Row)
	number(`,"version":`, e.Version)
	text(`,"operation":`, e.Operation)
	number(`,"restored_version":`, e.Restored)
	text(`,"changed_by":`, e.By)
	dst = append(dst, `,"changed_at":"`...)
	dst = wire.AppendTime(dst, e.At)
	text(`","execution_id":`, e.ExecutionID)
	dst = append(dst, `,"changes":[`...)
	for i := range e.Fields {
		c := &e.Fields[i]
		if i > 0 {
			dst = append(dst, ',')
		}
		text(`{"field":`, c.Column)
		dst = append(dst, `,"old":`...)
		dst = p.appendLogged(dst, c, c.Old)
		dst = append(dst, `,"new":`...)
		dst = p.appendLogged(dst, c, c.New)
		dst = append(dst, '}')
	}
	return append(dst, "]}"...)
}

func (p *Plan) appendLogged(dst []byte, change *object.FieldChange, v any) []byte {
	if v == nil {
		return append(dst, "null"...)
	}
	if s, ok := v.(string); ok && (change.Field == nil || change.Field.Type != reflect.TypeFor[string]()) {
		return wire.AppendString(dst, s) // what the field cannot hold any more
	}
	i, ok := p.byField[change.Field]
	if !ok {
		return append(dst, "null"...)
	}
	alone, base := p.cols[i].alone()
	value := reflect.NewAt(alone.full, base).Elem()
	if alone.f.Optional {
		value.Set(reflect.New(alone.f.Type))
		value = value.Elem()
	}
	value.Set(reflect.ValueOf(v))
	return alone.appendJSON(dst, base)
}
