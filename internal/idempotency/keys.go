package idempotency

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"time"

	"github.com/apposengine/appos/internal/store"
)

// MaxAnswer is how many bytes of an answer are kept at most.
const MaxAnswer = 1 << 20

// Request is what a key stands for.
type Request struct {
	Key     string // from Key
	Account string // the name, for people
	Method  string
	Path    string // with the query
	Body    string // a hash; "" when it is known only later
	Rights  string // a hash of what the account may do
}

// Key is how the key of a caller is kept: two callers that choose the same have
// nothing to do with each other.
func Key(caller, key string) string {
	sum := sha256.Sum256([]byte(caller + "\x00" + key))
	return hex.EncodeToString(sum[:])
}

// Answer is what a request was answered.
type Answer struct {
	Status int
	Header map[string][]string
	Body   []byte
}

// Kept is what is known of a request that was made before.
type Kept struct {
	Request
	Answer
	Large      bool // the body was too large to be kept
	AliveUntil time.Time
}

// Done says whether the request was answered. If not, somebody works on it or, at
// a time after AliveUntil, nobody knows what became of it.
func (k *Kept) Done() bool { return k.Status != 0 }

// Begin claims the key for a request. It returns nil when nobody has used the
// key in the time for which answers are kept, else what is known of who has. In a
// transaction it waits for another that has claimed the key; what it claims is
// then seen by others once the transaction is stored.
func Begin(ctx context.Context, db store.DB, r Request, now, aliveUntil time.Time, keep time.Duration) (*Kept, error) {
	for {
		n, err := db.Exec(ctx, `INSERT INTO appos_idempotency ("key", "account", "method", "path", "body", "rights", "status", "header", "answer", "large", "created_at", "alive_until")
			VALUES (?, ?, ?, ?, ?, ?, 0, ?, ?, ?, ?, ?) ON CONFLICT ("key") DO NOTHING`,
			r.Key, r.Account, r.Method, r.Path, r.Body, r.Rights, store.JSON(`{}`), []byte{}, false, now, aliveUntil)
		if err != nil || n == 1 {
			return nil, err
		}
		k, created, err := find(ctx, db, r.Key)
		switch {
		case errors.Is(err, store.ErrNoRows):
			continue // it was given up just now
		case err != nil:
			return nil, err
		case created.Add(keep).After(now):
			return k, nil
		}
		// its time is over: whoever removes it, the key is new
		if _, err := db.Exec(ctx, `DELETE FROM appos_idempotency WHERE "key" = ? AND "created_at" = ?`, r.Key, created); err != nil {
			return nil, err
		}
	}
}

func find(ctx context.Context, db store.DB, key string) (*Kept, time.Time, error) {
	k := Kept{Request: Request{Key: key}}
	var header store.JSON
	var created time.Time
	err := db.QueryRow(ctx, []any{&k.Account, &k.Method, &k.Path, &k.Request.Body, &k.Rights, &k.Status, &header, &k.Answer.Body, &k.Large, &created, &k.AliveUntil},
		`SELECT "account", "method", "path", "body", "rights", "status", "header", "answer", "large", "created_at", "alive_until" FROM appos_idempotency WHERE "key" = ?`, key)
	if err != nil {
		return nil, created, err
	}
	return &k, created, json.Unmarshal(header, &k.Header)
}

// Finish keeps the answer to a request that was claimed.
func Finish(ctx context.Context, db store.DB, r Request, a Answer) error {
	header, err := json.Marshal(a.Header)
	if err != nil {
		return err
	}
	large := len(a.Body) > MaxAnswer
	if large || a.Body == nil {
		a.Body = []byte{}
	}
	n, err := db.Exec(ctx, `UPDATE appos_idempotency SET "body" = ?, "status" = ?, "header" = ?, "answer" = ?, "large" = ? WHERE "key" = ? AND "status" = 0`,
		r.Body, a.Status, store.JSON(header), a.Body, large, r.Key)
	if err == nil && n == 0 {
		err = errors.New("the idempotency key is not claimed any more")
	}
	return err
}

// Alive says that somebody works on a request that was claimed, until a time.
func Alive(ctx context.Context, db store.DB, key string, until time.Time) error {
	_, err := db.Exec(ctx, `UPDATE appos_idempotency SET "alive_until" = ? WHERE "key" = ? AND "status" = 0`, until, key)
	return err
}

// Release gives up a claim: the next request with the key is the first.
func Release(ctx context.Context, db store.DB, key string) error {
	_, err := db.Exec(ctx, `DELETE FROM appos_idempotency WHERE "key" = ? AND "status" = 0`, key)
	return err
}

// batch is how many rows one statement removes: none keeps others waiting.
const batch = 1000

// Sweep removes what was claimed before a time, and says how many rows that were.
func Sweep(ctx context.Context, db store.DB, before time.Time) (removed int64, err error) {
	for {
		n, err := db.Exec(ctx, `DELETE FROM appos_idempotency WHERE "key" IN (SELECT "key" FROM appos_idempotency WHERE "created_at" < ? LIMIT ?)`, before, batch)
		removed += n
		if err != nil || n < batch {
			return removed, err
		}
	}
}
