package system

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/apposengine/appos/internal/object"
	"github.com/apposengine/appos/internal/secret"
	"github.com/apposengine/appos/internal/store"
)

// Options are what a Registry stands on. DB, Registry and Ring are required.
type Options struct {
	DB       store.DB // the platform's, with Tables
	Registry *object.Registry
	Ring     *secret.Ring
	Env      string           // such as "dev"
	Environ  []string         // as of os.Environ; where variables are looked up
	Now      func() time.Time // nil is time.Now

	Interval time.Duration // between checks; zero is a minute
	Timeout  time.Duration // of a check; zero is 5 s

	// Prepare is called with a database that was opened, before anybody uses it:
	// to bring its tables up to date. Its error keeps the system down.
	Prepare func(ctx context.Context, o *object.Object, db store.DB) error
	// Audit notes a change of settings, in the transaction of ctx. Nil notes none.
	Audit func(ctx context.Context, action, subject string, before, after any) error
	// Changed is told when a system goes down (the error is why) or comes back.
	Changed func(o *object.Object, err error)
}

// Registry is the connected systems of a server. All methods may be called from
// several goroutines.
type Registry struct {
	o       Options
	systems []*System
	byRef   map[string]*System
	stop    context.CancelFunc
	ctx     context.Context // of what runs in the background
	runs    sync.WaitGroup
}

// New reads what the console set. It connects to nothing. What [Check] finds
// fault with must be put right before.
func New(ctx context.Context, o Options) (*Registry, error) {
	if o.DB == nil || o.Registry == nil || o.Ring == nil {
		return nil, errors.New("system: a database, a registry and keys are required")
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Interval <= 0 {
		o.Interval = time.Minute
	}
	if o.Timeout <= 0 {
		o.Timeout = connectTimeout
	}
	if o.Changed == nil {
		o.Changed = func(*object.Object, error) {}
	}
	r := &Registry{o: o, byRef: map[string]*System{}}
	r.ctx, r.stop = context.WithCancel(context.WithoutCancel(ctx))
	for _, declared := range o.Registry.Of("", object.KindConnectedSystem) {
		s := &System{r: r, o: declared, typ: types[declared.System.Type], console: console{}}
		if s.typ == nil {
			return nil, fmt.Errorf("system: %s is of the type %q, which this build cannot connect to", declared.Ref, declared.System.Type)
		}
		set, _ := variables(declared, s.typ, o.Environ)
		s.variables = layer{FromVariable, set}
		r.systems = append(r.systems, s)
		r.byRef[declared.Ref] = s
	}
	if len(r.systems) == 0 {
		return r, nil
	}
	if err := r.reload(ctx); err != nil {
		return nil, fmt.Errorf("system: the settings of connected systems could not be read: %w", err)
	}
	for _, s := range r.systems {
		s.dialect, _ = dialectOf(s.values(o.Env).Get("url"))
		if s.dialect == 0 {
			s.dialect = o.DB.Dialect() // nothing tells yet; the platform's is the best guess
		}
	}
	return r, nil
}

// Systems are all systems, by reference.
func (r *Registry) Systems() []*System { return r.systems }

// System returns the system with the reference, also by a former name, or nil.
func (r *Registry) System(ref string) *System {
	if o := r.o.Registry.ByRef(ref); o != nil {
		return r.byRef[o.Ref]
	}
	return nil
}

// Database is the database of a system of that type, whether it answers or not.
func (r *Registry) Database(o *object.Object) store.DB {
	s := r.byRef[o.Ref]
	if s == nil || s.typ.Name() != (database{}).Name() {
		return nil
	}
	return &Database{s: s}
}

// Close ends checks and connections. What runs on them is waited for.
func (r *Registry) Close() error {
	for _, s := range r.systems {
		s.close() // and begins nothing more
	}
	r.stop()
	r.runs.Wait()
	return nil
}

// reload reads what the console set, and connects anew what it changes.
func (r *Registry) reload(ctx context.Context) error {
	revisions, err := r.revisions(ctx)
	if err != nil {
		return err
	}
	stale := func(s *System) bool { return s.seen() != revisions[s.o.Ref] }
	if !slices.ContainsFunc(r.systems, stale) {
		return nil
	}
	all, err := r.entries(ctx)
	if err != nil {
		return err
	}
	for _, s := range r.systems {
		if stale(s) {
			s.adopt(revisions[s.o.Ref], all[s.o.Ref])
		}
	}
	return nil
}

// revisions reads the revision of the settings of every system.
func (r *Registry) revisions(ctx context.Context) (map[string]int64, error) {
	rows, err := r.o.DB.Query(ctx, `SELECT system, revision FROM appos_system`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	all := map[string]int64{}
	for rows.Next() {
		var ref string
		var revision int64
		if err := rows.Scan(&ref, &revision); err != nil {
			return nil, err
		}
		if s := r.System(ref); s != nil {
			all[s.o.Ref] += revision // of its former names, too
		}
	}
	return all, rows.Err()
}

// entries reads what the console set, by system. What a former name of a system
// has counts where the present one says nothing.
func (r *Registry) entries(ctx context.Context) (map[string]console, error) {
	rows, err := r.o.DB.Query(ctx, `SELECT system, environment, name, COALESCE(value, ''), sealed, changed_by, changed_at FROM appos_system_setting`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	all := map[string]console{}
	for rows.Next() {
		var e entry
		if err := rows.Scan(&e.system, &e.env, &e.key, &e.text, &e.sealed, &e.by, &e.at); err != nil {
			return nil, err
		}
		s := r.System(e.system)
		if s == nil {
			continue
		}
		c := all[s.o.Ref]
		if c == nil {
			c = console{}
			all[s.o.Ref] = c
		}
		if c[e.env] == nil {
			c[e.env] = map[string]entry{}
		}
		if had, ok := c[e.env][e.key]; !ok || had.system != s.o.Ref {
			c[e.env][e.key] = e
		}
	}
	return all, rows.Err()
}
