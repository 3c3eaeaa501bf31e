package engine

import (
	"context"

	"github.com/apposengine/appos/internal/logs"
	"github.com/apposengine/appos/internal/object"
	"github.com/apposengine/appos/internal/wire"
)

// compileAPIs makes the web APIs of the registry, and says what is wrong with them.
func (e *Engine) compileAPIs() Faults {
	var faults Faults
	book := wire.NewBook(e.reg)
	e.apis = make([]*wire.API, len(e.reg.Objects))
	for _, o := range e.reg.Objects {
		if o.WebAPI == nil {
			continue
		}
		api, wrong := wire.Compile(book, o)
		for _, text := range wrong {
			faults = append(faults, object.Fault{Source: o.Source, Object: o.Ref, Text: text})
		}
		e.apis[o.Index] = api
	}
	return faults
}

// API is how a web API reads requests and writes answers; nil for other objects.
func (e *Engine) API(o *object.Object) *wire.API { return e.apis[o.Index] }

// Serve passes the gate for a web API and runs work, whose calls are the web API's.
// Note adds to the entry that is logged what only the caller knows, such as a
// status; it gets the error that work, or the gate, ended with.
func (e *Engine) Serve(ctx context.Context, o *object.Object, work func(context.Context) error, note func(*logs.Entry, error)) error {
	in, err := e.enter(ctx, o, object.Use)
	in.note = note
	if err == nil {
		frame := &object.Frame{Context: ctx, Exec: in.frame.Exec, Object: o, Caller: in.frame, Depth: in.frame.Depth + 1}
		err = e.guarded(func() error { return work(frame) })
	}
	return e.leave(in, err)
}
