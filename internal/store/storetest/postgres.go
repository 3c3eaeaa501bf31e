package storetest

import (
	"bufio"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/apposengine/appos/internal/store"
)

// Postgres returns the URL of an empty PostgreSQL database, which is the test's
// own until it ends. Its server is the one of APPOS_TEST_POSTGRES, which
// scripts/test.sh starts once for all packages; without it, the test program
// starts one that ends with it. It skips the test in short mode.
func Postgres(t testing.TB) string {
	t.Helper()
	if testing.Short() {
		t.Skip("needs PostgreSQL")
	}
	d, err := takeDatabase()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := d.giveBack(); err != nil {
			t.Errorf("the test's database cannot be emptied: %v", err)
		}
	})
	return d.url
}

// testDatabase is used by one test after the other: to make one takes a second.
type testDatabase struct{ url string }

var unused struct {
	sync.Mutex
	all  []*testDatabase
	made int
}

func takeDatabase() (*testDatabase, error) {
	unused.Lock()
	defer unused.Unlock()
	if n := len(unused.all); n > 0 {
		d := unused.all[n-1]
		unused.all = unused.all[:n-1]
		return d, nil
	}
	at := os.Getenv("APPOS_TEST_POSTGRES")
	if at == "" {
		own, err := ownCluster()
		if err != nil {
			return nil, err
		}
		at = own.URL
	}
	u, err := url.Parse(at)
	if err != nil {
		return nil, err
	}
	server, err := store.Open(ctx, at, store.Options{MaxConns: 1})
	if err != nil {
		return nil, err
	}
	defer server.Close()
	unused.made++
	name := fmt.Sprintf("test_%d_%d", os.Getpid(), unused.made)
	if _, err := server.Exec(ctx, "CREATE DATABASE "+name+" TEMPLATE template0"); err != nil {
		return nil, err
	}
	u.Path = "/" + name
	return &testDatabase{url: u.String()}, nil
}

// giveBack empties the database for the next test.
func (d *testDatabase) giveBack() error {
	if err := d.empty(); err != nil {
		return err
	}
	unused.Lock()
	defer unused.Unlock()
	unused.all = append(unused.all, d)
	return nil
}

// empty takes everything away that a test made, and who is still connected.
func (d *testDatabase) empty() error {
	db, err := store.Open(ctx, d.url, store.Options{MaxConns: 1})
	if err != nil {
		return err
	}
	defer db.Close()
	_, err = db.Exec(ctx, `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()`)
	if err != nil {
		return err
	}
	rows, err := db.Query(ctx, `SELECT nspname FROM pg_namespace WHERE nspname NOT LIKE 'pg\_%' AND nspname <> 'information_schema'`)
	if err != nil {
		return err
	}
	var drop []string
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			return err
		}
		drop = append(drop, "DROP SCHEMA "+store.Quote(name)+" CASCADE")
	}
	if err := rows.Close(); err != nil {
		return err
	}
	for _, text := range append(drop, "CREATE SCHEMA public") {
		if _, err := db.Exec(ctx, text); err != nil {
			return err
		}
	}
	return nil
}

var ownCluster = sync.OnceValues(StartCluster)

// Cluster is a PostgreSQL server of its own.
type Cluster struct {
	URL string // of a database of its superuser

	in  io.WriteCloser
	out *bufio.Reader
	cmd *exec.Cmd
}

// StartCluster starts a server. It ends with the program, or when it is stopped.
func StartCluster() (*Cluster, error) {
	script, err := findScript()
	if err != nil {
		return nil, err
	}
	c := &Cluster{cmd: exec.Command("bash", script)}
	c.cmd.Stderr = os.Stderr
	if c.in, err = c.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := c.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	c.out = bufio.NewReader(out)
	if err := c.cmd.Start(); err != nil {
		return nil, fmt.Errorf("a PostgreSQL for tests: %w", err)
	}
	line, err := c.out.ReadString('\n')
	if err != nil {
		return nil, fmt.Errorf("scripts/postgres.sh started no PostgreSQL: %w", c.cmd.Wait())
	}
	c.URL = strings.TrimSpace(line)
	return c, nil
}

// Kill ends the server as a crash would.
func (c *Cluster) Kill() error { return c.do("kill") }

// Start starts it again.
func (c *Cluster) Start() error { return c.do("start") }

// Stop ends and removes it.
func (c *Cluster) Stop() {
	_ = c.in.Close()
	_ = c.cmd.Wait()
}

func (c *Cluster) do(command string) error {
	if _, err := io.WriteString(c.in, command+"\n"); err != nil {
		return err
	}
	_, err := c.out.ReadString('\n')
	return err
}

// findScript looks for scripts/postgres.sh above the folder of the test.
func findScript() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		path := filepath.Join(dir, "scripts", "postgres.sh")
		if _, err := os.Stat(path); err == nil {
			return path, nil
		}
		up := filepath.Dir(dir)
		if up == dir {
			return "", fmt.Errorf("there is no PostgreSQL to test on: set APPOS_TEST_POSTGRES to the URL of a server, as a user who may make databases")
		}
		dir = up
	}
}
