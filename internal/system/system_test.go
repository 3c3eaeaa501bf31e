package system_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/apposengine/appos"
	"github.com/apposengine/appos/internal/migrate"
	"github.com/apposengine/appos/internal/object"
	"github.com/apposengine/appos/internal/secret"
	"github.com/apposengine/appos/internal/store"
	"github.com/apposengine/appos/internal/store/storetest"
	"github.com/apposengine/appos/internal/system"
)

var ctx = context.Background()

const ref = "crm.connected_systems.warehouse"

// bench is a platform with one connected system.
type bench struct {
	*testing.T
	db       store.DB
	keys     string
	ring     *secret.Ring
	registry *object.Registry
	systems  *system.Registry
	audits   []string
	mu       sync.Mutex
	options  system.Options
}

// open returns a platform over the database with the URL, whose code says
// defaults of the system.
func open(t *testing.T, url string, defaults appos.Database, environ ...string) *bench {
	t.Helper()
	app := appos.NewApp("crm", nil)
	appos.ConnectedSystem(app, "warehouse", defaults, appos.Allow(), appos.In("prod", appos.Database{Pool: appos.Pool{Size: 7}})).Formerly("stock")
	b := &bench{T: t, keys: filepath.Join(t.TempDir(), "keys.json"), db: storetest.Open(t, url)}
	b.must(migrate.Create(ctx, b.db, append(secret.Tables(), system.Tables()...)...))
	var faults []object.Fault
	b.registry, faults = object.NewRegistry(app.Descriptor())
	if faults = append(faults, system.Check(b.registry, "test", environ)...); len(faults) > 0 {
		t.Fatal(faults)
	}
	b.options = system.Options{DB: b.db, Registry: b.registry, Env: "test", Environ: environ, Timeout: 5 * time.Second,
		Audit: func(_ context.Context, action, subject string, before, after any) error {
			text, err := json.Marshal([]any{action, subject, before, after})
			b.mu.Lock()
			defer b.mu.Unlock()
			b.audits = append(b.audits, string(text))
			return err
		}}
	b.systems = b.start()
	return b
}

// start is another node on the same database and keys.
func (b *bench) start() *system.Registry {
	b.Helper()
	ring, err := secret.Open(ctx, secret.Options{DB: b.db, Path: b.keys})
	b.must(err)
	b.ring, b.options.Ring = ring, ring
	r, err := system.New(ctx, b.options)
	b.must(err)
	b.Cleanup(func() { b.must(r.Close()) })
	return r
}

func (b *bench) must(err error) {
	b.Helper()
	if err != nil {
		b.Fatal(err)
	}
}

func (b *bench) set(pairs ...string) error {
	c := system.Change{By: "ana", Set: map[string]string{}}
	for i := 0; i < len(pairs); i += 2 {
		c.Set[pairs[i]] = pairs[i+1]
	}
	return b.systems.Change(ctx, ref, c)
}

func (b *bench) warehouse() store.DB { return b.systems.Database(b.registry.ByRef(ref)) }

// value is a setting as it is in force, and where it comes from.
func (b *bench) value(env, key string) string {
	for _, v := range b.systems.System(ref).Values(env) {
		if v.Key == key {
			return fmt.Sprintf("%s from %s", v.Text, v.From)
		}
	}
	return "no setting"
}

func file(t *testing.T, name string) string { return "sqlite:" + filepath.Join(t.TempDir(), name) }

// eventually waits until f is satisfied.
func eventually(t *testing.T, what string, f func() bool) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); !f(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("in vain: " + what)
		}
	}
}

// TestConformance runs the tests of every database on that of a system, within a
// group of databases.
func TestConformance(t *testing.T) {
	for name, url := range map[string]func(*testing.T) string{
		"sqlite": func(t *testing.T) string { return file(t, "w.db") }, "postgres": func(t *testing.T) string { return storetest.Postgres(t) },
	} {
		t.Run(name, func(t *testing.T) {
			storetest.Run(t, func(t *testing.T) store.DB {
				b := open(t, "sqlite::memory:", appos.Database{}, "APPOS_CRM_WAREHOUSE_URL="+url(t))
				return closes{store.NewGroup().Join("the warehouse", b.warehouse()), b.systems}
			})
		})
	}
}

// closes is a database of a registry that is closed with it.
type closes struct {
	store.DB
	r *system.Registry
}

func (c closes) Close() error { return c.r.Close() }

func TestSettings(t *testing.T) {
	storetest.Each(t, func(t *testing.T, url string) {
		b := open(t, url, appos.Database{URL: file(t, "w.db"), Pool: appos.Pool{Size: 3}}, "APPOS_CRM_WAREHOUSE_POOL_SIZE=4", "OTHER=1")
		expect := func(env, key, want string) {
			t.Helper()
			if got := b.value(env, key); got != want {
				t.Errorf("%s in %q is %q, want %q", key, env, got, want)
			}
		}
		expect("test", "pool_size", "4 from variable")
		expect("dev", "pool_size", "3 from code")
		expect("prod", "pool_size", "7 from code of the environment")
		expect("test", "pool_idle", " from default")
		// what no SQLite has is refused, and nothing is stored
		if err := b.set("pool_size", "5", "sslmode", "require"); !errors.Is(err, object.Invalid) || !strings.Contains(err.Error(), "not reached over a network") {
			t.Errorf("sslmode of SQLite: %v", err)
		}
		expect("test", "pool_size", "4 from variable")
		b.must(b.set("pool_size", "5"))
		expect("test", "pool_size", "5 from console")
		expect("prod", "pool_size", "5 from console")
		b.must(b.systems.Change(ctx, ref, system.Change{Env: "prod", By: "ana", Set: map[string]string{"url": "postgres://bo:s3cret@db.internal/w?sslmode=require", "pool_size": "9"}}))
		expect("prod", "pool_size", "9 from console of the environment")
		expect("prod", "url", "postgres://db.internal/w from console of the environment")
		expect("prod", "password", " from console of the environment")
		expect("prod", "sslmode", "require from console of the environment")
		expect("test", "pool_size", "5 from console")
		b.must(b.systems.Change(ctx, ref, system.Change{Env: "prod", By: "ana", Clear: []string{"pool_size"}}))
		expect("prod", "pool_size", "5 from console")

		last := b.audits[len(b.audits)-2]
		if want := `["system.configure","crm.connected_systems.warehouse",{"environment":"prod"},{"environment":"prod","password":"set","pool_size":"9","sslmode":"require","url":"postgres://db.internal/w","user":"set"}]`; last != want {
			t.Errorf("the audit says %s", last)
		}
		for _, text := range append(b.audits, dump(t, b.db)) {
			if strings.Contains(text, "s3cret") {
				t.Errorf("the password shows in %s", text)
			}
		}
		other := b.start()
		for _, v := range other.System("crm.connected_systems.stock").Values("prod") {
			if v.Key == "password" && (!v.Set || v.Text != "" || v.By != "ana") {
				t.Errorf("the password is %+v", v)
			}
		}
	})
}

// dump is all that the platform's database has about systems.
func dump(t *testing.T, db store.DB) string {
	t.Helper()
	rows, err := db.Query(ctx, `SELECT system, environment, name, COALESCE(value, ''), sealed FROM appos_system_setting`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var all strings.Builder
	for rows.Next() {
		var t [4]string
		var b []byte
		_ = rows.Scan(&t[0], &t[1], &t[2], &t[3], &b)
		fmt.Fprintln(&all, t, string(b))
	}
	return all.String()
}

func TestFaults(t *testing.T) {
	for _, test := range []struct {
		name     string
		defaults appos.Database
		environ  string
		says     string
	}{
		{"no scheme", appos.Database{URL: "warehouse.db"}, "", "url must be postgres://host:5432/name or sqlite:path"},
		{"another database", appos.Database{URL: "mysql://db/w"}, "", "url must be postgres://"},
		{"a password", appos.Database{URL: "postgres://bo:hush@db/w"}, "", "must not hold the user or password"},
		{"a password as a parameter", appos.Database{URL: "postgres://db/w?password=hush"}, "", "set password"},
		{"no host", appos.Database{URL: "postgres:///w"}, "", "must be written as"},
		{"a user of SQLite", appos.Database{URL: "sqlite:w.db"}, "APPOS_CRM_WAREHOUSE_USER=bo", "knows no users"},
		{"a timeout of SQLite", appos.Database{URL: "sqlite:w.db", Pool: appos.Pool{Timeout: time.Second}}, "", "pool_timeout is nothing that SQLite has"},
		{"a pool of none", appos.Database{URL: "postgres://db/w", Pool: appos.Pool{Size: -1}}, "", "pool_size must be a whole number"},
		{"more kept than there are", appos.Database{URL: "postgres://db/w", Pool: appos.Pool{Size: 2, Min: 5}}, "", "pool_min must be at most"},
		{"no such mode", appos.Database{URL: "postgres://db/w", SSLMode: "maybe"}, "", "sslmode must be one of"},
		{"half a certificate", appos.Database{URL: "postgres://db/w", SSLCert: "c.pem"}, "", "sslcert goes with sslkey"},
		{"an unknown variable", appos.Database{URL: "postgres://db/w"}, "APPOS_CRM_WAREHOUSE_PASWORD=hush", `did you mean "password"?`},
		{"a wrong variable", appos.Database{URL: "postgres://db/w"}, "APPOS_CRM_WAREHOUSE_POOL_IDLE=never", "must be a duration"},
		{"settings for PostgreSQL under a file", appos.Database{URL: "postgres://db/w", SSLMode: "require"}, "APPOS_CRM_WAREHOUSE_URL=sqlite:w.db", ""},
		{"a whole URL in a variable", appos.Database{URL: "sqlite:w.db"}, "APPOS_CRM_WAREHOUSE_URL=postgres://bo:hush@db/w", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			app := appos.NewApp("crm", nil)
			appos.ConnectedSystem(app, "warehouse", test.defaults, appos.Allow())
			reg, _ := object.NewRegistry(app.Descriptor())
			got := fmt.Sprint(system.Check(reg, "test", []string{test.environ}))
			if test.says == "" && got != "[]" || !strings.Contains(got, test.says) {
				t.Errorf("faults %s, want %q", got, test.says)
			}
			if strings.Contains(got, "hush") {
				t.Errorf("the faults quote the password: %s", got)
			}
		})
	}
}

// TestReconnect changes where a system is, while it is used.
func TestReconnect(t *testing.T) {
	first, second := file(t, "1.db"), file(t, "2.db")
	b := open(t, "sqlite::memory:", appos.Database{URL: first})
	table := store.Table{Name: "t", Columns: []store.Column{{Name: "id", Type: store.Int, Serial: true}, {Name: "n", Type: store.Int}}}
	w := b.warehouse()
	b.must(migrate.Create(ctx, w, table))
	other := b.start()
	elsewhere := other.Database(b.registry.ByRef(ref))
	b.must(elsewhere.Ping(ctx))
	err := w.Tx(ctx, func(tx context.Context) error {
		_, err := w.Exec(tx, "INSERT INTO t (n) VALUES (1)")
		b.must(err)
		b.must(b.set("url", second))
		b.must(migrate.Create(ctx, w, table)) // outside of the transaction: the new one
		_, err = w.Exec(tx, "INSERT INTO t (n) VALUES (2)")
		return err
	})
	b.must(err)
	count := func(db store.DB) (n int) {
		_ = db.QueryRow(ctx, []any{&n}, "SELECT COUNT(*) FROM t")
		return n
	}
	if n := count(w); n != 0 {
		t.Errorf("the new database has %d rows", n)
	}
	if n := count(storetest.Open(t, first)); n != 2 {
		t.Errorf("the old database has %d rows, want those of the transaction", n)
	}
	run, stop := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() { other.Run(run); close(done) }()
	defer func() { stop(); <-done }()
	eventually(t, "the other node takes the settings over", func() bool {
		n := -1
		return elsewhere.QueryRow(ctx, []any{&n}, "SELECT COUNT(*) FROM t") == nil && n == 0
	})
}

// TestOutage has a PostgreSQL that crashes and comes back.
func TestOutage(t *testing.T) {
	if testing.Short() {
		t.Skip("needs PostgreSQL")
	}
	cluster, err := storetest.StartCluster()
	if err != nil {
		t.Fatal(err)
	}
	defer cluster.Stop()
	b := open(t, "sqlite::memory:", appos.Database{}, "APPOS_CRM_WAREHOUSE_URL="+cluster.URL)
	w, s := b.warehouse(), b.systems.System(ref)
	b.must(w.Ping(ctx))
	b.systems.CheckNow(ctx, s)
	state := func() system.State {
		h, err := s.Health(ctx)
		b.must(err)
		return h.State
	}
	if state() != system.Up || s.Reachable() != nil {
		t.Errorf("it is %s, %v", state(), s.Reachable())
	}
	for range 2 {
		b.must(cluster.Kill())
		var outage *object.Outage
		var err error
		// a process of the server may answer its last question before it notices
		eventually(t, "it is gone", func() bool { err = w.Ping(ctx); return err != nil })
		if kind, _ := store.KindOf(err); kind != store.Gone || !errors.As(err, &outage) || outage.System != ref || outage.RetryAfter <= 0 {
			t.Errorf("the error is %v", err)
		}
		if err := s.Reachable(); err == nil || state() != system.Down {
			t.Errorf("it is %s, %v", state(), err)
		}
		b.systems.CheckNow(ctx, s)
		if h, _ := s.Health(ctx); h.Last.Fault == "" || h.Fault == "" || h.Since.IsZero() {
			t.Errorf("its health is %+v", h)
		}
		b.must(cluster.Start())
		eventually(t, "it is used again", func() bool { return w.Ping(ctx) == nil })
		if state() != system.Degraded {
			t.Errorf("after it came back it is %s", state())
		}
	}
}

// TestCannotConnect has systems that were never there.
func TestCannotConnect(t *testing.T) {
	for name, test := range map[string]struct{ url, says string }{
		"nothing says where": {"", "set the URL in the console, or with the variable APPOS_CRM_WAREHOUSE_URL"},
		"nobody listens":     {"postgres://bo:hunter22@127.0.0.1:1/w", "127.0.0.1"},
		"no such folder":     {"sqlite:/proc/none/w.db", "folder"},
	} {
		t.Run(name, func(t *testing.T) {
			b := open(t, "sqlite::memory:", appos.Database{}, "APPOS_CRM_WAREHOUSE_URL="+test.url)
			err := b.warehouse().Ping(ctx)
			var outage *object.Outage
			if !errors.As(err, &outage) {
				t.Errorf("the error is %v", err)
			}
			s := b.systems.System(ref)
			h, _ := s.Health(ctx)
			probe := s.Test(ctx, "test")
			for _, text := range []string{h.Fault, probe.Fault} {
				if h.State != system.Down || !strings.Contains(text, test.says) || strings.Contains(text, "hunter22") {
					t.Errorf("it is %s: %s", h.State, text)
				}
			}
		})
	}
	t.Run("wrong credentials", func(t *testing.T) {
		url := storetest.Postgres(t)
		b := open(t, "sqlite::memory:", appos.Database{}, "APPOS_CRM_WAREHOUSE_URL="+url)
		b.must(b.warehouse().Ping(ctx))
		b.must(b.set("user", "nobody_here", "password", "hunter22"))
		if err := b.warehouse().Ping(ctx); err == nil || strings.Contains(err.Error(), "hunter22") {
			t.Errorf("the error is %v", err)
		}
		if h, _ := b.systems.System(ref).Health(ctx); h.State != system.Down || h.Fault == "" || strings.Contains(h.Fault, "nobody_here") {
			t.Errorf("its health is %+v", h)
		}
		b.must(b.systems.Change(ctx, ref, system.Change{By: "ana", Clear: []string{"user", "password"}}))
		b.must(b.warehouse().Ping(ctx))
	})
}

// TestTampering changes sealed values in the database.
func TestTampering(t *testing.T) {
	storetest.Each(t, func(t *testing.T, url string) {
		b := open(t, url, appos.Database{URL: "postgres://127.0.0.1:1/w"})
		b.must(b.set("user", "bo", "password", "hunter22"))
		for name, change := range map[string]string{
			"moved":   `UPDATE appos_system_setting SET sealed = (SELECT sealed FROM appos_system_setting WHERE name = 'user') WHERE name = 'password'`,
			"renamed": `UPDATE appos_system_setting SET environment = 'test' WHERE name = 'password'`,
		} {
			err := b.db.Tx(ctx, func(ctx context.Context) error {
				_, err := b.db.Exec(ctx, change)
				b.must(err)
				options := b.options
				options.DB = b.db
				r, err := system.New(ctx, options)
				b.must(err)
				defer r.Close()
				if p := r.System(ref).Test(ctx, "test"); !strings.Contains(p.Fault, "changed outside of the platform, or copied") {
					t.Errorf("%s: %s", name, p.Fault)
				}
				return errors.New("undo")
			})
			if err == nil {
				t.Error("not undone")
			}
		}
	})
}

// TestRotation rotates the keys while credentials are changed and used.
func TestRotation(t *testing.T) {
	storetest.Each(t, func(t *testing.T, url string) {
		b := open(t, url, appos.Database{URL: "postgres://127.0.0.1:1/w"})
		b.must(b.set("password", "0"))
		other := b.start() // reads, with a ring of its own
		stop := make(chan struct{})
		var busy sync.WaitGroup
		busy.Go(func() {
			for i := 1; ; i++ {
				select {
				case <-stop:
					return
				default:
				}
				if err := b.set("password", fmt.Sprint("pass", i)); err != nil {
					t.Error(err)
				}
			}
		})
		busy.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				r, err := system.New(ctx, b.options)
				if err != nil {
					t.Error(err)
					return
				}
				if p := r.System(ref).Test(ctx, "test"); strings.Contains(p.Fault, "encrypted value") {
					t.Error(p.Fault)
				}
				_ = r.Close()
			}
		})
		for range 5 {
			ring, err := secret.Open(ctx, secret.Options{DB: b.db, Path: b.keys})
			b.must(err)
			if done, err := ring.Rotate(ctx, b.db, time.Now(), system.Credentials(b.db)); err != nil || !done.Done {
				t.Fatalf("%+v, %v", done, err)
			}
		}
		close(stop)
		busy.Wait()
		run, end := context.WithCancel(ctx)
		defer end()
		go other.Run(run)
		eventually(t, "the other node reads what was sealed anew", func() bool {
			return !strings.Contains(other.System(ref).Test(ctx, "test").Fault, "encrypted value")
		})
	})
}
