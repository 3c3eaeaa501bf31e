package queue_test

import (
	"context"
	"testing"
	"time"

	"github.com/apposengine/appos/internal/migrate"
	"github.com/apposengine/appos/internal/queue"
	"github.com/apposengine/appos/internal/store"
	"github.com/apposengine/appos/internal/store/storetest"
)

// tables makes what the queue stands on.
func tables(t testing.TB, db store.DB) {
	t.Helper()
	f, err := migrate.Read(queue.Migrations, "migrations", "of River")
	if err != nil {
		t.Fatal(err)
	}
	r := migrate.Runner{Direct: true, Now: time.Now}
	if err := r.Start(t.Context(), migrate.Set{Name: "queue", DB: db, Folder: f}); err != nil {
		t.Fatal(err)
	}
	own := append(queue.Tables(), store.Table{
		Name: "effect", Columns: []store.Column{{Name: "id", Type: store.Int, Serial: true}, {Name: "what", Type: store.Text}},
	})
	if err := migrate.Create(t.Context(), db, own...); err != nil {
		t.Fatal(err)
	}
}

// each runs a test on both databases.
func each(t *testing.T, test func(t *testing.T, db store.DB, url string)) {
	t.Helper()
	storetest.Each(t, func(t *testing.T, url string) {
		db := storetest.Open(t, url)
		tables(t, db)
		test(t, db, url)
	})
}

// open makes a queue that is stopped at the end of the test.
func open(t testing.TB, o queue.Options) *queue.Queue {
	t.Helper()
	q, err := queue.New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		if err := q.Stop(ctx); err != nil {
			t.Error(err)
		}
	})
	return q
}

func start(t testing.TB, q *queue.Queue) {
	t.Helper()
	if err := q.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// within waits for a condition.
func within(t testing.TB, what string, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); !ok(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("it took too long: %s", what)
		}
	}
}

// echo is a job of tests.
type echo struct {
	Text string `json:"text"`
}

func (echo) Kind() string { return "echo" }
