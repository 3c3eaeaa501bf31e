package record_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/apposengine/appos"
	"github.com/apposengine/appos/internal/migrate"
	"github.com/apposengine/appos/internal/object"
	"github.com/apposengine/appos/internal/record"
	"github.com/apposengine/appos/internal/store/storetest"
)

func TestEventLog(t *testing.T) { onEach(t, testEventLog) }

func testEventLog(t *testing.T, b *bench) {
	for i := range 23 {
		user := "ana"
		if i%3 == 0 {
			user = "sam"
		}
		b.must(b.db.Tx(b.ctx, func(ctx context.Context) error {
			return b.records.AddEvent(ctx, "crm", fmt.Sprintf("event_%d", i%2), map[string]any{"n": i}, user, fmt.Sprint("x", i))
		}))
	}
	read := func(q record.EventQuery) (all []string) {
		t.Helper()
		for range 50 {
			page, next, err := b.records.Events(b.ctx, q)
			b.must(err)
			for _, e := range page {
				all = append(all, strings.Trim(strings.ReplaceAll(string(e.Fields), " ", ""), `{}"n:`))
			}
			if q.After = next; next == "" {
				return all
			}
		}
		t.Fatal("the pages never end")
		return nil
	}
	want := make([]string, 23)
	for i := range want {
		want[i] = fmt.Sprint(22 - i)
	}
	for _, size := range []int{1, 7, 23, 50} {
		if got := read(record.EventQuery{Limit: size}); strings.Join(got, " ") != strings.Join(want, " ") {
			t.Errorf("pages of %d: %v", size, got)
		}
	}
	for name, tt := range map[string]struct {
		q    record.EventQuery
		want int
	}{
		"by app": {record.EventQuery{App: "crm"}, 23}, "of another app": {record.EventQuery{App: "finance"}, 0},
		"by name": {record.EventQuery{Name: "T_0"}, 12}, "by wild name": {record.EventQuery{Name: "%"}, 0},
		"by user": {record.EventQuery{By: "sam", Limit: 3}, 8}, "by execution": {record.EventQuery{ExecutionID: "x7"}, 1},
		"since": {record.EventQuery{Since: b.now}, 1},
	} {
		if got := read(tt.q); len(got) != tt.want {
			t.Errorf("%s: %d events, want %d", name, len(got), tt.want)
		}
	}
	for _, q := range []record.EventQuery{{After: "!"}, {After: "AAAA"}, {Limit: -1}, {Limit: 201}, {Name: "a\x00"}, {Name: strings.Repeat("x", 2000)}} {
		if _, _, err := b.records.Events(b.ctx, q); err == nil {
			t.Errorf("%.60v is accepted", q)
		} else {
			wantError(t, err, object.Invalid)
		}
	}
}

// The logs of several apps are read as one, also where times are the same.
func TestEventLogsOfSeveralApps(t *testing.T) {
	b := &bench{TB: t, ctx: context.Background(), db: storetest.Open(t, "sqlite::memory:")}
	reg, faults := object.NewRegistry(appos.NewApp("one", nil).Descriptor(), appos.NewApp("two", nil).Descriptor())
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	records, faults := record.New(b.db, reg, func() time.Time { return start })
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	b.must(migrate.Create(b.ctx, b.db, records.Tables()...))
	for i := range 10 {
		b.must(records.AddEvent(b.ctx, []string{"one", "two"}[i%2], "e", nil, "ana", ""))
	}
	seen := map[string]bool{}
	for q := (record.EventQuery{Limit: 3}); ; {
		page, next, err := records.Events(b.ctx, q)
		b.must(err)
		for _, e := range page {
			seen[fmt.Sprint(e.App, e.ID)] = true
		}
		if q.After = next; next == "" {
			break
		}
	}
	if len(seen) != 10 {
		t.Errorf("%d of 10 events are on the pages", len(seen))
	}
}
