package migrate

import (
	"context"
	"fmt"
	"strings"

	"github.com/apposengine/appos/internal/store"
)

// beforeStatement is called before every statement of a migration, and once more
// before it is stored, with how many have run. Tests end the process there.
var beforeStatement = func(int) {}

// execute runs the statements of a migration in the transaction of ctx.
func execute(ctx context.Context, db store.DB, name string, all []statement) error {
	triggers := &triggers{db: db}
	for i, s := range all {
		beforeStatement(i)
		if err := triggers.before(ctx, s.sql); err != nil {
			return err
		}
		if _, err := db.Exec(ctx, s.sql); err != nil {
			return fmt.Errorf("%s, line %d: %w", name, s.line, err)
		}
	}
	if err := triggers.restore(ctx); err != nil {
		return err
	}
	beforeStatement(len(all))
	return nil
}

// triggers remembers those of tables that SQLite drops, and makes them again when
// the table is back: a table that is rebuilt keeps what people have put on it.
type triggers struct {
	db   store.DB
	lost []trigger
}

type trigger struct{ name, table, sql string }

func (t *triggers) before(ctx context.Context, sql string) error {
	if t.db.Dialect() != store.SQLite {
		return nil
	}
	table, ok := dropped(sql)
	if !ok {
		return nil
	}
	rows, err := t.db.Query(ctx, `SELECT name, tbl_name, sql FROM sqlite_master WHERE type = 'trigger' AND lower(tbl_name) = lower(?)`, table)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var one trigger
		if err := rows.Scan(&one.name, &one.table, &one.sql); err != nil {
			return err
		}
		t.lost = append(t.lost, one)
	}
	return rows.Err()
}

// restore makes the triggers again whose table is there, and which are not.
func (t *triggers) restore(ctx context.Context) error {
	for _, one := range t.lost {
		var tables, same int64
		err := t.db.QueryRow(ctx, []any{&tables, &same}, `SELECT
			(SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = ?), (SELECT count(*) FROM sqlite_master WHERE type = 'trigger' AND name = ?)`, one.table, one.name)
		if err != nil {
			return err
		}
		if tables == 0 || same > 0 {
			continue
		}
		if _, err := t.db.Exec(ctx, one.sql); err != nil {
			return fmt.Errorf("the trigger %q of table %q cannot be made again: %w", one.name, one.table, err)
		}
	}
	return nil
}

// dropped is the table that a statement drops.
func dropped(sql string) (string, bool) {
	words := strings.Fields(sql)
	if len(words) < 3 || !strings.EqualFold(words[0], "drop") || !strings.EqualFold(words[1], "table") {
		return "", false
	}
	return strings.Trim(words[len(words)-1], "\"`[];"), true
}
