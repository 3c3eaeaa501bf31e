package object

import (
	"context"
	"log/slog"
	"reflect"
)

// Execution is what one request, job or command runs as. It is shared by all
// calls that it leads to and never changes.
type Execution struct {
	Runtime  Runtime
	ID       string // UUIDv7
	User     *User
	Env      string // such as "dev", "prod"
	Language string
	Texts    *Texts // what the console changed; of one moment for all that the execution says
}

// Frame is the context of one call: the execution, what runs, and who called it.
type Frame struct {
	context.Context
	Exec   *Execution
	Object *Object // what runs; nil at the outermost frame
	Caller *Frame  // nil at the outermost frame
	Depth  int
}

type frameKey struct{}

// Value finds the frame itself; everything else is the parent's.
func (f *Frame) Value(key any) any {
	if key == (frameKey{}) {
		return f
	}
	return f.Context.Value(key)
}

// FrameOf returns the frame of ctx, or nil when ctx does not come from AppOS.
func FrameOf(ctx context.Context) *Frame {
	if f, ok := ctx.(*Frame); ok {
		return f
	}
	f, _ := ctx.Value(frameKey{}).(*Frame)
	return f
}

// Chain lists the references of the callers, outermost first.
func (f *Frame) Chain() []string {
	var chain []string
	for c := f; c != nil; c = c.Caller {
		if c.Object != nil {
			chain = append(chain, c.Object.Ref)
		}
	}
	for i, j := 0, len(chain)-1; i < j; i, j = i+1, j-1 {
		chain[i], chain[j] = chain[j], chain[i]
	}
	return chain
}

// Runtime answers the verbs of package appos. Package engine is the one; a
// context carries it.
type Runtime interface {
	// Call runs the object whose message has the type of in.
	Call(ctx context.Context, in any) (any, error)
	// Dispatch runs the object with the reference.
	Dispatch(ctx context.Context, ref string, inputs map[string]any) (any, error)
	// Constant returns the constant's value in the environment of ctx.
	Constant(ctx context.Context, o *Object) (any, error)

	// Get loads the row with the id into row, a pointer to the record's struct t.
	Get(ctx context.Context, t reflect.Type, id int64, row any) error
	// Find calls next for a pointer to a blank struct for every row found, and
	// fills it. The pointer need only be good until the following next.
	Find(ctx context.Context, t reflect.Type, q *Query, next func() any) error
	Count(ctx context.Context, t reflect.Type, q *Query) (int, error)
	// Aggregate calls each with the values of every group, as q.Columns has them,
	// in their plain forms; nil is null.
	Aggregate(ctx context.Context, t reflect.Type, q *Aggregate, each func(values []any) error) error
	// Create stores row, a pointer, and sets its system fields and defaults.
	Create(ctx context.Context, t reflect.Type, row any) error
	// CreateAll stores n rows in one transaction.
	CreateAll(ctx context.Context, t reflect.Type, n int, row func(i int) any) error
	// Update loads the row into row, has change change it, and stores what changed.
	// A version other than zero must be the row's.
	Update(ctx context.Context, t reflect.Type, id, version int64, row any, change func() error) error
	Delete(ctx context.Context, t reflect.Type, id, version int64) error
	// UpdateAll has change change every row that the query selects and stores what
	// differs, in one transaction. It returns how many rows were stored.
	UpdateAll(ctx context.Context, t reflect.Type, q *Query, change func(row any) error) (int, error)
	// DeleteAll removes every row that the query selects, in one transaction, and
	// returns how many there were.
	DeleteAll(ctx context.Context, t reflect.Type, q *Query) (int, error)
	// Tx runs f in one transaction; an error rolls it back.
	Tx(ctx context.Context, f func(context.Context) error) error
	// TxIn is Tx on the database of a connected system.
	TxIn(ctx context.Context, system *Object, f func(context.Context) error) error

	// Event adds an entry to the event log of the app that runs.
	Event(ctx context.Context, name string, fields map[string]any) error
	Logger(ctx context.Context) *slog.Logger

	// Registry is what is declared.
	Registry() *Registry
	// Allowed says whether the user of ctx has the permission on the object.
	Allowed(ctx context.Context, o *Object, p Permission) bool
}
