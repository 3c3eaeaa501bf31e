package queue

import "github.com/apposengine/appos/internal/store"

// dialect is the SQL on River's tables that differs between databases. River has
// no verbs for it; a test runs it on the version that go.mod pins.
type dialect struct {
	now      string // the database's clock, as the store's times: nodes' clocks differ
	lastNode string // the node of a job's last attempt
	state    string // a job's state as text

	owned   string // a job of an attempt and a node, locked
	orphans string // whether running jobs have no live node
	release string // gives the jobs of dead nodes back
	bury    string // discards those that had their last attempt
	discard string // ends a job that waits
	counts  string // jobs that have not been done, by queue and state, and since when the oldest waits
	done    string // how many were done in the last minute, by queue
}

// dead selects the running jobs whose node has not shown that it is alive since a
// time, which is the argument.
func (d *dialect) dead() string {
	return `state = 'running' AND NOT EXISTS (SELECT 1 FROM appos_node n WHERE n.id = ` + d.lastNode + ` AND n.beat_at > ?)`
}

func dialectOf(db store.DB) dialect {
	d := dialect{
		now:      `CAST(unixepoch('subsec') * 1000000 AS INTEGER)`,
		lastNode: `(river_job.attempted_by ->> '$[#-1]')`,
		state:    `state`,
	}
	stamp := `strftime('%Y-%m-%d %H:%M:%f', 'now')` // as River writes times
	addError := `jsonb_insert(COALESCE(errors, jsonb('[]')), '$[#]', jsonb_object('at', strftime('%Y-%m-%dT%H:%M:%fZ', 'now'), 'attempt', attempt, 'error', 'the node that ran it went away', 'trace', ''))`
	if db.Dialect() == store.PostgreSQL {
		d.now = `clock_timestamp()`
		d.lastNode = `river_job.attempted_by[array_upper(river_job.attempted_by, 1)]`
		d.state = `state::text`
		stamp = `now()`
		addError = `array_append(errors, jsonb_build_object('at', to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), 'attempt', attempt, 'error', 'the node that ran it went away', 'trace', ''))`
	}
	oldest, minute := `CAST(unixepoch(MIN(scheduled_at), 'subsec') * 1000000 AS INTEGER)`, `strftime('%Y-%m-%d %H:%M:%f', 'now', '-60 seconds')`
	if db.Dialect() == store.PostgreSQL {
		oldest, minute = `MIN(scheduled_at)`, `now() - interval '1 minute'`
	}
	d.counts = `SELECT queue, ` + d.state + `, COUNT(*), ` + oldest + ` FROM river_job WHERE state IN ('available', 'pending', 'retryable', 'running', 'scheduled', 'discarded') GROUP BY queue, state`
	d.done = `SELECT queue, COUNT(*) FROM river_job WHERE state = 'completed' AND finalized_at > ` + minute + ` GROUP BY queue`
	d.owned = `SELECT 1 FROM river_job WHERE id = ? AND state = 'running' AND attempt = ? AND ` + d.lastNode + ` = ?` + db.Dialect().Lock(store.ToUpdate)
	d.orphans = `SELECT COUNT(*) FROM river_job WHERE ` + d.dead()
	d.release = `UPDATE river_job SET state = 'available', scheduled_at = ` + stamp + `, errors = ` + addError + ` WHERE attempt < max_attempts AND ` + d.dead()
	d.bury = `UPDATE river_job SET state = 'discarded', finalized_at = ` + stamp + `, errors = ` + addError + ` WHERE attempt >= max_attempts AND ` + d.dead()
	d.discard = `UPDATE river_job SET state = 'discarded', finalized_at = ` + stamp + ` WHERE id = ? AND state IN ('available', 'pending', 'retryable', 'scheduled')`
	return d
}
