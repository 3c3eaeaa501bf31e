package engine

import (
	"context"
	"fmt"
	"strings"

	"github.com/apposengine/appos/internal/object"
)

// maxEvents bounds how often changes of one record lead to further changes of
// the same record: beyond it is a loop without end.
const maxEvents = 32

// followed runs what follows a change of a row of o, in its transaction and as
// its user. The record is the caller, so that the dependency and the log name it.
func (e *Engine) followed(ctx context.Context, o *object.Object, on object.Change, before, after any) error {
	f := object.FrameOf(ctx)
	var frame *object.Frame
	for i := range o.Record.Events {
		ev := &o.Record.Events[i]
		if ev.On != on {
			continue
		}
		message, ok := ev.Make(before, after)
		if !ok {
			continue
		}
		if frame == nil {
			if err := endless(f, o); err != nil {
				return err
			}
			frame = &object.Frame{Context: ctx, Exec: f.Exec, Object: o, Caller: f, Depth: f.Depth + 1}
		}
		if _, err := e.run(frame, ev.To, message); err != nil {
			return e.unfollowed(f, o, ev, err)
		}
	}
	return nil
}

// unfollowed is the error of a change whose rule failed. It is the rule's, except
// for a user who may not run the rule: they did not ask for it by name.
func (e *Engine) unfollowed(f *object.Frame, o *object.Object, ev *object.RecordEvent, err error) error {
	if e.perms.Check(f.Exec.User, ev.To, object.Use) {
		return err
	}
	return &object.Error{
		Code: object.Denied, Object: o.Ref, Kind: o.Kind, Err: err,
		Text: fmt.Sprintf("the %s was not %s: %s follows, which you may not use", strings.ReplaceAll(o.Name, "_", " "), ev.On.Past(), ev.To.Ref),
	}
}

// endless refuses a change of o that changes of o have led to too often, and
// names the way round.
func endless(f *object.Frame, o *object.Object) error {
	n := 0
	for c := f; c != nil; c = c.Caller {
		if c.Object == o {
			n++
		}
	}
	if n < maxEvents {
		return nil
	}
	round := []string{o.Ref}
	for c := f; c != nil; c = c.Caller {
		if c.Object == nil {
			continue
		}
		round = append([]string{c.Object.Ref}, round...)
		if c.Object == o {
			break
		}
	}
	return object.Errorf(object.Dispatch, "changes of %s lead to each other without end: %s; let the event return nil where nothing is left to do", o.Ref, strings.Join(round, " → "))
}
