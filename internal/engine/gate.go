package engine

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"time"

	"github.com/apposengine/appos/internal/logs"
	"github.com/apposengine/appos/internal/object"
)

// maxDepth bounds how deeply calls nest: beyond it is a recursion without end.
const maxDepth = 256

// A pass is one access on its way through the gate.
type pass struct {
	frame *object.Frame // the caller's
	o     *object.Object
	start time.Time
	note  func(*logs.Entry, error) // adds to the entry; nil adds nothing
}

// enter lets an access in, or says why not. What it returns is left with leave,
// also when it was refused.
func (e *Engine) enter(ctx context.Context, o *object.Object, p object.Permission) (pass, error) {
	f := object.FrameOf(ctx)
	in := pass{frame: f, o: o, start: e.now()}
	if f == nil {
		return in, object.Errorf(object.Dispatch, "the context does not come from AppOS; pass on the ctx that the handler received")
	}
	if err := e.admit(f, o, p); err != nil {
		return in, err
	}
	if err := ctx.Err(); err != nil {
		return in, ended(err)
	}
	return in, nil
}

// admit checks the permission, and notes who depends on what and who was let in
// by being an administrator only.
func (e *Engine) admit(f *object.Frame, o *object.Object, p object.Permission) error {
	if f.Object != nil {
		e.edges.Observe(f.Object.Index, o.Index)
	}
	if !e.perms.Check(f.Exec.User, o, p) {
		return e.refuse(f, o, p)
	}
	if f.Exec.User.Type == object.SystemAdmin && !e.perms.ByGroup(f.Exec.User, o, p) {
		e.security(f, o, "admin_pass", "passed as system administrator, permission "+p.String())
	}
	return nil
}

func (e *Engine) refuse(f *object.Frame, o *object.Object, p object.Permission) error {
	e.security(f, o, "denied", "permission "+p.String()+" denied")
	what := map[object.Permission]string{
		object.View: "view", object.Use: "use", object.Create: "create rows of", object.Update: "change", object.Delete: "delete rows of", object.Admin: "administer",
	}[p]
	return &object.Error{Code: object.Denied, Object: o.Ref, Kind: o.Kind, Text: fmt.Sprintf("you may not %s %s", what, o.Ref)}
}

// leave records how an access ended, and completes its error with where it
// happened. It returns the error that the caller gets.
func (e *Engine) leave(in pass, err error) error {
	took := e.now().Sub(in.start)
	f, o := in.frame, in.o
	if f == nil {
		return err
	}
	e.metrics.Observe(o.Index, took, err != nil)
	entry := e.entry(f, o, logs.Execution, in.start)
	entry.Duration = took
	if in.note != nil {
		noted := entry // or the entry of every call would be on the heap
		in.note(&noted, err)
		entry = noted
	}
	if err == nil {
		e.logs.Log(entry)
		if took >= e.slow {
			entry.Category, entry.Message = logs.Performance, "slow"
			e.logs.Log(entry)
		}
		return nil
	}
	failed := e.complete(in, err)
	entry.Code, entry.Message, entry.Level = failed.Code, failed.Error(), slog.LevelWarn
	if failed.Code == object.Internal || failed.Code == object.RecordFault {
		entry.Level = slog.LevelError
	}
	e.logs.Log(entry)
	return failed
}

// complete fills in where an error happened, as far as a deeper call has not.
func (e *Engine) complete(in pass, err error) *object.Error {
	known := object.AsError(err)
	if known.Object != "" && known.ExecutionID != "" && known.Chain != nil && error(known) == err {
		return known
	}
	failed := *known // it may be shared, such as a package's variable
	if error(known) != err && failed.Err == nil {
		failed.Err = err // what wrapped it
	}
	if failed.Object == "" {
		failed.Object, failed.Kind = in.o.Ref, in.o.Kind
	}
	if failed.ExecutionID == "" {
		failed.User, failed.ExecutionID = in.frame.Exec.User.Name, in.frame.Exec.ID
	}
	if failed.Chain == nil {
		failed.Chain = in.frame.Chain()
	}
	return &failed
}

// run answers a message by the object's handler, in a frame of its own.
func (e *Engine) run(ctx context.Context, o *object.Object, message any) (answer any, err error) {
	in, err := e.enter(ctx, o, object.Use)
	if err == nil {
		answer, err = e.answer(ctx, in, o, message)
	}
	if err = e.leave(in, err); err != nil {
		return nil, err
	}
	return answer, nil
}

func (e *Engine) answer(ctx context.Context, in pass, o *object.Object, message any) (any, error) {
	if in.frame.Depth >= maxDepth {
		return nil, object.Errorf(object.Dispatch, "calls nest deeper than %d; does %s call itself without end?", maxDepth, o.Ref)
	}
	handler := o.Handler
	if e.stubs != nil {
		if stub, ok := e.stubs[o.Message.Type]; ok {
			handler = stub
		}
	}
	key, keeps := "", e.keeps(ctx, o)
	if keeps {
		key, keeps = e.cacheKey(in.frame, o, message)
	}
	if keeps {
		if kept, ok := e.recall(ctx, o, key); ok {
			return kept, nil
		}
	}
	if o.Message.Validated {
		if err := e.valid.Message(o.Message, message); err != nil {
			return nil, err
		}
	}
	frame := &object.Frame{Context: ctx, Exec: in.frame.Exec, Object: o, Caller: in.frame, Depth: in.frame.Depth + 1}
	answer, err := e.handle(frame, o, handler, message)
	if err == nil && keeps {
		e.keep(ctx, o, key, answer)
	}
	return answer, err
}

// handle calls the handler. A panic is an Internal error; a panic with an
// *object.Error, which constants use in place of an error result, is that error.
func (e *Engine) handle(ctx *object.Frame, o *object.Object, handler object.Handler, message any) (answer any, err error) {
	defer func() {
		switch p := recover().(type) {
		case nil:
		case *object.Error:
			answer, err = nil, p
		default:
			entry := e.entry(ctx.Caller, o, logs.Execution, e.now())
			entry.Level, entry.Message = slog.LevelError, fmt.Sprintf("panic: %v\n%s", p, debug.Stack())
			e.logs.Log(entry)
			answer, err = nil, &object.Error{Code: object.Internal, Err: fmt.Errorf("panic: %v", p)}
		}
	}()
	answer, err = handler(ctx, message)
	if err != nil && (errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled)) && ctx.Err() != nil {
		err = ended(err)
	}
	return answer, err
}

// ended is the error of a context that is over.
func ended(err error) error {
	return &object.Error{Code: object.Timeout, Text: "the time for this request is over", Err: err}
}

// security writes an entry that must not be lost.
func (e *Engine) security(f *object.Frame, o *object.Object, event, detail string) {
	entry := e.entry(f, o, logs.Security, e.now())
	entry.Level, entry.Message = slog.LevelWarn, detail
	entry.Add(logs.String("event", event))
	e.logs.Log(entry)
}

// entry begins an entry about an access that f makes to o.
func (e *Engine) entry(f *object.Frame, o *object.Object, c logs.Category, at time.Time) logs.Entry {
	entry := logs.Entry{
		Time: at, Kind: logs.KindOf(o), Category: c, App: o.App.Name, Object: o.Ref,
		User: f.Exec.User.Name, ExecutionID: f.Exec.ID,
	}
	if f.Object != nil {
		entry.Caller = f.Object.Ref
	}
	return entry
}
