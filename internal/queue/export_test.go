package queue

import (
	"database/sql"
	"time"

	"github.com/jackc/pgx/v5"
)

// Gone is closed when the last job of a node that has stopped has ended.
func (q *Queue) Gone() <-chan struct{} {
	if e, ok := q.river.(*on[pgx.Tx]); ok {
		return e.client.Stopped()
	}
	return q.river.(*on[*sql.Tx]).client.Stopped()
}

// Clock is how a node knows that it was heard in time.
type Clock struct{ beat }

// NewClock is that of a node that was just heard.
func NewClock(dead time.Duration) *Clock {
	c := &Clock{beat{dead: dead}}
	c.begin()
	return c
}

// Beat has the node heard now.
func (c *Clock) Beat() { c.stored(c.since()) }

// Fresh says that the node ends its jobs without asking whose they are.
func (c *Clock) Fresh() bool { return c.fresh() }

// Sleep has the machine sleep, for which the monotonic clock stands still.
func (c *Clock) Sleep(d time.Duration) { c.wall = c.wall.Add(-d) }
