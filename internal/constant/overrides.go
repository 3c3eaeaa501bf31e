package constant

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/apposengine/appos/internal/object"
	"github.com/apposengine/appos/internal/revision"
	"github.com/apposengine/appos/internal/store"
)

// Options are what Overrides stand on. All but Audit, Warn and Now are required.
type Options struct {
	DB       store.DB // the platform's, with Tables
	Board    *revision.Board
	Registry *object.Registry
	Env      string // the server's own, such as "dev"
	// Check says what is wrong with a value of the constant's type, continuing a
	// sentence that begins with the value.
	Check func(o *object.Object, value any) error
	// Audit notes a change, in the transaction of ctx: its notes are the history.
	Audit func(ctx context.Context, action, subject string, before, after any) error
	Warn  func(text string) // about what is ignored; nil says nothing
	Now   func() time.Time  // nil is time.Now
}

// Overrides are what administrators set. All methods may be called from several
// goroutines.
type Overrides struct {
	o       Options
	topic   *revision.Topic
	current atomic.Pointer[Values]

	mu     sync.Mutex
	all    []Override
	warned map[string]bool // what the log has been told
}

// Override is the value of a constant in one environment, as the console has it.
type Override struct {
	Ref     string // of the constant when it was set: maybe of one that is gone
	Env     string
	Text    string // in the form of Format
	Version int64
	By      string // the sign-in name
	At      time.Time
	Stale   string // why it is not used; "" when it is
}

// Values are what is set in the server's own environment. It never changes:
// another one takes its place. Nil is none.
type Values struct {
	revision int64
	byIndex  []any // by object.Object.Index; nil where the code decides
}

// Of returns what the constant is set to.
func (v *Values) Of(o *object.Object) (any, bool) {
	if v == nil || uint(o.Index) >= uint(len(v.byIndex)) {
		return nil, false
	}
	value := v.byIndex[o.Index]
	return value, value != nil
}

// Revision tells different values apart; 0 is those of the code.
func (v *Values) Revision() int64 {
	if v == nil {
		return 0
	}
	return v.revision
}

// New returns the overrides of a server, of which none is known before the board
// is refreshed.
func New(o Options) *Overrides {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Warn == nil {
		o.Warn = func(string) {}
	}
	v := &Overrides{o: o, warned: map[string]bool{}}
	v.topic = o.Board.Topic("constants", v.load)
	return v
}

// Current is what is set in the server's environment. A nil Overrides sets nothing.
func (v *Overrides) Current() *Values {
	if v == nil {
		return nil
	}
	return v.current.Load()
}

// All are all overrides as of the board's last refresh, by reference and
// environment, also those that are not used. The list is shared: do not change it.
func (v *Overrides) All() []Override {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.all
}

// Of are those of a constant, by environment.
func (v *Overrides) Of(o *object.Object) []Override {
	var own []Override
	for _, x := range v.All() {
		if v.o.Registry.ByRef(x.Ref) == o {
			own = append(own, x)
		}
	}
	return own
}

// load reads all overrides.
func (v *Overrides) load(ctx context.Context, revision int64) error {
	rows, err := v.o.DB.Query(ctx, `SELECT constant, environment, value, version, changed_by, changed_at FROM appos_constant_override`)
	if err != nil {
		return err
	}
	defer rows.Close()
	var all []Override
	for rows.Next() {
		var x Override
		if err := rows.Scan(&x.Ref, &x.Env, &x.Text, &x.Version, &x.By, &x.At); err != nil {
			return err
		}
		all = append(all, x)
	}
	if err := rows.Err(); err != nil {
		return err
	}
	slices.SortFunc(all, func(a, b Override) int { return cmp.Or(cmp.Compare(a.Ref, b.Ref), cmp.Compare(a.Env, b.Env)) })
	values := &Values{revision: revision, byIndex: make([]any, len(v.o.Registry.Objects))}
	for i := range all {
		x := &all[i]
		o := v.o.Registry.ByRef(x.Ref)
		value, err := v.usable(o, x)
		if err != nil {
			x.Stale = err.Error()
			continue
		}
		// what was set under the present name goes before what was under a former one
		if x.Env == v.o.Env && (values.byIndex[o.Index] == nil || x.Ref == o.Ref) {
			values.byIndex[o.Index] = value
		}
	}
	v.mu.Lock()
	v.all = all
	v.warn()
	v.mu.Unlock()
	v.current.Store(values)
	return nil
}

// usable is the value of an override, or why it has none.
func (v *Overrides) usable(o *object.Object, x *Override) (any, error) {
	if o == nil || o.Constant == nil {
		return nil, errors.New("there is no such constant any more")
	}
	value, err := Parse(o.Constant, x.Text)
	if err == nil {
		err = v.o.Check(o, value)
	}
	if err != nil {
		return nil, fmt.Errorf("the value %w", err)
	}
	return value, nil
}

// warn tells the log, once, what is ignored in the server's environment. What the
// values are it does not say.
func (v *Overrides) warn() {
	for _, x := range v.all {
		key := fmt.Sprint(x.Ref, " ", x.Version)
		if x.Stale == "" || x.Env != v.o.Env || v.warned[key] {
			continue
		}
		v.warned[key] = true
		v.o.Warn(fmt.Sprintf("what %s was set to in %s is ignored: %s", x.Ref, x.Env, x.Stale))
	}
}
