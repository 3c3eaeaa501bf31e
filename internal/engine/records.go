package engine

import (
	"context"
	"fmt"
	"reflect"
	"slices"

	"github.com/apposengine/appos/internal/object"
	"github.com/apposengine/appos/internal/record"
)

// withRecord passes the gate for a record and runs work with what the user reaches of it.
func (e *Engine) withRecord(ctx context.Context, t reflect.Type, p object.Permission, work func(*record.Plan, *record.Access) error) (err error) {
	o := e.reg.ByType(t)
	if o == nil || o.Record == nil {
		return object.Errorf(object.Dispatch, "%s is not a record of this server; declare it with appos.Record, and check that its app is listed", t)
	}
	in, err := e.enter(ctx, o, p)
	if err == nil {
		err = e.guarded(func() error {
			tab := e.tables[o.Index]
			a, err := e.access(ctx, in.frame, tab)
			if err != nil {
				return err
			}
			return work(tab.plan, a)
		})
	}
	return e.leave(in, err)
}

// guarded runs work that calls functions of apps, row security among them: a
// panic in one is an error.
func (e *Engine) guarded(work func() error) (err error) {
	defer func() {
		switch p := recover().(type) {
		case nil:
		case *object.Error:
			err = p
		default:
			err = &object.Error{Code: object.Internal, Err: fmt.Errorf("panic: %v", p)}
		}
	}()
	return work()
}

// Get loads the row with the id.
func (e *Engine) Get(ctx context.Context, t reflect.Type, id int64, row any) error {
	return e.withRecord(ctx, t, object.View, func(p *record.Plan, a *record.Access) error {
		return p.Get(ctx, a, id, row)
	})
}

// Find fills a row that next returns for each that the query selects.
func (e *Engine) Find(ctx context.Context, t reflect.Type, q *object.Query, next func() any) error {
	_, err := e.Page(ctx, t, q, next)
	return err
}

// Page is Find with the cursors of the neighbouring pages.
func (e *Engine) Page(ctx context.Context, t reflect.Type, q *object.Query, next func() any) (cursors object.Cursors, err error) {
	err = e.withRecord(ctx, t, object.View, func(p *record.Plan, a *record.Access) error {
		page, err := p.Find(ctx, a, q, next)
		cursors = object.Cursors{Next: page.Next, Prev: page.Previous}
		return err
	})
	return cursors, err
}

// Count returns how many rows the query selects.
func (e *Engine) Count(ctx context.Context, t reflect.Type, q *object.Query) (int, error) {
	return e.CountUpTo(ctx, t, q, 0)
}

// CountUpTo stops counting at limit; 0 is no limit.
func (e *Engine) CountUpTo(ctx context.Context, t reflect.Type, q *object.Query, limit int) (n int, err error) {
	err = e.withRecord(ctx, t, object.View, func(p *record.Plan, a *record.Access) error {
		n, err = p.Count(ctx, a, q, limit)
		return err
	})
	return n, err
}

// Aggregate calls each with the values of every group.
func (e *Engine) Aggregate(ctx context.Context, t reflect.Type, q *object.Aggregate, each func([]any) error) error {
	return e.withRecord(ctx, t, object.View, func(p *record.Plan, a *record.Access) error {
		_, err := p.Aggregate(ctx, a, q, each)
		return err
	})
}

// Create stores row.
func (e *Engine) Create(ctx context.Context, t reflect.Type, row any) error {
	return e.withRecord(ctx, t, object.Create, func(p *record.Plan, a *record.Access) error {
		return p.Create(ctx, a, row)
	})
}

// CreateSet stores row; the fields that were set do not get their default.
func (e *Engine) CreateSet(ctx context.Context, t reflect.Type, row any, set []*object.Field) error {
	return e.withRecord(ctx, t, object.Create, func(p *record.Plan, a *record.Access) error {
		return p.CreateSet(ctx, a, row, p.Mask(func(f *object.Field) bool { return slices.Contains(set, f) }))
	})
}

// CreateAll stores n rows in one transaction.
func (e *Engine) CreateAll(ctx context.Context, t reflect.Type, n int, row func(i int) any) error {
	return e.withRecord(ctx, t, object.Create, func(p *record.Plan, a *record.Access) error {
		return p.CreateAll(ctx, a, n, row)
	})
}

// Update loads the row, has change change it, and stores what changed.
func (e *Engine) Update(ctx context.Context, t reflect.Type, id, version int64, row any, change func() error) error {
	return e.withRecord(ctx, t, object.Update, func(p *record.Plan, a *record.Access) error {
		return p.Update(ctx, a, id, version, row, change)
	})
}

// Delete removes the row.
func (e *Engine) Delete(ctx context.Context, t reflect.Type, id, version int64) error {
	return e.withRecord(ctx, t, object.Delete, func(p *record.Plan, a *record.Access) error {
		return p.Delete(ctx, a, id, version)
	})
}

// UpdateAll has change change every row that the query selects, in one transaction.
func (e *Engine) UpdateAll(ctx context.Context, t reflect.Type, q *object.Query, change func(row any) error) (n int, err error) {
	err = e.withRecord(ctx, t, object.Update, func(p *record.Plan, a *record.Access) error {
		n, err = p.UpdateAll(ctx, a, q, change)
		return err
	})
	return n, err
}

// DeleteAll removes every row that the query selects, in one transaction.
func (e *Engine) DeleteAll(ctx context.Context, t reflect.Type, q *object.Query) (n int, err error) {
	err = e.withRecord(ctx, t, object.Delete, func(p *record.Plan, a *record.Access) error {
		n, err = p.DeleteAll(ctx, a, q)
		return err
	})
	return n, err
}

// Labels returns what names the rows of a record, for showing references.
func (e *Engine) Labels(ctx context.Context, t reflect.Type, ids []int64) (labels map[int64]string, err error) {
	err = e.withRecord(ctx, t, object.View, func(p *record.Plan, a *record.Access) error {
		labels, err = p.Labels(ctx, a, ids)
		return err
	})
	return labels, err
}

// With passes the gate with the permission and hands over the record's plan and
// what the user reaches of it, for those that read rows in a form of their own,
// such as JSON.
func (e *Engine) With(ctx context.Context, o *object.Object, p object.Permission, work func(*record.Plan, *record.Access) error) error {
	return e.withRecord(ctx, o.Record.Type, p, work)
}
