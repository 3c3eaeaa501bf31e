package store

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
)

// sqlstate is the server's error without the values that its words may hold.
type sqlstate struct{ code, text string }

func (e *sqlstate) Error() string {
	if e.text == "" {
		return "SQLSTATE " + e.code
	}
	return e.text + " (SQLSTATE " + e.code + ")"
}

// fail returns an error of pgx as one of this package.
func (d *postgres) fail(ctx context.Context, err error) error {
	if err == nil {
		return nil
	}
	if e := (*Error)(nil); errors.As(err, &e) {
		return e
	}
	if d.closed.Load() {
		return &Error{Kind: Gone, Text: "it was closed"}
	}
	var pe *pgconn.PgError
	known := errors.As(err, &pe)
	if ctx.Err() != nil && (!known || pe.Code == "57014") {
		return canceled(ctx)
	}
	var ce *pgconn.ConnectError
	connecting := errors.As(err, &ce)
	switch {
	case known && connecting:
		return d.refused(ce.Config, pe)
	case known:
		return d.classify(ctx, pe)
	}
	return &Error{Kind: Gone, Text: "PostgreSQL at " + d.at + " does not answer", Err: errors.New(reason(err))}
}

// reason says why a connection failed, without the user and the address.
func reason(err error) string {
	var dns *net.DNSError
	var op *net.OpError
	switch {
	case errors.As(err, &dns):
		return "no such host: " + dns.Name
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, os.ErrDeadlineExceeded), pgconn.Timeout(err):
		return "it took too long"
	case errors.As(err, &op):
		return op.Err.Error()
	}
	var ce *pgconn.ConnectError
	if errors.As(err, &ce) {
		err = ce.Unwrap()
	}
	text, _, _ := strings.Cut(err.Error(), "\n")
	return text
}

// refused says why the server does not let us in.
func (d *postgres) refused(c *pgconn.Config, e *pgconn.PgError) error {
	out := &Error{Kind: Invalid}
	switch e.Code {
	case "28P01":
		out.Text = fmt.Sprintf("PostgreSQL at %s refuses the password of the user %q", d.at, c.User)
	case "28000":
		out.Text = fmt.Sprintf("PostgreSQL at %s does not let the user %q in; see its pg_hba.conf, and whether it has that user", d.at, c.User)
	case "3D000":
		out.Text = fmt.Sprintf("PostgreSQL at %s has no database %q; make it with CREATE DATABASE", d.at, c.Database)
	case "42501":
		out.Text = fmt.Sprintf("the user %q may not connect to the database %q", c.User, c.Database)
	default:
		return d.classify(context.Background(), e)
	}
	return out
}

// sqlstates are the classes and codes of errors; a code goes before its class.
var sqlstates = map[string]ErrorKind{
	"23505": Unique, "23P01": Unique, "23503": ForeignKey, "23001": ForeignKey, "23502": NotNull, "23514": CheckFailed,

	"22":    Invalid,
	"22001": Range, "22003": Range, "22008": Range, "22021": Range, "22P05": Range,
	"54": Range, // a row, or the key of an index, is too large

	"0A": Invalid, "42": Invalid, "26": Invalid, "3D": Invalid, "3F": Invalid, "28": Invalid,
	"08": Gone, "57P": Gone, "25P03": Gone,
	"08P01": Invalid, // a message of the protocol that makes no sense

	"40": Busy, "55P03": Busy, "55006": Busy, "53": Busy, // too much of something at the moment
	"53100": Full, "25006": ReadOnly, "25P02": Aborted,
	"58": Other, "58030": Corrupt, "XX001": Corrupt, "XX002": Corrupt,
}

// classify says what kind of error the server's is.
func (d *postgres) classify(ctx context.Context, e *pgconn.PgError) error {
	out := &Error{Table: e.TableName, Err: &sqlstate{code: e.Code}}
	for _, n := range [...]int{5, 3, 2} {
		if kind, ok := sqlstates[e.Code[:min(n, len(e.Code))]]; ok {
			out.Kind = kind
			break
		}
	}
	switch out.Kind {
	case Unique:
		out.Columns = d.columnsOf(ctx, e)
	case NotNull:
		out.Columns = []string{e.ColumnName}
	case CheckFailed, ForeignKey:
		out.Constraint = e.ConstraintName
	case Busy:
		switch e.Code {
		case "53300":
			out.Text = "the server has no connection left; is database.pool.max of all nodes together more than its max_connections?"
		case "55P03":
			out.Text = "another transaction holds what this one waits for"
		case "40P01":
			out.Text = "two transactions waited for each other, and this one was given up; try again"
		}
	case Gone:
		out.Text = "PostgreSQL at " + d.at + " ended the connection"
	case Invalid: // in place of the server's words, which quote the value
		switch e.Code {
		case "22P02", "22007":
			out.Text = "a value does not have the form of the type that it is to become"
		case "22012":
			out.Text = "a division by zero"
		}
	}
	if e.Code == "57014" { // not by the caller: fail has looked at that
		return &Error{Kind: Canceled, Text: "the statement took longer than the timeout", Err: context.DeadlineExceeded}
	}
	// the messages of these speak of values of rows; all others of the schema,
	// the statement, which has placeholders, or the server
	if class := e.Code[:min(2, len(e.Code))]; class != "22" && class != "23" && class != "P0" {
		out.Err = &sqlstate{e.Code, e.Message}
	}
	return out
}

// outdated says whether a prepared statement failed because it was prepared
// before the schema changed, or is not known to the server any more. It is then
// prepared again, on every connection, before it is next used.
func (d *postgres) outdated(err error) bool {
	var e *pgconn.PgError
	if !errors.As(err, &e) {
		return false
	}
	if e.Code == "26000" || e.Code == "0A000" && e.Routine == "RevalidateCachedQuery" {
		d.schema.Add(1)
		return true
	}
	return false
}

// columnsOf returns the columns of the index that a value was not unique in. The
// transaction has failed, so that it is asked on another connection, if there is
// one: the server's words, which are the other way, are not always there.
func (d *postgres) columnsOf(ctx context.Context, e *pgconn.PgError) []string {
	index := e.SchemaName + "." + e.ConstraintName
	if known, ok := d.uniques.Load(index); ok {
		return known.([]string)
	}
	var columns []string
	if len(d.slots) < cap(d.slots) {
		columns = d.askColumns(context.WithoutCancel(ctx), e.SchemaName, e.ConstraintName)
	}
	if columns == nil { // the index may be of the transaction that failed
		return detailColumns(e.Detail)
	}
	d.uniques.Store(index, columns)
	return columns
}

func (d *postgres) askColumns(ctx context.Context, schema, index string) (columns []string) {
	// outside of the transaction that ctx may have
	err := func() error {
		c, err := d.acquire(ctx)
		if err != nil {
			return err
		}
		defer c.release()
		rows := &postgresRows{ctx: ctx, d: d}
		if err := rows.open(c, `SELECT a.attname FROM pg_index i
			JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_namespace n ON n.oid = c.relnamespace
			CROSS JOIN LATERAL unnest(i.indkey::int2[]) WITH ORDINALITY AS k(attnum, at)
			JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.attnum
			WHERE n.nspname = ? AND c.relname = ? AND k.at <= i.indnkeyatts ORDER BY k.at`, []any{schema, index}); err != nil {
			return err
		}
		for rows.Next() {
			var name string
			if err := rows.Scan(&name); err != nil {
				return err
			}
			columns = append(columns, name)
		}
		return rows.Err()
	}()
	if err != nil {
		return nil
	}
	return columns
}

// detailColumns reads the columns from a detail such as "Key (code, "order")=(a,
// 1) already exists.", whatever the language of the words.
func detailColumns(detail string) []string {
	_, list, ok := strings.Cut(detail, "(")
	if !ok {
		return nil
	}
	list, _, ok = strings.Cut(list, ")=(")
	if !ok {
		return nil
	}
	var columns []string
	for name := range strings.SplitSeq(list, ", ") {
		if len(name) > 1 && name[0] == '"' {
			name = strings.ReplaceAll(name[1:len(name)-1], `""`, `"`)
		}
		columns = append(columns, name)
	}
	return columns
}
