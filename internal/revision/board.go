// Package revision keeps what the nodes of a server have in memory as their
// database has it: settings that are read all the time and hardly ever changed.
//
// A topic is one kind of such settings. Its changes are numbered in the
// database, one after the other. The node that changes something reads it anew
// before the change is answered; the others do when a message tells them, and
// within [Every] when none comes.
//
// It knows nothing of what a topic is about, and keeps nothing of it.
package revision

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/apposengine/appos/internal/store"
)

// Every is how often the database is asked what other nodes have changed.
const Every = time.Second

// patience is how long the database may take to say what is new.
const patience = 10 * time.Second

// channel is where nodes tell each other that something was changed. What is said
// there decides nothing: whoever hears it asks the database.
const channel = "revision"

// Messages go between the nodes, as far as they can. A cache.Cache is one.
type Messages interface {
	Publish(ctx context.Context, channel string, message []byte)
	Subscribe(channel string, f func(message []byte)) (cancel func())
}

// Tables are what the package keeps; the database has them before topics are used.
func Tables() []store.Table {
	return []store.Table{{
		Name: "appos_revision",
		Columns: []store.Column{
			{Name: "topic", Type: store.Text},
			{Name: "revision", Type: store.Int}, // the number of the last change
		},
		Key: []string{"topic"},
	}}
}

// Board is all topics of a server. All methods may be called from several
// goroutines.
type Board struct {
	db       store.DB
	messages Messages // nil: other nodes find out by asking

	mu     sync.Mutex
	topics []*Topic
}

// New returns a board without topics.
func New(db store.DB, messages Messages) *Board { return &Board{db: db, messages: messages} }

// Topic is one kind of settings.
type Topic struct {
	board *Board
	name  string
	load  func(ctx context.Context, revision int64) error

	mu   sync.Mutex // held while load runs
	seen atomic.Int64
}

// Topic adds a topic. load reads everything of it into memory, as of the revision
// or later; it is called by one goroutine at a time, and again when it failed.
func (b *Board) Topic(name string, load func(ctx context.Context, revision int64) error) *Topic {
	t := &Topic{board: b, name: name, load: load}
	t.seen.Store(-1)
	b.mu.Lock()
	defer b.mu.Unlock()
	b.topics = append(b.topics, t)
	return t
}

// Refresh reads what was changed since it was last read, by whomever. It returns
// the first error, and reads the other topics all the same.
func (b *Board) Refresh(ctx context.Context) error {
	revisions, err := b.revisions(ctx)
	if err != nil {
		return err
	}
	b.mu.Lock()
	topics := slices.Clone(b.topics)
	b.mu.Unlock()
	for _, t := range topics {
		if failed := t.reach(ctx, revisions[t.name]); failed != nil && err == nil {
			err = failed
		}
	}
	return err
}

func (b *Board) revisions(ctx context.Context) (map[string]int64, error) {
	rows, err := b.db.Query(ctx, `SELECT topic, revision FROM appos_revision`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	all := map[string]int64{}
	for rows.Next() {
		var name string
		var n int64
		if err := rows.Scan(&name, &n); err != nil {
			return nil, err
		}
		all[name] = n
	}
	return all, rows.Err()
}

// reach loads the topic unless it was read at the revision or later.
func (t *Topic) reach(ctx context.Context, revision int64) error {
	if t.seen.Load() >= revision {
		return nil
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.seen.Load() >= revision {
		return nil
	}
	if err := t.load(ctx, revision); err != nil {
		return err
	}
	t.seen.Store(revision)
	return nil
}

// Change runs f in a transaction that moves the topic's revision, which it is
// told. Changes of a topic happen one after the other. Once stored, the change is
// read on this node before Change returns, and others are told. In a transaction
// of the caller that is when it is stored.
func (t *Topic) Change(ctx context.Context, f func(ctx context.Context, revision int64) error) error {
	db := t.board.db
	return db.Tx(ctx, func(ctx context.Context) error {
		var revision int64
		// first, so that others wait here and then see what this one has changed. A
		// number is at least the time in microseconds, so that one that nodes have
		// seen does not come again after a database was restored from a backup.
		at := time.Now().UnixMicro()
		err := db.QueryRow(ctx, []any{&revision}, `INSERT INTO appos_revision (topic, revision) VALUES (?, ?) ON CONFLICT (topic) DO UPDATE
			SET revision = CASE WHEN appos_revision.revision >= excluded.revision THEN appos_revision.revision + 1 ELSE excluded.revision END RETURNING revision`, t.name, at)
		if err != nil {
			return err
		}
		db.AfterCommit(ctx, func() { t.changed(revision) })
		return f(ctx, revision)
	})
}

// changed takes over a change that was stored. When the database fails just now,
// Run finds out later.
func (t *Topic) changed(revision int64) {
	ctx, cancel := context.WithTimeout(context.Background(), patience) // the transaction's is over
	defer cancel()
	_ = t.reach(ctx, revision)
	if m := t.board.messages; m != nil {
		m.Publish(ctx, channel, []byte(t.name))
	}
}

// Run takes over what other nodes change, until ctx ends.
func (b *Board) Run(ctx context.Context) {
	told := make(chan struct{}, 1)
	if b.messages != nil {
		cancel := b.messages.Subscribe(channel, func([]byte) {
			select {
			case told <- struct{}{}:
			default: // it looks anyhow
			}
		})
		defer cancel()
	}
	tick := time.NewTicker(Every)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		case <-told:
		}
		bounded, cancel := context.WithTimeout(ctx, patience)
		_ = b.Refresh(bounded) // the database says by itself when it fails
		cancel()
	}
}
