package appos

import (
	"path"
	"reflect"
	"regexp"
	"runtime"
	"runtime/debug"
	"strings"
	"sync"

	"github.com/apposengine/appos/internal/object"
)

// modulePath is where AppOS' own declaring packages live; the first frame
// outside of them is the declaration.
const modulePath = "github.com/apposengine/appos"

var mainModule = sync.OnceValue(func() string {
	if info, ok := debug.ReadBuildInfo(); ok {
		return info.Main.Path
	}
	return ""
})

// caller is the place in an app that called into AppOS.
func caller() object.Source {
	var pcs [16]uintptr
	frames := runtime.CallersFrames(pcs[:runtime.Callers(2, pcs[:])])
	for {
		f, more := frames.Next()
		pkg := packageOf(f.Function)
		if pkg != modulePath && pkg != modulePath+"/ui" {
			dir := strings.TrimSuffix(pkg, "_test") // of an external test
			if main := mainModule(); dir == main || strings.HasPrefix(dir, main+"/") {
				dir = strings.TrimPrefix(strings.TrimPrefix(dir, main), "/")
			}
			return object.Source{File: path.Join(dir, path.Base(f.File)), Line: f.Line}
		}
		if !more {
			return object.Source{}
		}
	}
}

// packageOf is the import path in a function's full name.
func packageOf(function string) string {
	slash := strings.LastIndexByte(function, '/')
	if dot := strings.IndexByte(function[slash+1:], '.'); dot >= 0 {
		return function[:slash+1+dot]
	}
	return function
}

// Declare adds an object that a package on top of this one, such as ui, has
// described. Kind and what belongs to it are set; name, reference, source and
// permissions are filled in here.
func Declare(app *App, o object.Object, name string, opts ...RuleOption) Declared {
	o.Source = caller()
	o.Name = name
	for _, opt := range opts {
		opt.rule(&o)
	}
	return declare(app, o)
}

var nameForm = regexp.MustCompile(`^[a-z][a-z0-9_]{0,62}$`)

func declare(app *App, o object.Object) Declared {
	o.App = app.descriptor
	o.Ref = object.RefOf(app.descriptor.Name, o.Kind, o.Name)
	if !nameForm.MatchString(o.Name) {
		app.descriptor.Fault(o.Source, o.Ref, "the name %q is not lower case letters, digits and underscores; use appos.Named", o.Name)
	}
	app.descriptor.Objects = append(app.descriptor.Objects, &o)
	return Declared{}
}

// DescribeMessage describes the inputs of an object that runs. Its faults are
// noted on the app. It is for the platform's own packages.
func DescribeMessage(app *App, ref string, t reflect.Type) *object.Message {
	src := caller()
	m := &object.Message{Type: t}
	if t.Kind() != reflect.Struct {
		app.descriptor.Fault(src, ref, "a message is a struct, not %s", t)
		return m
	}
	d := describer{app: app.descriptor, src: src, ref: ref}
	m.Fields = d.fields(t, nil, 0)
	m.Validated = validated(t, map[reflect.Type]bool{})
	return m
}

// validated says whether a field of t, at some depth, has a validate tag.
func validated(t reflect.Type, seen map[reflect.Type]bool) bool {
	for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice || t.Kind() == reflect.Array {
		t = t.Elem()
	}
	if t.Kind() != reflect.Struct || seen[t] {
		return false
	}
	seen[t] = true
	for i := range t.NumField() {
		f := t.Field(i)
		if f.Tag.Get("validate") != "" || (f.IsExported() && validated(f.Type, seen)) {
			return true
		}
	}
	return false
}
