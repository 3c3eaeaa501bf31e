package idempotency_test

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/apposengine/appos/internal/idempotency"
	"github.com/apposengine/appos/internal/migrate"
	"github.com/apposengine/appos/internal/record"
	"github.com/apposengine/appos/internal/store"
	"github.com/apposengine/appos/internal/store/storetest"
)

var ctx = context.Background()

const day = 24 * time.Hour

func each(t *testing.T, test func(t *testing.T, db store.DB)) {
	storetest.Each(t, func(t *testing.T, url string) {
		db := storetest.Open(t, url)
		if err := migrate.Create(ctx, db, record.IdempotencyTable); err != nil {
			t.Fatal(err)
		}
		test(t, db)
	})
}

var noon = time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC)

func request(key string) idempotency.Request {
	return idempotency.Request{Key: idempotency.Key("account 1", key), Account: "ana", Method: "POST", Path: "/x?y=1", Body: "b", Rights: "r"}
}

func TestKeysOfCallersDiffer(t *testing.T) {
	seen := map[string]bool{}
	for _, caller := range []string{"account 1", "account 11", "address 1"} {
		for _, key := range []string{"a", "1a", ""} {
			seen[idempotency.Key(caller, key)] = true
		}
	}
	if len(seen) != 9 {
		t.Errorf("%d keys of 9", len(seen))
	}
}

func TestWhatIsKept(t *testing.T) {
	each(t, func(t *testing.T, db store.DB) {
		r := request("k")
		if kept, err := idempotency.Begin(ctx, db, r, noon, noon.Add(time.Minute), day); kept != nil || err != nil {
			t.Fatal(kept, err)
		}
		kept, err := idempotency.Begin(ctx, db, r, noon, noon, day)
		if err != nil || kept == nil || kept.Done() || kept.Request != r || !kept.AliveUntil.Equal(noon.Add(time.Minute)) {
			t.Fatalf("claimed: %+v, %v", kept, err)
		}
		if err := idempotency.Alive(ctx, db, r.Key, noon.Add(time.Hour)); err != nil {
			t.Fatal(err)
		}
		a := idempotency.Answer{Status: 201, Header: map[string][]string{"Etag": {`"v1"`}, "X-Two": {"1", "2"}}, Body: []byte("\x00\xff{}")}
		if err := idempotency.Finish(ctx, db, r, a); err != nil {
			t.Fatal(err)
		}
		kept, err = idempotency.Begin(ctx, db, r, noon.Add(day-time.Second), noon, day)
		if err != nil || !kept.Done() || kept.Large || kept.Status != 201 || !bytes.Equal(kept.Answer.Body, a.Body) || len(kept.Header["X-Two"]) != 2 || !kept.AliveUntil.Equal(noon.Add(time.Hour)) {
			t.Fatalf("answered: %+v, %v", kept, err)
		}
		// an answer is kept once, and is not given up
		if err := idempotency.Finish(ctx, db, r, a); err == nil {
			t.Error("it was answered twice")
		}
		if err := idempotency.Release(ctx, db, r.Key); err != nil {
			t.Fatal(err)
		}
		if kept, err := idempotency.Begin(ctx, db, r, noon, noon, day); kept == nil || err != nil {
			t.Fatal("an answer was given up", err)
		}
		// until its time is over
		if kept, err := idempotency.Begin(ctx, db, r, noon.Add(day), noon, day); kept != nil || err != nil {
			t.Fatalf("the day after: %+v, %v", kept, err)
		}
	})
}

func TestSizesOfAnswers(t *testing.T) {
	each(t, func(t *testing.T, db store.DB) {
		for name, tt := range map[string]struct {
			body  []byte
			large bool
		}{
			"none":      {nil, false},
			"the most":  {bytes.Repeat([]byte("x"), idempotency.MaxAnswer), false},
			"too large": {bytes.Repeat([]byte("x"), idempotency.MaxAnswer+1), true},
		} {
			r := request(name)
			if _, err := idempotency.Begin(ctx, db, r, noon, noon, day); err != nil {
				t.Fatal(err)
			}
			if err := idempotency.Finish(ctx, db, r, idempotency.Answer{Status: 200, Body: tt.body}); err != nil {
				t.Fatal(err)
			}
			kept, err := idempotency.Begin(ctx, db, r, noon, noon, day)
			if err != nil || kept.Large != tt.large || !tt.large && len(kept.Answer.Body) != len(tt.body) {
				t.Errorf("%s: large %v, %d bytes, %v", name, kept.Large, len(kept.Answer.Body), err)
			}
		}
	})
}

// Of many that claim a key in a transaction, those that wait for one that is
// undone are the first in their turn.
func TestClaimsInTransactions(t *testing.T) {
	each(t, func(t *testing.T, db store.DB) {
		undone := errors.New("undone")
		var mu sync.Mutex
		first, known := 0, 0
		var wg sync.WaitGroup
		for i := range 8 {
			wg.Go(func() {
				err := db.Tx(ctx, func(ctx context.Context) error {
					kept, err := idempotency.Begin(ctx, db, request("k"), noon, noon, day)
					if err != nil || kept != nil {
						mu.Lock()
						known++
						mu.Unlock()
						return err
					}
					mu.Lock()
					first++
					last := first > 3
					mu.Unlock()
					if !last {
						return undone
					}
					return idempotency.Finish(ctx, db, request("k"), idempotency.Answer{Status: 200})
				})
				if err != nil && err != undone {
					t.Errorf("%d: %v", i, err)
				}
			})
		}
		wg.Wait()
		if first != 4 || known != 4 {
			t.Errorf("%d were the first, %d were not", first, known)
		}
	})
}

func TestSweep(t *testing.T) {
	each(t, func(t *testing.T, db store.DB) {
		for i := range 2500 {
			if _, err := idempotency.Begin(ctx, db, request(strings.Repeat("k", i)), noon.Add(time.Duration(i)*time.Second), noon, day); err != nil {
				t.Fatal(err)
			}
		}
		if n, err := idempotency.Sweep(ctx, db, noon.Add(2400*time.Second)); n != 2400 || err != nil {
			t.Fatal(n, err)
		}
		if n, err := idempotency.Sweep(ctx, db, noon.Add(time.Hour)); n != 100 || err != nil {
			t.Fatal(n, err)
		}
	})
}
