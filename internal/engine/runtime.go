package engine

import (
	"cmp"
	"context"
	"log/slog"
	"reflect"
	"time"

	"github.com/apposengine/appos/internal/object"
	"github.com/apposengine/appos/internal/record"
)

var (
	_ object.Runtime = (*Engine)(nil)
	_ object.Pager   = (*Engine)(nil)
	_ object.Setter  = (*Engine)(nil)
	_ object.Clock   = (*Engine)(nil)
)

// Call runs the object whose message in is.
func (e *Engine) Call(ctx context.Context, in any) (any, error) {
	o := e.reg.ByType(reflect.TypeOf(in))
	if o == nil || o.Handler == nil {
		if stub, ok := e.stubs[reflect.TypeOf(in)]; ok {
			return stub(ctx, in)
		}
		return nil, object.Errorf(object.Dispatch, "no object answers %T; declare it with appos.Rule, and check that its package is imported", in)
	}
	return e.run(ctx, o, in)
}

// Run runs an object that is known, with a message of its type.
func (e *Engine) Run(ctx context.Context, o *object.Object, in any) (any, error) {
	return e.run(ctx, o, in)
}

// Dispatch runs the object with the reference.
func (e *Engine) Dispatch(ctx context.Context, ref string, inputs map[string]any) (any, error) {
	o := e.reg.ByRef(ref)
	if o == nil {
		return nil, object.Errorf(object.Dispatch, "no object has the reference %q%s", ref, suggest(e.reg, ref))
	}
	if o.Kind != object.KindRule {
		return nil, object.Errorf(object.Dispatch, "%s is a %s and cannot be dispatched; rules can", o.Ref, o.Kind)
	}
	in, err := Bind(o.Message, inputs)
	if err != nil {
		return nil, err
	}
	return e.run(ctx, o, in)
}

// Constant returns the value in the environment of ctx: what an administrator set
// it to, else what the code says.
func (e *Engine) Constant(ctx context.Context, declared *object.Object) (any, error) {
	o := e.reg.Own(declared)
	if o == nil {
		o = e.reg.ByRef(declared.Ref)
	}
	if o == nil || o.Constant == nil {
		return nil, object.Errorf(object.Dispatch, "constant %q is not part of this server; is its app listed?", declared.Ref)
	}
	in, err := e.enter(ctx, o, object.Use)
	if err = e.leave(in, err); err != nil {
		return nil, err
	}
	if v, set := e.constants.Current().Of(o); set {
		return v, nil
	}
	return o.Constant.In(in.frame.Exec.Env), nil
}

// Tx runs f in one transaction, on the database that ctx has one on already, or
// else on that of the records of the app that runs.
func (e *Engine) Tx(ctx context.Context, f func(context.Context) error) error {
	db := e.db
	if f := object.FrameOf(ctx); f != nil && f.Object != nil {
		db = e.records.DBOf(f.Object.App)
	}
	for _, s := range e.records.Stores() {
		if s.DB.InTx(ctx) {
			db = s.DB
		}
	}
	return record.Failed(db.Tx(ctx, f))
}

// TxIn is Tx on the database of a connected system.
func (e *Engine) TxIn(ctx context.Context, declared *object.Object, f func(context.Context) error) error {
	o := cmp.Or(e.reg.Own(declared), declared) // a descriptor of the registry has its own already
	for _, s := range e.records.Stores() {
		if s.System == o {
			return record.Failed(s.DB.Tx(ctx, f))
		}
	}
	return object.Errorf(object.Dispatch, "no record of this server is stored in %s", declared.Ref)
}

// Event adds an entry to the event log of the app that runs.
func (e *Engine) Event(ctx context.Context, name string, fields map[string]any) error {
	f := object.FrameOf(ctx)
	if f == nil || f.Object == nil {
		return object.Errorf(object.Dispatch, "an event needs an app that runs; emit it from a rule or a page")
	}
	return e.records.AddEvent(ctx, f.Object.App.Name, name, fields, f.Exec.User.Name, f.Exec.ID)
}

// Logger returns the logger of the object that runs.
func (e *Engine) Logger(context.Context) *slog.Logger { return e.slog }

// Now is the time as it is written down.
func (e *Engine) Now() time.Time { return e.now() }

// Registry is what is declared.
func (e *Engine) Registry() *object.Registry { return e.reg }

// Allowed says whether the user of ctx has the permission.
func (e *Engine) Allowed(ctx context.Context, o *object.Object, p object.Permission) bool {
	f := object.FrameOf(ctx)
	return f != nil && e.perms.Check(f.Exec.User, o, p)
}

// Begin returns the context that a request, job or command of the user runs in.
// A language of "" is the user's, else the server's.
func (e *Engine) Begin(ctx context.Context, user *object.User, language string) context.Context {
	if language == "" {
		language = user.Language
	}
	if language == "" {
		language = e.language
	}
	return &object.Frame{Context: ctx, Exec: &object.Execution{
		Runtime: e, ID: newExecutionID(), User: user, Env: e.env, Language: language, Texts: e.texts.Texts(),
	}}
}

// Stub answers messages of the type by h instead of the object's handler; the
// gate stays. It is for tests, before anything runs.
func (e *Engine) Stub(t reflect.Type, h object.Handler) {
	if e.stubs == nil {
		e.stubs = map[reflect.Type]object.Handler{}
	}
	e.stubs[t] = h
}

// Permit returns the error that an access without the permission ends in, and
// notes it; nil when the user of ctx has it. The access itself passes the gate
// all the same.
func (e *Engine) Permit(ctx context.Context, o *object.Object, p object.Permission) error {
	f := object.FrameOf(ctx)
	if f == nil || e.perms.Check(f.Exec.User, o, p) {
		return nil
	}
	return e.complete(pass{frame: f, o: o}, e.refuse(f, o, p))
}
