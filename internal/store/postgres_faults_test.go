package store_test

import (
	"context"
	"errors"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/apposengine/appos/internal/migrate"
	"github.com/apposengine/appos/internal/object"
	"github.com/apposengine/appos/internal/store"
	"github.com/apposengine/appos/internal/store/storetest"
)

// cluster is a server that the test may do anything to.
func cluster(t *testing.T) *storetest.Cluster {
	t.Helper()
	if testing.Short() {
		t.Skip("needs PostgreSQL")
	}
	c, err := storetest.StartCluster()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Stop)
	return c
}

var pairs = store.Table{Name: "pairs", Columns: []store.Column{
	{Name: "id", Type: store.Int, Serial: true}, {Name: "of", Type: store.Int}, {Name: "half", Type: store.Int},
}}

// A server that is killed while transactions run: what was acknowledged is there
// afterwards, nothing is there by half, and the same pool goes on by itself.
func TestServerKilledInTransactions(t *testing.T) {
	server := cluster(t)
	db := open(t, server.URL)
	if err := migrate.Create(ctx, db, pairs); err != nil {
		t.Fatal(err)
	}
	var last atomic.Int64
	var acknowledged sync.Map
	write := func(ctx context.Context) error {
		of := last.Add(1)
		err := db.Tx(ctx, func(ctx context.Context) error {
			for half := range 2 {
				if _, err := db.Exec(ctx, `INSERT INTO pairs ("of", half) VALUES (?, ?)`, of, half); err != nil {
					return err
				}
			}
			return nil
		})
		if err == nil {
			acknowledged.Store(of, true)
		}
		return err
	}
	for round := range 3 {
		start := last.Load()
		failed := make([]error, 5)
		var all sync.WaitGroup
		for i := range failed {
			all.Go(func() {
				for failed[i] == nil {
					failed[i] = write(ctx)
				}
			})
		}
		for last.Load() < start+100 {
			time.Sleep(time.Millisecond)
		}
		if err := server.Kill(); err != nil {
			t.Fatal(err)
		}
		all.Wait()
		for _, err := range failed {
			var outage *object.Outage
			if kind, _ := store.KindOf(err); kind != store.Gone || !errors.As(err, &outage) {
				t.Errorf("round %d: a writer got %v", round, err)
			}
		}
		// while it is down, everything says so at once
		began := time.Now()
		if kind, _ := store.KindOf(db.Ping(ctx)); kind != store.Gone || time.Since(began) > 3*time.Second {
			t.Errorf("a ping says %v after %v", kind, time.Since(began))
		}
		if err := server.Start(); err != nil {
			t.Fatal(err)
		}
		if err := write(ctx); err != nil {
			t.Errorf("round %d: after the restart: %v", round, err)
		}
	}
	stored := map[int64]int{}
	rows, err := db.Query(ctx, `SELECT "of", count(*) FROM pairs GROUP BY "of"`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var of int64
		var n int
		if err := rows.Scan(&of, &n); err != nil {
			t.Fatal(err)
		}
		if stored[of] = n; n != 2 {
			t.Errorf("%d of 2 rows of transaction %d are stored", n, of)
		}
	}
	acknowledged.Range(func(of, _ any) bool {
		if stored[of.(int64)] == 0 {
			t.Errorf("transaction %d was acknowledged, and is lost", of)
		}
		return true
	})
}

// Connections that the server has ended while nobody used them are not used
// again: not even a write, which cannot be repeated, fails.
func TestEndedConnectionsAreNotUsed(t *testing.T) {
	url := storetest.Postgres(t)
	db, other := open(t, url), open(t, url)
	if err := migrate.Create(ctx, db, counter); err != nil {
		t.Fatal(err)
	}
	insert := func() error {
		return db.Tx(ctx, func(ctx context.Context) error {
			_, err := db.Exec(ctx, `INSERT INTO counter (n) VALUES (1)`)
			return err
		})
	}
	for range 5 {
		var together, all sync.WaitGroup
		together.Add(6)
		for range 6 { // six connections at once
			all.Go(func() {
				if err := db.Tx(ctx, func(ctx context.Context) error {
					together.Done()
					together.Wait()
					return db.QueryRow(ctx, []any{new(int)}, `SELECT 1`)
				}); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		var ended int
		if err := other.QueryRow(ctx, []any{&ended}, `SELECT count(pg_terminate_backend(pid, 5000)) FROM pg_stat_activity
			WHERE datname = current_database() AND pid <> pg_backend_pid() AND application_name = 'appos' AND backend_type = 'client backend'`); err != nil || ended < 6 {
			t.Fatalf("%d connections ended, %v", ended, err)
		}
		if _, err := db.Exec(ctx, `INSERT INTO counter (n) VALUES (2)`); err != nil {
			t.Error(err)
		}
		for range 7 {
			if err := insert(); err != nil {
				t.Error(err)
			}
		}
	}
	var n int
	if err := db.QueryRow(ctx, []any{&n}, `SELECT count(*) FROM counter`); err != nil || n != 40 {
		t.Errorf("%d rows, %v", n, err)
	}
}

// A connection that is ended in the middle of a transaction ends just that.
func TestEndedInTransaction(t *testing.T) {
	url := storetest.Postgres(t)
	db, other := open(t, url), open(t, url)
	if err := migrate.Create(ctx, db, counter); err != nil {
		t.Fatal(err)
	}
	err := db.Tx(ctx, func(ctx context.Context) error {
		var pid int
		if err := db.QueryRow(ctx, []any{&pid}, `INSERT INTO counter (n) VALUES (1) RETURNING pg_backend_pid()`); err != nil {
			return err
		}
		if _, err := other.Exec(context.Background(), `SELECT pg_terminate_backend(?, 5000)`, pid); err != nil {
			t.Fatal(err)
		}
		_, err := db.Exec(ctx, `INSERT INTO counter (n) VALUES (2)`)
		return err
	})
	if kind, _ := store.KindOf(err); kind != store.Gone {
		t.Error(err)
	}
	var n int
	if err := db.QueryRow(ctx, []any{&n}, `SELECT count(*) FROM counter`); err != nil || n != 0 {
		t.Errorf("%d rows, %v", n, err)
	}
}

// Statements stay prepared when a table changes under them.
func TestSchemaChangesUnderStatements(t *testing.T) {
	url := storetest.Postgres(t)
	db, other := open(t, url), open(t, url)
	if err := migrate.Create(ctx, db, counter); err != nil {
		t.Fatal(err)
	}
	if _, err := db.Exec(ctx, `INSERT INTO counter (n) VALUES (?)`, 7); err != nil {
		t.Fatal(err)
	}
	var id, n int
	read := func() error { return db.QueryRow(ctx, []any{&id, &n}, `SELECT * FROM counter WHERE id = ?`, 1) }
	if err := read(); err != nil {
		t.Fatal(err)
	}
	if _, err := other.Exec(ctx, `ALTER TABLE counter ALTER COLUMN n TYPE integer`); err != nil {
		t.Fatal(err)
	}
	if err := read(); err != nil || n != 7 || db.Stats().Retries == 0 {
		t.Error(n, err)
	}
	if _, err := db.Exec(ctx, `DEALLOCATE ALL`); err != nil { // as a proxy might
		t.Fatal(err)
	}
	if err := read(); err != nil {
		t.Error(err)
	}
}

// Why a server cannot be used is said in words, and never with the password.
func TestPostgresRefuses(t *testing.T) {
	server := cluster(t)
	db := open(t, server.URL)
	var hba string
	for _, text := range []string{
		`CREATE USER careful PASSWORD 'right'`, `CREATE USER stranger`, `CREATE USER limited CONNECTION LIMIT 1`,
		`CREATE DATABASE old ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0`,
	} {
		if _, err := db.Exec(ctx, text); err != nil {
			t.Fatal(err)
		}
	}
	if err := db.QueryRow(ctx, []any{&hba}, `SELECT current_setting('hba_file')`); err != nil {
		t.Fatal(err)
	}
	if _, err := db.Exec(ctx, `COPY (SELECT unnest(ARRAY['host all careful 127.0.0.1/32 scram-sha-256', 'host all stranger 127.0.0.1/32 reject', 'host all all 127.0.0.1/32 trust'])) TO '`+hba+`'`); err != nil {
		t.Fatal(err)
	}
	if _, err := db.Exec(ctx, `SELECT pg_reload_conf()`); err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	at := func(user *url.Userinfo, name string) string {
		c := *u
		c.User, c.Path = user, "/"+name
		return c.String()
	}
	for name, test := range map[string]struct {
		url, want string
		options   store.Options
		kind      store.ErrorKind
	}{
		"password":    {at(url.UserPassword("careful", "hunter2"), "postgres"), `refuses the password of the user "careful"`, store.Options{}, store.Invalid},
		"rejected":    {at(url.UserPassword("stranger", "hunter2"), "postgres"), `does not let the user "stranger" in`, store.Options{}, store.Invalid},
		"no database": {at(url.UserPassword("careful", "right"), "nothing"), `has no database "nothing"`, store.Options{}, store.Invalid},
		"encoding":    {at(url.User("postgres"), "old"), `the encoding LATIN1`, store.Options{}, store.Invalid},
		"TLS":         {at(url.UserPassword("postgres", "hunter2"), "postgres"), `TLS`, store.Options{SSLMode: "require"}, store.Gone},
		"no server":   {"postgres://u:hunter2@127.0.0.1:1/n", `connection refused`, store.Options{}, store.Gone},
		"no host":     {"postgres://u:hunter2@no.such.host.invalid/n", `no.such.host.invalid`, store.Options{}, store.Gone},
		"parameter":   {"postgres://u:hunter2@127.0.0.1:1/n?pool_max_conns=3", `database.pool.max`, store.Options{}, store.Invalid},
		"unreadable":  {"postgres://u:hunt er2@127.0.0.1:port/n", `cannot be read`, store.Options{}, store.Invalid},
		"pool":        {server.URL, `at least 5`, store.Options{MinConns: 5, MaxConns: 2}, store.Invalid},
	} {
		t.Run(name, func(t *testing.T) {
			// the server reads its file again in its own time
			deadline := time.Now().Add(10 * time.Second)
			for {
				db, err := store.Open(ctx, test.url, test.options)
				if err == nil {
					db.Close()
				}
				kind, _ := store.KindOf(err)
				if err != nil && kind == test.kind && strings.Contains(err.Error(), test.want) {
					if strings.Contains(err.Error(), "hunt") {
						t.Errorf("the password is told: %v", err)
					}
					return
				}
				if time.Now().After(deadline) {
					t.Fatalf("%v, want %q: %s", err, test.kind, test.want)
				}
				time.Sleep(20 * time.Millisecond)
			}
		})
	}
	t.Run("too many connections", func(t *testing.T) {
		limited := at(url.User("limited"), "postgres")
		first := open(t, limited)
		if err := first.Ping(ctx); err != nil {
			t.Fatal(err)
		}
		_, err := store.Open(ctx, limited, store.Options{})
		if kind, _ := store.KindOf(err); kind != store.Busy {
			t.Error(err)
		}
	})
}
