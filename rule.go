package appos

import (
	"context"
	"reflect"

	"github.com/apposengine/appos/internal/object"
)

// Returns marks a message that is answered with an Out. It is embedded.
type Returns[Out any] struct{}

func (Returns[Out]) marker()     {}
func (Returns[Out]) returns(Out) {}

// Callable is a message that is answered with an Out.
type Callable[Out any] interface{ returns(Out) }

// None is the answer of an object that has none.
type None struct{}

// Rule declares the handler of a rule. Its name is that of the message's type
// in snake case. Without [Allow] the rule inherits security.defaults.logic of
// app.yaml.
func Rule[In Callable[Out], Out any](app *App, handler func(context.Context, In) (Out, error), opts ...RuleOption) Declared {
	t := reflect.TypeFor[In]()
	o := object.Object{
		Kind: object.KindRule, Name: object.Snake(t.Name()), Source: caller(),
		Output: reflect.TypeFor[Out](),
		Handler: func(ctx context.Context, in any) (any, error) {
			return handler(ctx, in.(In))
		},
	}
	for _, opt := range opts {
		opt.rule(&o)
	}
	o.Message = DescribeMessage(app, object.RefOf(app.descriptor.Name, o.Kind, o.Name), t)
	return declare(app, o)
}
