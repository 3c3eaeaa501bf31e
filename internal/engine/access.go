package engine

import (
	"context"

	"github.com/apposengine/appos/internal/object"
	"github.com/apposengine/appos/internal/record"
)

// table is a record with what the gate needs of it on every access.
type table struct {
	o          *object.Object
	plan       *record.Plan
	restricted []int // fields that only some groups may view or update
	validated  bool
}

// access decides which rows and fields of the record the user of f reaches.
func (e *Engine) access(ctx context.Context, f *object.Frame, t *table) (*record.Access, error) {
	a := &record.Access{User: f.Exec.User.Name, ExecutionID: f.Exec.ID}
	a.Related = func(o *object.Object) (*record.Access, error) { return e.reach(ctx, f, o) }
	if t.validated {
		a.Validate = func(row any) error { return e.valid.Row(t.o.Record, row) }
	}
	if len(t.o.Record.Events) > 0 {
		a.Changed = func(ctx context.Context, on object.Change, before, after any) error {
			return e.followed(ctx, t.o, on, before, after)
		}
	}
	if e.watcher != nil {
		a.Observed = e.watcher.Watch(f, t.o)
	}
	for _, i := range t.restricted {
		field := &t.o.Record.Fields[i]
		if field.View != nil && !memberOfAny(f.Exec.User, field.View) {
			a.Hidden = a.Hidden.With(i)
		}
		if field.Update != nil && !memberOfAny(f.Exec.User, field.Update) {
			a.ReadOnly = a.ReadOnly.With(i)
		}
	}
	if len(t.o.Record.Rows) == 0 {
		return a, nil
	}
	within, err := narrow(ctx, t.o)
	if err != nil {
		return nil, err
	}
	var q object.Query
	asked := context.WithValue(ctx, narrowingKey{}, within)
	for _, filter := range t.o.Record.Rows {
		filter(asked, &q)
	}
	if within.looped {
		return nil, errLoop(t.o)
	}
	if len(q.Faults) > 0 {
		// a row filter that cannot be built hides everything, loudly
		return nil, object.Errorf(object.Internal, "the row security of %s is at fault: %s", t.o.Ref, q.Faults[0])
	}
	a.Rows = q.Where
	return a, nil
}

// narrowing is the row security of a record while it is asked for conditions.
type narrowing struct {
	o      *object.Object
	outer  *narrowing // what led to it, when that was row security too
	looped bool       // it came back to itself, whatever became of the error
}

type narrowingKey struct{}

// narrow begins to ask the row security of o, unless it is being asked already:
// filters that read what they filter, directly or through another record or a
// rule, would never end.
func narrow(ctx context.Context, o *object.Object) (*narrowing, error) {
	outer, _ := ctx.Value(narrowingKey{}).(*narrowing)
	for n := outer; n != nil; n = n.outer {
		if n.o == o {
			n.looped = true
			return nil, errLoop(o)
		}
	}
	return &narrowing{o: o, outer: outer}, nil
}

func errLoop(o *object.Object) error {
	return object.Errorf(object.Internal, "the row security of %s reads %s itself, which never ends; decide from the user, or read another record", o.Ref, o.Ref)
}

// reach is the access to a record through another: a relation or a reference.
func (e *Engine) reach(ctx context.Context, f *object.Frame, o *object.Object) (*record.Access, error) {
	if err := e.admit(f, o, object.View); err != nil {
		return nil, err
	}
	t := e.tables[o.Index]
	if t == nil {
		return nil, object.Errorf(object.Dispatch, "%s is not a record of this server", o.Ref)
	}
	return e.access(ctx, f, t)
}

func memberOfAny(u *object.User, groups []string) bool {
	if u.Type == object.SystemAdmin {
		return true
	}
	for _, g := range groups {
		if u.Member(g) {
			return true
		}
	}
	return false
}
