package queue

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync/atomic"
	"time"
)

// newNode is an id that no other process has or had.
func newNode() (id, host string) {
	host, err := os.Hostname()
	if err != nil || host == "" {
		host = "unknown"
	}
	var b [6]byte
	_, _ = rand.Read(b[:]) // never fails
	return fmt.Sprintf("%s-%d-%s", clip(host, 60), os.Getpid(), hex.EncodeToString(b[:])), host
}

// forgotten is how long a dead node is still shown.
const forgotten = time.Hour

// beat is how a node shows that it is alive. Times are in nanoseconds since begin.
type beat struct {
	dead  time.Duration
	began time.Time    // by the monotonic clock
	wall  time.Time    // the same by the clock on the wall
	last  atomic.Int64 // when the last beat that was stored began
	late  atomic.Int64 // when a beat was last late, or 0
}

func (b *beat) begin() {
	b.began = time.Now()
	b.wall = b.began.Round(0)
	b.last.Store(0)
}

// since goes by the clock that has gone further: the monotonic one stands still
// while the machine sleeps, the one on the wall may be set back.
func (b *beat) since() int64 {
	now := time.Now()
	return int64(max(now.Sub(b.began), now.Round(0).Sub(b.wall)))
}

// fresh says that no other node can have taken jobs of this one that still run.
func (b *beat) fresh() bool {
	now, late := b.since(), b.late.Load()
	age := now - b.last.Load()
	return age >= 0 && age < int64(b.dead) && (late == 0 || now-late > int64(maxTimeout))
}

// stored notes that a beat was stored which began then.
func (b *beat) stored(began int64) {
	if last := b.last.Swap(began); b.since()-last >= int64(b.dead) {
		b.late.Store(b.since())
	}
}

// appear makes the node's row, and beats until ctx ends.
func (q *Queue) appear(ctx context.Context) error {
	q.beat.begin()
	_, err := q.db.Exec(ctx, `INSERT INTO appos_node (id, host, version, queues, running, started_at, beat_at) VALUES (?, ?, ?, ?, 0, `+q.sql.now+`, `+q.sql.now+`)`,
		q.node, q.host, q.options.Version, q.served())
	return err
}

// served describes the queues and their room.
func (q *Queue) served() string {
	var all []string
	for name, n := range q.options.Queues {
		all = append(all, fmt.Sprintf("%s %d", name, n))
	}
	slices.Sort(all)
	return strings.Join(all, ", ")
}

// live beats, gives the jobs of dead nodes back and looks at schedules, until ctx
// ends.
func (q *Queue) live(ctx context.Context) {
	ticker := time.NewTicker(q.beat.dead / 3)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		q.complain(ctx, "showing that this node is alive", q.pulse(ctx))
		q.complain(ctx, "taking the jobs of nodes that are gone", q.reap(ctx))
		q.complain(ctx, "enqueueing periodic jobs", q.tick(ctx))
	}
}

// pulse is one beat.
func (q *Queue) pulse(ctx context.Context) error {
	began := q.beat.since()
	ctx, cancel := context.WithTimeout(ctx, q.beat.dead)
	defer cancel()
	n, err := q.db.Exec(ctx, `UPDATE appos_node SET running = ?, beat_at = `+q.sql.now+` WHERE id = ?`, q.figures.running(), q.node)
	if err == nil && n == 0 { // it was dead for so long that it was forgotten
		q.beat.late.Store(began)
		_, err = q.db.Exec(ctx, `INSERT INTO appos_node (id, host, version, queues, running, started_at, beat_at) VALUES (?, ?, ?, ?, 0, `+q.sql.now+`, `+q.sql.now+`)`,
			q.node, q.host, q.options.Version, q.served())
	}
	if err == nil {
		q.beat.stored(began)
	}
	return err
}

// reap gives the jobs of nodes that are gone to the others. Any number of nodes may
// do so at once.
func (q *Queue) reap(ctx context.Context) error {
	var now time.Time
	if err := q.db.QueryRow(ctx, []any{&now}, `SELECT `+q.sql.now); err != nil {
		return err
	}
	horizon := now.Add(-q.beat.dead)
	var orphans int64
	if err := q.db.QueryRow(ctx, []any{&orphans}, q.sql.orphans, horizon); err != nil || orphans == 0 {
		return err
	}
	err := q.db.Tx(ctx, func(ctx context.Context) error {
		buried, err := q.db.Exec(ctx, q.sql.bury, horizon)
		if err != nil {
			return err
		}
		freed, err := q.db.Exec(ctx, q.sql.release, horizon)
		if err != nil {
			return err
		}
		if _, err := q.db.Exec(ctx, `DELETE FROM appos_node WHERE beat_at < ?`, now.Add(-forgotten)); err != nil {
			return err
		}
		q.db.AfterCommit(ctx, func() {
			q.options.Logger.Warn("jobs of nodes that are gone were taken", "again", freed, "discarded", buried)
			q.river.wake(q.queueNames())
		})
		return nil
	})
	return err
}

// vanish takes the node's row away: what it still runs is for others, and from now
// on not for it to end.
func (q *Queue) vanish(ctx context.Context) error {
	q.beat.late.Store(q.beat.since())
	_, err := q.db.Exec(ctx, `DELETE FROM appos_node WHERE id = ?`, q.node)
	return err
}

func (q *Queue) complain(ctx context.Context, doing string, err error) {
	if err != nil && ctx.Err() == nil {
		q.options.Logger.Warn(doing + ": " + err.Error())
	}
}
