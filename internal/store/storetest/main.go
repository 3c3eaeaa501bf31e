package storetest

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/apposengine/appos/internal/store"
)

// kindEnv names the variable that says on which kind of database the tests of a
// program run.
const kindEnv = "APPOS_TEST_DATABASE"

// Main runs all tests of a package on every kind of database, for its TestMain:
// on SQLite, and then on PostgreSQL in another process of the same program. With
// APPOS_TEST_DATABASE set to "sqlite" or "postgres" they run on that kind only;
// so they do in short mode, when benchmarks run, and when a target is fuzzed, on
// SQLite. Tests get their database from URL or Take.
func Main(m *testing.M) { os.Exit(RunAll(m)) }

// RunAll is Main for a TestMain that has more to do: it returns the code to exit
// with.
func RunAll(m *testing.M) int {
	flag.Parse()
	chosen := os.Getenv(kindEnv) != ""
	if !chosen {
		os.Setenv(kindEnv, "sqlite")
	}
	code := m.Run()
	if code == 0 && !chosen && !testing.Short() && !once() {
		code = again("postgres")
	}
	return code
}

// once says whether this is no plain run of tests.
func once() bool {
	for _, name := range []string{"test.bench", "test.fuzz", "test.list"} {
		if flag.Lookup(name).Value.String() != "" {
			return true
		}
	}
	worker := flag.Lookup("test.fuzzworker")
	return worker != nil && worker.Value.String() == "true"
}

// again runs this program on another kind of database.
func again(kind string) int {
	var args []string
	for _, a := range os.Args[1:] {
		name, _, _ := strings.Cut(strings.TrimLeft(a, "-"), "=")
		if name != "test.testlogfile" && name != "test.coverprofile" { // they are this process's
			args = append(args, a)
		}
	}
	c := exec.Command(os.Args[0], args...)
	c.Stdout, c.Stderr = os.Stdout, os.Stderr
	c.Env = append(os.Environ(), kindEnv+"="+kind)
	if err := c.Run(); err != nil {
		fmt.Fprintf(os.Stderr, "the tests fail on %s: %v; run them alone with %s=%s\n", kind, err, kindEnv, kind)
		return 1
	}
	return 0
}

// Kind is the kind of database that the tests run on.
func Kind() store.Dialect {
	if os.Getenv(kindEnv) == "postgres" {
		return store.PostgreSQL
	}
	return store.SQLite
}

// URL returns the URL of an empty database of the kind that the tests run on.
func URL(t testing.TB) string {
	t.Helper()
	if Kind() == store.PostgreSQL {
		return Postgres(t)
	}
	return "sqlite:" + filepath.Join(t.TempDir(), "test.db")
}

// New opens an empty database of the kind that the tests run on, in memory where
// it can be. It is closed when the test ends.
func New(t testing.TB) store.DB {
	t.Helper()
	if Kind() == store.PostgreSQL {
		return Open(t, Postgres(t))
	}
	return Open(t, "sqlite::memory:")
}

// Take is URL where there is no test. Call giveBack when the database is closed.
func Take() (url string, giveBack func() error, err error) {
	if Kind() != store.PostgreSQL {
		return "sqlite::memory:", func() error { return nil }, nil
	}
	d, err := takeDatabase()
	if err != nil {
		return "", nil, err
	}
	return d.url, d.giveBack, nil
}

// Each runs a test on every kind of database, with the URL of an empty one, where
// Main does not choose one.
func Each(t *testing.T, test func(t *testing.T, url string)) {
	t.Helper()
	if k := os.Getenv(kindEnv); k != "postgres" {
		t.Run("sqlite", func(t *testing.T) { test(t, "sqlite:"+filepath.Join(t.TempDir(), "test.db")) })
	}
	if k := os.Getenv(kindEnv); k != "sqlite" {
		t.Run("postgres", func(t *testing.T) { test(t, Postgres(t)) })
	}
}

// Open opens the database with the URL; it is closed when the test ends.
func Open(t testing.TB, url string) store.DB {
	t.Helper()
	db, err := store.Open(ctx, url, store.Options{ConnectTimeout: time.Minute}) // the machine may be busy
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}
