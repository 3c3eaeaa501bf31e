package store

import (
	"context"
	"fmt"
	"strings"
	"time"
)

func (d *sqlite) Ensure(ctx context.Context, tables ...Table) error {
	return d.Tx(ctx, func(ctx context.Context) error {
		var differ []string
		for i := range tables {
			diff, err := d.ensureTable(ctx, &tables[i])
			if err != nil {
				return err
			}
			differ = append(differ, diff...)
		}
		if len(differ) > 0 {
			return &Error{Kind: Schema, Text: strings.Join(differ, "; ")}
		}
		return nil
	})
}

// ensureTable creates the table or completes it, and says what else differs.
func (d *sqlite) ensureTable(ctx context.Context, t *Table) ([]string, error) {
	var made string
	err := d.QueryRow(ctx, []any{&made}, "SELECT sql FROM sqlite_master WHERE type = 'table' AND name = ?", t.Name)
	if err == ErrNoRows {
		if _, err := d.Exec(ctx, createTable(t)); err != nil {
			return nil, err
		}
		return nil, d.createIndexes(ctx, t, nil)
	}
	if err != nil {
		return nil, err
	}
	differ, err := d.ensureColumns(ctx, t, made)
	if err != nil || len(differ) > 0 {
		return differ, err
	}
	return d.ensureIndexes(ctx, t)
}

// found is a column as the database has it.
type found struct {
	null, key bool
	reference string
	cascade   bool
}

func (d *sqlite) ensureColumns(ctx context.Context, t *Table, made string) ([]string, error) {
	have, err := d.columns(ctx, t.Name)
	if err != nil {
		return nil, err
	}
	var differ []string
	note := func(format string, args ...any) {
		differ = append(differ, fmt.Sprintf("table %q: %s", t.Name, fmt.Sprintf(format, args...)))
	}
	if !strings.HasSuffix(strings.TrimRight(made, " \n"), "STRICT") {
		note("it was not made by AppOS")
		return differ, nil
	}
	for i := range t.Columns {
		c := &t.Columns[i]
		is, ok := have[c.Name]
		delete(have, c.Name)
		if !ok {
			if text, err := d.addColumn(ctx, t, c); err != nil {
				return nil, err
			} else if text != "" {
				note("%s", text)
			}
			continue
		}
		if typed := Quote(c.Name) + " " + columnType(c.Type); !strings.Contains(made, typed) {
			note("column %q is declared as %s, but is not in the database", c.Name, c.Type)
		}
		if is.null != c.Null && !is.key {
			note("column %q is declared %s, but is not in the database", c.Name, nullability(c.Null))
		}
		if is.key != isKey(t, c) {
			note("column %q is in the primary key of one of them only", c.Name)
		}
		if is.reference != c.References || is.cascade != c.OnDeleteCascade {
			note("column %q is declared to reference %q, in the database it references %q", c.Name, c.References, is.reference)
		}
		if c.Check != "" && !strings.Contains(made, "CHECK ("+c.Check+")") {
			note("column %q lacks the check %s", c.Name, c.Check)
		}
	}
	for name := range have {
		note("column %q is not declared any more", name)
	}
	return differ, nil
}

func nullability(null bool) string {
	if null {
		return "optional"
	}
	return "mandatory"
}

func (d *sqlite) columns(ctx context.Context, table string) (map[string]*found, error) {
	have := map[string]*found{}
	rows, err := d.Query(ctx, `SELECT name, "notnull", pk FROM pragma_table_xinfo(?)`, table)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var name string
		var notNull, key bool
		if err := rows.Scan(&name, &notNull, &key); err != nil {
			return nil, err
		}
		have[name] = &found{null: !notNull, key: key}
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	rows.Close()

	rows, err = d.Query(ctx, `SELECT "from", "table", on_delete FROM pragma_foreign_key_list(?)`, table)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var from, to, rule string
		if err := rows.Scan(&from, &to, &rule); err != nil {
			return nil, err
		}
		if c := have[from]; c != nil {
			c.reference, c.cascade = to, rule == "CASCADE"
		}
	}
	return have, rows.Err()
}

// addColumn adds a column, or says why it cannot.
func (d *sqlite) addColumn(ctx context.Context, t *Table, c *Column) (string, error) {
	if isKey(t, c) {
		return fmt.Sprintf("column %q is missing and would change the primary key", c.Name), nil
	}
	if !c.Null && (c.Default == nil || c.References != "") {
		var full bool
		if err := d.QueryRow(ctx, []any{&full}, "SELECT EXISTS (SELECT 1 FROM "+Quote(t.Name)+")"); err != nil {
			return "", err
		}
		if full {
			return fmt.Sprintf("column %q is new and mandatory, but there are rows that would have no value: make it optional or give it a default", c.Name), nil
		}
	}
	_, err := d.Exec(ctx, "ALTER TABLE "+Quote(t.Name)+" ADD COLUMN "+columnSQL(t, c))
	return "", err
}

func (d *sqlite) ensureIndexes(ctx context.Context, t *Table) ([]string, error) {
	have := map[string]string{}
	rows, err := d.Query(ctx, "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND tbl_name = ? AND sql IS NOT NULL", t.Name)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var name, text string
		if err := rows.Scan(&name, &text); err != nil {
			return nil, err
		}
		have[name] = text
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	rows.Close()

	var differ []string
	declared := map[string]bool{}
	for i := range t.Indexes {
		name, text := createIndex(t, &t.Indexes[i])
		declared[name] = true
		if is, ok := have[name]; ok && is != text {
			differ = append(differ, fmt.Sprintf("table %q: index %q is %s, declared is %s", t.Name, name, is, text))
		}
	}
	for name := range have {
		if strings.HasPrefix(name, "uq_") && !declared[name] {
			differ = append(differ, fmt.Sprintf("table %q: index %q still makes values unique, but is not declared any more", t.Name, name))
		}
	}
	if len(differ) > 0 {
		return differ, nil
	}
	return nil, d.createIndexes(ctx, t, have)
}

func (d *sqlite) createIndexes(ctx context.Context, t *Table, have map[string]string) error {
	for i := range t.Indexes {
		name, text := createIndex(t, &t.Indexes[i])
		if _, ok := have[name]; ok {
			continue
		}
		if _, err := d.Exec(ctx, text); err != nil {
			if kind, _ := KindOf(err); kind == Unique {
				return &Error{Kind: Schema, Table: t.Name, Columns: t.Indexes[i].Columns, Text: "the values are declared unique, but there are rows with the same", Err: err}
			}
			return err
		}
	}
	return nil
}

func createTable(t *Table) string {
	var b strings.Builder
	b.WriteString("CREATE TABLE " + Quote(t.Name) + " (")
	for i := range t.Columns {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(columnSQL(t, &t.Columns[i]))
	}
	if len(t.Key) > 0 {
		b.WriteString(", PRIMARY KEY (" + quoted(t.Key) + ")")
	}
	for _, c := range t.Checks {
		b.WriteString(", CONSTRAINT " + Quote(c.Name) + " CHECK (" + c.For(SQLite) + ")")
	}
	b.WriteString(") STRICT")
	return b.String()
}

func columnSQL(t *Table, c *Column) string {
	s := Quote(c.Name) + " " + columnType(c.Type)
	if c.Serial {
		// the number of a row that was deleted must not come back: the audit log
		// speaks of it
		return s + " PRIMARY KEY AUTOINCREMENT"
	}
	if !c.Null {
		s += " NOT NULL"
	}
	if c.Default != nil {
		s += " DEFAULT " + literal(c.Default)
	}
	if c.References != "" {
		s += " REFERENCES " + Quote(c.References)
		if c.OnDeleteCascade {
			s += " ON DELETE CASCADE"
		}
	}
	if c.Check != "" {
		s += " CHECK (" + c.Check + ")"
	}
	return s
}

// columnType is the type in SQL. The comment stays in the schema: it tells
// integers that mean something else apart when the declaration changes.
func columnType(t Type) string {
	class := "INTEGER"
	switch t.Kind {
	case KindText, KindJSON, KindDate:
		class = "TEXT"
	case KindFloat:
		class = "REAL"
	case KindBytes:
		class = "BLOB"
	}
	return class + " /* " + t.String() + " */"
}

// literal writes a default into SQL.
func literal(v any) string {
	switch v := v.(type) {
	case Decimal:
		n, err := v.Scaled()
		if err != nil {
			return "0"
		}
		return fmt.Sprint(n)
	case time.Time:
		return fmt.Sprint(v.UnixMicro())
	}
	e, err := encode(v)
	if err != nil {
		return "NULL"
	}
	switch e := e.(type) {
	case string:
		return "'" + strings.ReplaceAll(e, "'", "''") + "'"
	case []byte:
		return fmt.Sprintf("x'%x'", e)
	}
	return fmt.Sprint(e)
}

func createIndex(t *Table, i *Index) (name, text string) {
	create := "CREATE INDEX "
	if i.Unique {
		create = "CREATE UNIQUE INDEX "
	}
	name = IndexName(t.Name, *i)
	text = create + Quote(name) + " ON " + Quote(t.Name) + " (" + quoted(i.Columns) + ")"
	if i.Where != "" {
		text += " WHERE " + i.Where
	}
	return name, text
}

func quoted(names []string) string {
	q := make([]string, len(names))
	for i, n := range names {
		q[i] = Quote(n)
	}
	return strings.Join(q, ", ")
}

func isKey(t *Table, c *Column) bool {
	if c.Serial {
		return true
	}
	for _, k := range t.Key {
		if k == c.Name {
			return true
		}
	}
	return false
}
