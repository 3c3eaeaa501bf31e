package queue

import (
	"context"
	"database/sql"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/riverdriver/riversqlite"
	"github.com/riverqueue/river/rivertype"
)

// sqliteDriver is River's driver for SQLite with our listener and the fence.
type sqliteDriver struct {
	*riversqlite.Driver
	q     *Queue
	local *outbox
}

var _ riverdriver.Driver[*sql.Tx] = (*sqliteDriver)(nil)

// GetListener implements riverdriver.Driver.
func (d *sqliteDriver) GetListener(*riverdriver.GetListenenerParams) riverdriver.Listener {
	return d.local
}

// GetExecutor implements riverdriver.Driver.
func (d *sqliteDriver) GetExecutor() riverdriver.Executor {
	return &fence{d.Driver.GetExecutor(), d.q}
}

// postgresDriver is River's driver for PostgreSQL with the fence.
type postgresDriver struct {
	*riverpgxv5.Driver
	q *Queue
}

var _ riverdriver.Driver[pgx.Tx] = (*postgresDriver)(nil)

// GetExecutor implements riverdriver.Driver.
func (d *postgresDriver) GetExecutor() riverdriver.Executor {
	return &fence{d.Driver.GetExecutor(), d.q}
}

// fence keeps a node that was taken for dead from ending jobs that others run now.
// River ends a job where it is running, whoever runs it.
type fence struct {
	riverdriver.Executor
	q *Queue
}

// JobSetStateIfRunningMany implements riverdriver.Executor. While the node has
// shown in time that it is alive nobody can have taken its jobs, and there is
// nothing to ask.
func (f *fence) JobSetStateIfRunningMany(ctx context.Context, p *riverdriver.JobSetStateIfRunningManyParams) ([]*rivertype.JobRow, error) {
	if f.q.beat.fresh() {
		return f.Executor.JobSetStateIfRunningMany(ctx, p)
	}
	mine, err := f.q.owned(ctx, p.ID)
	if err != nil {
		return nil, err
	}
	left := &riverdriver.JobSetStateIfRunningManyParams{Now: p.Now, Schema: p.Schema}
	for i, id := range p.ID {
		if !mine[id] {
			continue
		}
		left.ID = append(left.ID, id)
		left.Attempt = append(left.Attempt, p.Attempt[i])
		left.ErrData = append(left.ErrData, p.ErrData[i])
		left.FinalizedAt = append(left.FinalizedAt, p.FinalizedAt[i])
		left.MetadataDoMerge = append(left.MetadataDoMerge, p.MetadataDoMerge[i])
		left.MetadataUpdates = append(left.MetadataUpdates, p.MetadataUpdates[i])
		left.ScheduledAt = append(left.ScheduledAt, p.ScheduledAt[i])
		left.State = append(left.State, p.State[i])
	}
	if len(left.ID) == 0 {
		return nil, nil
	}
	return f.Executor.JobSetStateIfRunningMany(ctx, left)
}

// owned says which of the jobs this node runs.
func (q *Queue) owned(ctx context.Context, ids []int64) (map[int64]bool, error) {
	args := make([]any, 0, len(ids)+1)
	args = append(args, q.node)
	for _, id := range ids {
		args = append(args, id)
	}
	rows, err := q.db.Query(ctx, `SELECT id FROM river_job WHERE state = 'running' AND `+q.sql.lastNode+` = ? AND id IN (?`+strings.Repeat(", ?", len(ids)-1)+`)`, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	mine := map[int64]bool{}
	for rows.Next() {
		var id int64
		if err := rows.Scan(&id); err != nil {
			return nil, err
		}
		mine[id] = true
	}
	return mine, rows.Err()
}
