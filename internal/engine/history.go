package engine

import (
	"context"
	"reflect"

	"github.com/apposengine/appos/internal/object"
	"github.com/apposengine/appos/internal/record"
)

var _ object.Historian = (*Engine)(nil)

// History returns a page of what was changed in the rows of a record.
func (e *Engine) History(ctx context.Context, t reflect.Type, q *object.HistoryQuery) (entries []object.HistoryEntry, next int64, err error) {
	err = e.withRecord(ctx, t, object.View, func(p *record.Plan, a *record.Access) error {
		entries, next, err = p.History(ctx, a, q)
		return err
	})
	return entries, next, err
}

// Restore brings a version of a row back. Whoever may update rows may do so;
// bringing a row back from the deleted takes the right to delete too: it undoes
// what that right did.
func (e *Engine) Restore(ctx context.Context, t reflect.Type, id, version, expected int64, row any) (lost []string, err error) {
	err = e.withRecord(ctx, t, object.Update, func(p *record.Plan, a *record.Access) error {
		lost, err = p.Restore(ctx, a, id, version, expected, row, func() error {
			return e.admit(object.FrameOf(ctx), p.Object(), object.Delete)
		})
		return err
	})
	return lost, err
}

// Events reads the event logs of all apps. They have no permissions of their own,
// so only administrators read them.
func (e *Engine) Events(ctx context.Context, q record.EventQuery) ([]record.Event, string, error) {
	f := object.FrameOf(ctx)
	if f == nil || f.Exec.User.Type != object.SystemAdmin {
		return nil, "", object.Errorf(object.Denied, "only administrators read the event logs")
	}
	return e.records.Events(ctx, q)
}
