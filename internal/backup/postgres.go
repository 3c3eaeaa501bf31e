package backup

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
)

// postgresDB is a PostgreSQL database, by its URL. pg_dump and pg_restore do the
// work; they are of the server's version or later.
type postgresDB string

// dump copies the database as it is at one moment. The rows are counted in the
// snapshot that pg_dump reads.
func (p postgresDB) dump(ctx context.Context, to string) (d Database, err error) {
	db, err := p.open(ctx)
	if err != nil {
		return d, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	if err := db.QueryRowContext(ctx, "SHOW server_version").Scan(&d.Server); err != nil {
		return d, err
	}
	tx, err := db.BeginTx(ctx, &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true})
	if err != nil {
		return d, err
	}
	defer tx.Rollback() //nolint:errcheck // it only reads
	var snapshot string
	if err := tx.QueryRowContext(ctx, "SELECT pg_export_snapshot()").Scan(&snapshot); err != nil {
		return d, err
	}
	if d.Tables, err = counted(ctx, tx, postgresTables); err != nil {
		return d, err
	}
	err = p.run(ctx, d.Server, "pg_dump", "--format=custom", "--compress=0", "--no-owner", "--no-privileges", "--snapshot="+snapshot, "--file="+to)
	return d, err
}

const postgresTables = `SELECT c.relname FROM pg_class c WHERE c.relkind = 'r' AND c.relnamespace = current_schema()::regnamespace`

// check has pg_restore read the whole copy without a database.
func (p postgresDB) check(ctx context.Context, copied string) error {
	tool, err := tool("pg_restore", "")
	if err != nil {
		return err
	}
	return execute(ctx, exec.CommandContext(ctx, tool, "--file=/dev/null", copied))
}

func countTables(ctx context.Context, db *sql.DB) (n int, err error) {
	err = db.QueryRowContext(ctx, "SELECT count(*) FROM ("+postgresTables+") AS found").Scan(&n)
	return n, err
}

// free refuses a database with tables unless they may be replaced.
func (p postgresDB) free(ctx context.Context, replace bool) (err error) {
	db, err := p.open(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	tables, err := countTables(ctx, db)
	if err != nil {
		return err
	}
	if tables > 0 && !replace {
		return fmt.Errorf("the database %s has %d tables already; give --replace to replace them", p, tables)
	}
	others, err := users(ctx, db)
	if err == nil && others > 0 && tables > 0 {
		err = fmt.Errorf("the database %s is in use by %d connections: stop the server first", p, others)
	}
	return err
}

// leaving is how long a connection that was closed may take to be gone.
const leaving = 3 * time.Second

// users counts the connections of others, once those that are closing are gone.
func users(ctx context.Context, db *sql.DB) (n int, err error) {
	for patience := time.Now().Add(leaving); ; time.Sleep(leaving / 30) {
		err = db.QueryRowContext(ctx, "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'").Scan(&n)
		if err != nil || n == 0 || time.Now().After(patience) {
			return n, err
		}
	}
}

// put replaces the content of the database by the copy, in one transaction, and
// counts what is there then.
func (p postgresDB) put(ctx context.Context, copied string) (rows map[string]int64, err error) {
	db, err := p.open(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	var server string
	if err := db.QueryRowContext(ctx, "SHOW server_version").Scan(&server); err != nil {
		return nil, err
	}
	dropped, err := p.drops(ctx, db)
	if err != nil {
		return nil, err
	}
	if err := p.replay(ctx, server, copied, dropped); err != nil {
		return nil, err
	}
	return counted(ctx, db, postgresTables)
}

// postgresDrops makes the statements that empty the schema: relations, then the
// sequences that none of them owns, routines, and types. What belongs to an
// extension stays, as the extension does.
const postgresDrops = `WITH object (step, kind, class, oid, name) AS (
	SELECT CASE relkind WHEN 'S' THEN 2 ELSE 1 END,
		CASE relkind WHEN 'v' THEN 'VIEW' WHEN 'm' THEN 'MATERIALIZED VIEW' WHEN 'f' THEN 'FOREIGN TABLE' WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END,
		'pg_class'::regclass, oid, oid::regclass::text
	FROM pg_class WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'p', 'v', 'm', 'f', 'S')
	UNION ALL
	SELECT 3, 'ROUTINE', 'pg_proc'::regclass, oid, oid::regprocedure::text FROM pg_proc WHERE pronamespace = current_schema()::regnamespace
	UNION ALL
	SELECT 4, 'TYPE', 'pg_type'::regclass, t.oid, t.oid::regtype::text FROM pg_type t LEFT JOIN pg_class c ON c.oid = t.typrelid
	WHERE t.typnamespace = current_schema()::regnamespace AND (t.typtype IN ('e', 'd', 'r') OR t.typtype = 'c' AND c.relkind = 'c')
)
SELECT 'DROP ' || kind || ' IF EXISTS ' || name || ' CASCADE' FROM object AS o
WHERE NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.classid = o.class AND d.objid = o.oid AND d.deptype = 'e') ORDER BY step`

// drops are statements that drop everything of the database: pg_restore --clean
// drops what is in the copy only, and what stands on it would keep it from that.
func (p postgresDB) drops(ctx context.Context, db *sql.DB) (_ string, err error) {
	rows, err := db.QueryContext(ctx, postgresDrops)
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	var b strings.Builder
	b.WriteString("SET LOCAL client_min_messages = warning;\n") // not what goes with what is dropped
	for rows.Next() {
		var statement string
		if err := rows.Scan(&statement); err != nil {
			return "", err
		}
		b.WriteString(statement + ";\n")
	}
	return b.String(), rows.Err()
}

// replay sends the drops and the copy as SQL to psql, all in one transaction: the
// database is what it was, or what the copy is.
func (p postgresDB) replay(ctx context.Context, server, copied, drops string) error {
	restore, err := tool("pg_restore", server)
	if err != nil {
		return err
	}
	psql, err := tool("psql", server)
	if err != nil {
		return err
	}
	receives := exec.CommandContext(ctx, psql, "--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", "--output=/dev/null")
	if err := p.connect(receives); err != nil {
		return err
	}
	script, in := io.Pipe()
	sends := exec.CommandContext(ctx, restore, "--file=-", "--no-owner", "--no-privileges", copied)
	sends.Stdout = in
	sent := make(chan error, 1)
	go func() {
		err := execute(ctx, sends)
		_ = in.CloseWithError(err) // nil is the end of the script
		sent <- err
	}()
	// the commit follows only when all of the script came: an error ends the input before
	receives.Stdin = io.MultiReader(strings.NewReader("BEGIN;\n"+drops), script, strings.NewReader("\nCOMMIT;\n"))
	err = execute(ctx, receives)
	_ = script.Close() // what is still being sent has nobody to read it
	cause := <-sent
	var refused *exec.ExitError
	if errors.As(err, &refused) { // by psql: pg_restore was cut off for it
		return err
	}
	return errors.Join(cause, err)
}

func (p postgresDB) open(ctx context.Context) (*sql.DB, error) {
	cfg, err := pgx.ParseConfig(string(p))
	if err != nil {
		return nil, fmt.Errorf("the URL of the database is not one of PostgreSQL")
	}
	db := stdlib.OpenDB(*cfg)
	if err := db.PingContext(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("the database %s cannot be reached: %w", p, err), db.Close())
	}
	return db, nil
}

// String is the URL without its password.
func (p postgresDB) String() string {
	u, err := url.Parse(string(p))
	if err != nil {
		return "postgres"
	}
	u.RawQuery = ""
	return u.Redacted()
}

// connect tells a tool of PostgreSQL where the database is. The password goes by
// the environment: arguments are seen by everybody on the machine.
func (p postgresDB) connect(c *exec.Cmd) error {
	u, err := url.Parse(string(p))
	if err != nil {
		return fmt.Errorf("the URL of the database is not one of PostgreSQL")
	}
	c.Env = os.Environ()
	if password, ok := u.User.Password(); ok {
		c.Env = append(c.Env, "PGPASSWORD="+password)
		u.User = url.User(u.User.Username())
	}
	// parameters of our pool that libpq does not know
	q := u.Query()
	if password := q.Get("password"); password != "" {
		c.Env = append(c.Env, "PGPASSWORD="+password)
	}
	for name := range q {
		if name == "password" || strings.HasPrefix(name, "pool_") || strings.HasPrefix(name, "default_query_exec_mode") || strings.HasPrefix(name, "statement_cache") {
			q.Del(name)
		}
	}
	u.RawQuery = q.Encode()
	c.Args = append(c.Args, "--dbname="+u.String(), "--no-password")
	return nil
}

func (p postgresDB) run(ctx context.Context, server, name string, args ...string) error {
	path, err := tool(name, server)
	if err != nil {
		return err
	}
	c := exec.CommandContext(ctx, path, args...)
	if err := p.connect(c); err != nil {
		return err
	}
	return execute(ctx, c)
}

// execute runs a command; its error is what it complained about.
func execute(ctx context.Context, c *exec.Cmd) error {
	var complaint bytes.Buffer
	c.Stderr = &complaint
	err := c.Run()
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return ctx.Err()
	}
	text := strings.TrimSpace(complaint.String())
	if len(text) > 1000 {
		text = text[:1000] + "…"
	}
	return fmt.Errorf("%s failed: %w: %s", filepath.Base(c.Path), err, text)
}

// tool finds a program of PostgreSQL that is at least as new as the server: on
// the path, or where Debian keeps the versions side by side.
func tool(name, server string) (string, error) {
	want := major(server)
	var candidates []string
	if path, err := exec.LookPath(name); err == nil {
		candidates = append(candidates, path)
	}
	beside, _ := filepath.Glob("/usr/lib/postgresql/*/bin/" + name)
	slices.SortFunc(beside, func(a, b string) int { return versionOf(b) - versionOf(a) })
	for _, path := range append(candidates, beside...) {
		if want == 0 {
			return path, nil
		}
		if out, err := exec.Command(path, "--version").Output(); err == nil {
			fields := strings.Fields(string(out)) // pg_dump (PostgreSQL) 15.6 (Debian …)
			if len(fields) > 2 && major(fields[2]) >= want {
				return path, nil
			}
		}
	}
	if want == 0 {
		return "", fmt.Errorf("%s is not installed; install PostgreSQL's client programs (Debian: apt install postgresql-client)", name)
	}
	return "", fmt.Errorf("no %s of version %d or later is installed, which the server has; install PostgreSQL's client programs (Debian: apt install postgresql-client-%d)", name, want, want)
}

func versionOf(path string) int { return major(filepath.Base(filepath.Dir(filepath.Dir(path)))) }

// major is the first number of a version, or 0.
func major(version string) int {
	digits := strings.TrimLeft(version, " ")
	if i := strings.IndexFunc(digits, func(r rune) bool { return r < '0' || r > '9' }); i >= 0 {
		digits = digits[:i]
	}
	n, err := strconv.Atoi(digits)
	if err != nil {
		return 0
	}
	return n
}
