package ui_test

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/shopspring/decimal"

	"github.com/apposengine/appos"
	"github.com/apposengine/appos/internal/object"
)

// fake is a Runtime over slices. It checks permissions on objects, validates
// what tests need, and pages by position.
type fake struct {
	reg     *object.Registry
	rows    map[reflect.Type][]any // pointers to structs
	deny    map[string]object.Permission
	queries int
	fail    error // of the next write
	past    []object.HistoryEntry
}

func newFake(t testing.TB) *fake {
	reg, faults := object.NewRegistry(shop.Descriptor())
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	return &fake{reg: reg, rows: map[reflect.Type][]any{}, deny: map[string]object.Permission{"shop.interfaces.secret": object.AllPermissions}}
}

func (f *fake) Registry() *object.Registry                            { return f.reg }
func (f *fake) Logger(context.Context) *slog.Logger                   { return slog.New(slog.DiscardHandler) }
func (f *fake) Event(context.Context, string, map[string]any) error   { return nil }
func (f *fake) Constant(context.Context, *object.Object) (any, error) { return nil, object.NotFound }
func (f *fake) Dispatch(context.Context, string, map[string]any) (any, error) {
	return nil, object.Dispatch
}
func (f *fake) TxIn(ctx context.Context, _ *object.Object, do func(context.Context) error) error {
	return do(ctx)
}

func (f *fake) Tx(ctx context.Context, do func(context.Context) error) error { return do(ctx) }
func (f *fake) Allowed(_ context.Context, o *object.Object, p object.Permission) bool {
	return f.deny[o.Ref]&p == 0
}

func (f *fake) Call(ctx context.Context, in any) (any, error) {
	o := f.reg.ByType(reflect.TypeOf(in))
	if o == nil {
		return nil, object.Errorf(object.Dispatch, "nothing answers %T", in)
	}
	if !f.Allowed(ctx, o, object.Use) {
		return nil, &object.Error{Code: object.Denied, Object: o.Ref}
	}
	caller := object.FrameOf(ctx)
	return o.Handler(&object.Frame{Context: ctx, Exec: caller.Exec, Object: o, Caller: caller}, in)
}

func (f *fake) Aggregate(context.Context, reflect.Type, *object.Aggregate, func([]any) error) error {
	return object.Dispatch
}

func (f *fake) record(t reflect.Type) *object.Record { return f.reg.ByType(t).Record }

func id(row any) int64 { return reflect.ValueOf(row).Elem().FieldByName("ID").Int() }

func (f *fake) Get(_ context.Context, t reflect.Type, want int64, row any) error {
	f.queries++
	for _, r := range f.rows[t] {
		if id(r) == want {
			reflect.ValueOf(row).Elem().Set(reflect.ValueOf(r).Elem())
			return nil
		}
	}
	return object.Errorf(object.NotFound, "no row %d", want)
}

func value(row any, f *object.Field) (any, bool) {
	v := reflect.ValueOf(row).Elem().FieldByIndex(f.Index)
	if v.Kind() == reflect.Pointer {
		if v.IsNil() {
			return nil, false
		}
		v = v.Elem()
	}
	return v.Interface(), true
}

func (f *fake) selected(t reflect.Type, q *object.Query) []any {
	f.queries++
	var found []any
	for _, row := range f.rows[t] {
		if matches(f.record(t), row, q) {
			found = append(found, row)
		}
	}
	for _, o := range slices.Backward(q.Order) {
		slices.SortStableFunc(found, func(a, b any) int {
			x, _ := value(a, o.Field)
			y, _ := value(b, o.Field)
			c := cmp.Compare(fmt.Sprint(x), fmt.Sprint(y))
			if d, ok := x.(decimal.Decimal); ok {
				c = d.Cmp(y.(decimal.Decimal))
			}
			if o.Desc {
				return -c
			}
			return c
		})
	}
	return found
}

func matches(r *object.Record, row any, q *object.Query) bool {
	for _, c := range q.Where {
		v, ok := value(row, c.Field)
		switch c.Op {
		case object.OpEq:
			if !ok || fmt.Sprint(v) != fmt.Sprint(c.Value) {
				return false
			}
		case object.OpIn:
			if !slices.ContainsFunc(c.Value.([]any), func(x any) bool { return fmt.Sprint(x) == fmt.Sprint(v) }) {
				return false
			}
		case object.OpContains:
			if !strings.Contains(strings.ToLower(fmt.Sprint(v)), strings.ToLower(fmt.Sprint(c.Value))) {
				return false
			}
		}
	}
	if q.Search == "" {
		return true
	}
	for i := range r.Fields {
		if v, ok := value(row, &r.Fields[i]); ok && r.Fields[i].Search && strings.Contains(strings.ToLower(fmt.Sprint(v)), strings.ToLower(q.Search)) {
			return true
		}
	}
	return false
}

func (f *fake) Find(_ context.Context, t reflect.Type, q *object.Query, next func() any) error {
	found := f.selected(t, q)
	if q.Limit > 0 {
		found = found[:min(q.Limit, len(found))]
	}
	for _, row := range found {
		reflect.ValueOf(next()).Elem().Set(reflect.ValueOf(row).Elem())
	}
	return nil
}

func (f *fake) Page(_ context.Context, t reflect.Type, q *object.Query, next func() any) (object.Cursors, error) {
	found := f.selected(t, q)
	from := 0
	if n, err := strconv.Atoi(q.After); err == nil {
		from = n
	} else if n, err := strconv.Atoi(q.Before); err == nil {
		from = max(n-q.Limit, 0)
	}
	to := min(from+q.Limit, len(found))
	var c object.Cursors
	if from > 0 {
		c.Prev = strconv.Itoa(from)
	}
	if to < len(found) {
		c.Next = strconv.Itoa(to)
	}
	for _, row := range found[from:to] {
		reflect.ValueOf(next()).Elem().Set(reflect.ValueOf(row).Elem())
	}
	return c, nil
}

func (f *fake) Count(_ context.Context, t reflect.Type, q *object.Query) (int, error) {
	return len(f.selected(t, q)), nil
}

func (f *fake) check(t reflect.Type, row any) error {
	if f.fail != nil {
		err := f.fail
		f.fail = nil
		return err
	}
	e := &object.Error{Code: object.Invalid}
	r := f.record(t)
	for i := range r.Fields {
		fd := &r.Fields[i]
		v, ok := value(row, fd)
		if fd.Required && (!ok || reflect.ValueOf(v).IsZero()) {
			e.Fields = append(e.Fields, object.FieldError{Field: fd.Column, Rule: "required", Message: "is required"})
		}
		if fd.Unique && ok {
			for _, other := range f.rows[t] {
				if o, ok := value(other, fd); ok && o == v && id(other) != id(row) {
					e.Code = object.Conflict
					e.Fields = append(e.Fields, object.FieldError{Field: fd.Column, Rule: "unique", Message: "is taken"})
				}
			}
		}
	}
	if len(e.Fields) > 0 {
		return e
	}
	return nil
}

func (f *fake) Create(_ context.Context, t reflect.Type, row any) error {
	if err := f.check(t, row); err != nil {
		return err
	}
	v := reflect.ValueOf(row).Elem()
	v.FieldByName("ID").SetInt(int64(len(f.rows[t]) + 1))
	v.FieldByName("Version").SetInt(1)
	v.FieldByName("CreatedAt").Set(reflect.ValueOf(noon))
	v.FieldByName("UpdatedAt").Set(reflect.ValueOf(noon))
	v.FieldByName("CreatedBy").SetString("ana")
	v.FieldByName("UpdatedBy").SetString("ana")
	stored := reflect.New(t)
	stored.Elem().Set(v)
	f.rows[t] = append(f.rows[t], stored.Interface())
	return nil
}

func (f *fake) CreateAll(ctx context.Context, t reflect.Type, n int, row func(int) any) error {
	for i := range n {
		if err := f.Create(ctx, t, row(i)); err != nil {
			return err
		}
	}
	return nil
}

func (f *fake) Update(ctx context.Context, t reflect.Type, want, version int64, row any, change func() error) error {
	if err := f.Get(ctx, t, want, row); err != nil {
		return err
	}
	v := reflect.ValueOf(row).Elem()
	if version != 0 && v.FieldByName("Version").Int() != version {
		return &object.Error{Code: object.Conflict, Text: "the row has changed", Err: &object.Stale{Expected: version}}
	}
	if err := change(); err != nil {
		return err
	}
	if err := f.check(t, row); err != nil {
		return err
	}
	v.FieldByName("Version").SetInt(v.FieldByName("Version").Int() + 1)
	for _, r := range f.rows[t] {
		if id(r) == want {
			reflect.ValueOf(r).Elem().Set(v)
		}
	}
	return nil
}

func (f *fake) UpdateAll(context.Context, reflect.Type, *object.Query, func(any) error) (int, error) {
	return 0, f.fail
}

func (f *fake) DeleteAll(context.Context, reflect.Type, *object.Query) (int, error) { return 0, f.fail }

func (f *fake) Delete(_ context.Context, t reflect.Type, want, _ int64) error {
	if f.fail != nil {
		err := f.fail
		f.fail = nil
		return err
	}
	n := len(f.rows[t])
	f.rows[t] = slices.DeleteFunc(f.rows[t], func(r any) bool { return id(r) == want })
	if len(f.rows[t]) == n {
		return object.NotFound
	}
	return nil
}

func (f *fake) History(_ context.Context, _ reflect.Type, q *object.HistoryQuery) (found []object.HistoryEntry, next int64, err error) {
	for _, e := range f.past {
		switch {
		case e.Row != q.Row || q.By != "" && e.By != q.By || q.Before != 0 && e.ID >= q.Before:
			continue
		case len(found) == q.Limit:
			return found, found[len(found)-1].ID, nil
		}
		found = append(found, e)
	}
	return found, 0, nil
}

func (f *fake) Restore(_ context.Context, t reflect.Type, want, version, expected int64, row any) ([]string, error) {
	if f.fail != nil {
		err := f.fail
		f.fail = nil
		return nil, err
	}
	for _, r := range f.rows[t] {
		if id(r) == want {
			reflect.ValueOf(r).Elem().FieldByName("Name").SetString(fmt.Sprint("Version ", version, " over ", expected))
			reflect.ValueOf(row).Elem().Set(reflect.ValueOf(r).Elem())
		}
	}
	return []string{"salary"}, nil
}

var noon = time.Date(2026, 11, 22, 11, 20, 30, 0, time.UTC)

// seed fills the fake with n customers, an order each, and three regions.
func (f *fake) seed(t testing.TB, n int) {
	put := func(row any) {
		if err := f.Create(t.Context(), reflect.TypeOf(row).Elem(), row); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"North", "South", "West"} {
		put(&Region{Name: name})
	}
	first := []string{"Nordlicht", "Helvetia", "Brightwater", "Kestrel", "Alpenglow", "Juniper", "Quarry"}
	second := []string{"Logistics", "Energy", "Foods", "Robotics", "Health"}
	for i := range n {
		region := appos.ID[Region](i%3 + 1)
		name := first[i%7] + " " + second[i%5]
		email := fmt.Sprintf("info%d@example.com", i)
		put(&Customer{
			Name: fmt.Sprintf("%s %d", name, i+1), Email: &email, Tier: []Tier{"bronze", "silver", "gold"}[i%3], Credit: decimal.New(int64(i)*123457, -2),
			Active: i%2 == 0, Region: &region, Since: noon.AddDate(0, -i, 0), Rating: i % 5,
		})
		put(&Order{Number: fmt.Sprintf("O-%04d", i+1), Customer: appos.ID[Customer](i + 1), Status: []string{"draft", "placed", "cancelled"}[i%3], Total: decimal.New(int64(i)*9900, -2)})
	}
}
