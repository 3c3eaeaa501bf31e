package record_test

import (
	"context"
	"testing"
	"time"

	"github.com/apposengine/appos/internal/object"
)

// Reading the history of one row that is changed very often takes time in
// proportion to its changes, though the statistics of the database know only rows
// of few: one that compares each change with all others takes minutes.
func TestHistoryOfManyChanges(t *testing.T) { onEach(t, testHistoryOfManyChanges) }

func testHistoryOfManyChanges(t *testing.T, b *bench) {
	const many = 20_000
	b.customer("A")
	// changes of rows, n to each of them
	insert := `WITH RECURSIVE n(i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n WHERE i < ?)
		INSERT INTO "crm_customer_audit_log" ("record_id", "version", "operation", "field", "old_value", "new_value", "changed_by", "changed_at", "execution_id")
		SELECT `
	values := `, 'update', 'name', 'a', 'b', 'ana', a."changed_at", 'x-ana' FROM n, "crm_customer_audit_log" AS a WHERE a."record_id" = 1 AND a."version" = 1`
	for _, statement := range []string{insert + "n.i, 2" + values, "ANALYZE", insert + "1, n.i" + values} {
		var args []any
		if statement != "ANALYZE" {
			args = []any{many}
		}
		_, err := b.db.Exec(b.ctx, statement, args...)
		b.must(err)
	}
	ctx, cancel := context.WithTimeout(b.ctx, 20*time.Second)
	defer cancel()
	entries, next, err := b.customers.History(ctx, open("ana"), &object.HistoryQuery{Row: 1, Limit: 10})
	b.must(err)
	if len(entries) != 10 || next == 0 || entries[0].Version != many || entries[9].Version != many-9 {
		t.Errorf("%d entries, and more before %d", len(entries), next)
	}
}
