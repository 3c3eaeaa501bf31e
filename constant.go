package appos

import (
	"context"
	"fmt"
	"reflect"

	"github.com/apposengine/appos/internal/object"
)

// Const is a named value that may differ between environments.
type Const[V any] struct {
	o *object.Object
}

// EnvValue is what a constant, or a connected system, is in one environment.
type EnvValue[V any] struct {
	env   string
	value V
}

// In gives a constant, or a connected system, another value in an environment,
// such as "dev".
func In[V any](env string, value V) EnvValue[V] { return EnvValue[V]{env, value} }

// Ref is the reference of an object, such as "crm.rules.calculate_discount".
// A constant of this type is checked at boot: the object must exist.
type Ref string

// Constant declares a constant of text, number, bool, decimal, duration or
// [Ref]. Unless [Const.Allow] says otherwise it inherits security.defaults.logic
// of app.yaml.
func Constant[V any](app *App, name string, value V, envs ...EnvValue[V]) *Const[V] {
	c := &object.Constant{Type: reflect.TypeFor[V](), Value: value, Ref: reflect.TypeFor[V]() == reflect.TypeFor[Ref]()}
	o := object.Object{Kind: object.KindConstant, Name: name, Source: caller(), Constant: c}
	for _, e := range envs {
		if c.ByEnv == nil {
			c.ByEnv = map[string]any{}
		}
		if _, twice := c.ByEnv[e.env]; twice {
			app.descriptor.Fault(o.Source, object.RefOf(app.Name(), o.Kind, name), "environment %q is given twice", e.env)
		}
		c.ByEnv[e.env] = e.value
	}
	declare(app, o)
	return &Const[V]{app.descriptor.Objects[len(app.descriptor.Objects)-1]}
}

// Validate checks the constant's values, in every environment, at boot. The rule
// has the syntax of the validate tag: "gte=0,lte=1".
func (c *Const[V]) Validate(rule string) *Const[V] {
	c.o.Constant.Validate = rule
	return c
}

// Allow says who may read the constant.
func (c *Const[V]) Allow(groups ...Group) *Const[V] {
	Allow(groups...).rule(c.o)
	return c
}

// Formerly keeps old names alive after a rename.
func (c *Const[V]) Formerly(names ...string) *Const[V] {
	c.o.Formerly = append(c.o.Formerly, names...)
	return c
}

// Get returns the value in the environment of ctx. It passes the gate like any
// access: a user who may not read the constant ends the call with [Denied]. In
// place of an error result, Get panics with an *Error, which the gate turns back
// into the error of the handler that called it; use [Const.Lookup] elsewhere.
func (c *Const[V]) Get(ctx context.Context) V {
	v, err := c.Lookup(ctx)
	if err != nil {
		panic(err)
	}
	return v
}

// Lookup is [Const.Get] with an error.
func (c *Const[V]) Lookup(ctx context.Context) (V, error) {
	var zero V
	rt, err := runtimeOf(ctx)
	if err != nil {
		return zero, err
	}
	v, err := rt.Constant(ctx, c.o)
	if err != nil {
		return zero, err
	}
	value, ok := v.(V)
	if !ok {
		return zero, Errorf(Internal, "constant %s holds a %s, not a %s", c.o.Ref, fmt.Sprintf("%T", v), reflect.TypeFor[V]())
	}
	return value, nil
}
