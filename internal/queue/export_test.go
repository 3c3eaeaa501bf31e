package queue

import (
	"database/sql"

	"github.com/jackc/pgx/v5"
)

// Gone is closed when the last job of a node that has stopped has ended.
func (q *Queue) Gone() <-chan struct{} {
	if e, ok := q.river.(*on[pgx.Tx]); ok {
		return e.client.Stopped()
	}
	return q.river.(*on[*sql.Tx]).client.Stopped()
}
