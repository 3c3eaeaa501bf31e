package object

import (
	"context"
	"reflect"
	"time"
)

// A Setter is a Runtime that creates rows of which it is known which fields were
// given a value, in a form for instance. Those keep it, also where it is zero,
// instead of getting their default.
type Setter interface {
	CreateSet(ctx context.Context, t reflect.Type, row any, set []*Field) error
}

// A Clock is a Runtime that knows the time that it writes down.
type Clock interface {
	Now() time.Time
}
