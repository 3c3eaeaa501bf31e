package logs

import (
	"context"
	"fmt"
	"log/slog"
	"reflect"
	"slices"

	"github.com/apposengine/appos/internal/object"
)

// Handler returns the slog.Handler of the lines that apps log. They go to the
// execution log of the object that runs, with its user and execution, which it
// takes from the context. Levels below least are left out.
//
// Structs are written as their type only, unless they are an error or a
// fmt.Stringer: their fields may be hidden or sensitive.
func (p *Pipeline) Handler(least slog.Leveler) slog.Handler {
	return &handler{p: p, least: least}
}

type handler struct {
	p      *Pipeline
	least  slog.Leveler
	fields []Field // of WithAttrs
	prefix string  // of WithGroup: "a.b."
}

func (h *handler) Enabled(_ context.Context, l slog.Level) bool { return l >= h.least.Level() }

func (h *handler) Handle(ctx context.Context, r slog.Record) error {
	e := Entry{Time: r.Time, Kind: System, Category: Execution, Level: r.Level, Message: r.Message}
	e.Describe(ctx)
	e.Add(h.fields...)
	r.Attrs(func(a slog.Attr) bool {
		h.attr(h.prefix, a, func(f Field) { e.Add(f) })
		return true
	})
	h.p.Log(e)
	return nil
}

// Describe fills in what ctx knows: the object that runs, its kind and app, who
// called it, the user and the execution.
func (e *Entry) Describe(ctx context.Context) {
	f := object.FrameOf(ctx)
	if f == nil {
		return
	}
	if o := f.Object; o != nil {
		e.Kind, e.Object = KindOf(o), o.Ref
		if o.App != nil {
			e.App = o.App.Name
		}
	}
	if f.Caller != nil && f.Caller.Object != nil {
		e.Caller = f.Caller.Object.Ref
	}
	if f.Exec != nil {
		e.ExecutionID = f.Exec.ID
		if f.Exec.User != nil {
			e.User = f.Exec.User.Name
		}
	}
}

func (h *handler) WithAttrs(attrs []slog.Attr) slog.Handler {
	next := *h
	next.fields = slices.Clone(h.fields)
	for _, a := range attrs {
		h.attr(h.prefix, a, func(f Field) { next.fields = append(next.fields, f) })
	}
	return &next
}

func (h *handler) WithGroup(name string) slog.Handler {
	if name == "" {
		return h
	}
	next := *h
	next.prefix += name + "."
	return &next
}

// attr turns an attribute into fields, a group into one for each member.
func (h *handler) attr(prefix string, a slog.Attr, add func(Field)) {
	v := a.Value.Resolve()
	if a.Key == "" && v.Kind() != slog.KindGroup {
		return
	}
	key := prefix + a.Key
	switch v.Kind() {
	case slog.KindGroup:
		if a.Key != "" {
			key += "."
		}
		for _, member := range v.Group() {
			h.attr(key, member, add)
		}
	case slog.KindString:
		add(String(key, v.String()))
	case slog.KindInt64:
		add(Int(key, v.Int64()))
	case slog.KindUint64:
		add(String(key, v.String())) // it may be larger than an Int
	case slog.KindFloat64:
		add(Float(key, v.Float64()))
	case slog.KindBool:
		add(Bool(key, v.Bool()))
	case slog.KindDuration:
		add(Duration(key, v.Duration()))
	case slog.KindTime:
		add(String(key, string(appendTime(nil, v.Time()))))
	default:
		add(String(key, show(v.Any())))
	}
}

// show writes a value of any type. A method that panics, as those of nil
// pointers do, is no reason for the caller to fail.
func show(v any) (s string) {
	defer func() {
		if r := recover(); r != nil {
			s = fmt.Sprintf("(%T)", v)
		}
	}()
	switch x := v.(type) {
	case nil:
		return "null"
	case error:
		return x.Error()
	case fmt.Stringer:
		return x.String()
	}
	switch rv := reflect.ValueOf(v); rv.Kind() {
	case reflect.Bool, reflect.String, reflect.Float32, reflect.Float64,
		reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64,
		reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return fmt.Sprint(v)
	case reflect.Slice, reflect.Array, reflect.Map:
		return fmt.Sprintf("(%T of %d)", v, rv.Len())
	}
	return fmt.Sprintf("(%T)", v)
}
