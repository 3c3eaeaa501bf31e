package queue

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"github.com/apposengine/appos/internal/store"
)

// State is where a job is in its life.
type State string

// The states, in the order of a job's life.
const (
	Waiting  State = "available" // for room on a node
	Delayed  State = "scheduled" // for its time
	Retrying State = "retryable" // for another attempt after a failure
	Working  State = "running"
	Done     State = "completed"
	Stopped  State = "cancelled"
	Dead     State = "discarded" // it failed for good
)

// States lists them in the order of screens.
func States() []State {
	return []State{Waiting, Working, Delayed, Retrying, Dead, Done, Stopped}
}

// ErrNotFound is that there is no job, or no schedule, of that name: an old job is
// removed some time after it has ended.
var ErrNotFound = errors.New("there is none")

// ErrState is what cannot be done to a job in the state that it has.
var ErrState = errors.New("the job's state does not allow it")

// Overview is how a queue does.
type Overview struct {
	Name   string
	Paused bool
	Room   int // how many jobs this node runs at once
	Counts map[State]int64
	// Oldest is since when the job waits that has waited the longest; zero: none.
	Oldest time.Time
	// Minute is how many jobs were done in the last minute.
	Minute int64
}

// Overviews are the queues in the order of QueueNames.
func (q *Queue) Overviews(ctx context.Context) ([]Overview, error) {
	var all []Overview
	for _, name := range q.ordered() {
		all = append(all, Overview{Name: name, Room: q.options.Queues[name], Counts: map[State]int64{}})
	}
	find := func(name string) *Overview {
		i := slices.IndexFunc(all, func(o Overview) bool { return o.Name == name })
		if i < 0 { // a node of another version serves it
			all, i = append(all, Overview{Name: name, Counts: map[State]int64{}}), len(all)
		}
		return &all[i]
	}
	err := q.each(ctx, q.sql.counts, func(rows store.Rows) error {
		var queue, state string
		var n int64
		var oldest time.Time
		if err := rows.Scan(&queue, &state, &n, &oldest); err != nil {
			return err
		}
		o := find(queue)
		o.Counts[State(state)] = n
		if State(state) == Waiting {
			o.Oldest = oldest
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	err = q.each(ctx, q.sql.done, func(rows store.Rows) error {
		var queue string
		var n int64
		if err := rows.Scan(&queue, &n); err != nil {
			return err
		}
		find(queue).Minute = n
		return nil
	})
	if err != nil {
		return nil, err
	}
	return all, q.each(ctx, `SELECT name FROM river_queue WHERE paused_at IS NOT NULL`, func(rows store.Rows) error {
		var name string
		if err := rows.Scan(&name); err != nil {
			return err
		}
		find(name).Paused = true
		return nil
	})
}

// ordered are the queues, those that are known first.
func (q *Queue) ordered() []string {
	names := q.queueNames()
	rank := func(name string) int {
		if i := slices.Index(QueueNames(), name); i >= 0 {
			return i
		}
		return len(names) + len(QueueNames())
	}
	slices.SortStableFunc(names, func(a, b string) int { return rank(a) - rank(b) })
	return names
}

// each runs a query.
func (q *Queue) each(ctx context.Context, sql string, read func(store.Rows) error) error {
	rows, err := q.db.Query(ctx, sql)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := read(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

// Info is a job as people look at it.
type Info struct {
	ID          int64
	Kind, Queue string
	State       State
	Priority    int
	Attempt     int // how many attempts were begun
	MaxAttempts int
	User        int64
	Note        string
	Args        string // JSON
	Node        string // of the last attempt
	EnqueuedAt  time.Time
	DueAt       time.Time
	StartedAt   time.Time // of the last attempt; zero: none
	EndedAt     time.Time // zero: it has not ended
	Failures    []Failure // the oldest first
}

// Failure is an attempt that failed.
type Failure struct {
	At      time.Time
	Attempt int
	Text    string
}

// Query selects jobs. What is empty is not looked at.
type Query struct {
	State       State
	Queue, Kind string
	Before      int64 // an ID: only older jobs
	Limit       int   // the default is 50, the most 1000
}

// Jobs are those that a query selects, the newest first.
func (q *Queue) Jobs(ctx context.Context, query Query) ([]Info, error) {
	limit := query.Limit
	if limit <= 0 {
		limit = 50
	}
	p := river.NewJobListParams().OrderBy(river.JobListOrderByID, river.SortOrderDesc).First(min(limit, 1000))
	if query.State != "" {
		p = p.States(rivertype.JobState(query.State))
	}
	if query.Queue != "" {
		p = p.Queues(query.Queue)
	}
	if query.Kind != "" {
		p = p.Kinds(query.Kind)
	}
	if query.Before > 0 {
		p = p.Where("id < @before", river.NamedArgs{"before": query.Before})
	}
	rows, err := q.river.list(ctx, p)
	if err != nil {
		return nil, err
	}
	all := make([]Info, len(rows))
	for i, row := range rows {
		all[i] = info(row)
	}
	return all, nil
}

// Find returns one job.
func (q *Queue) Find(ctx context.Context, id int64) (Info, error) {
	row, err := q.river.get(ctx, id)
	if errors.Is(err, rivertype.ErrNotFound) {
		return Info{}, ErrNotFound
	}
	if err != nil {
		return Info{}, err
	}
	return info(row), nil
}

func info(row *rivertype.JobRow) Info {
	var n note
	_ = json.Unmarshal(row.Metadata, &n) // it is ours
	i := Info{
		ID: row.ID, Kind: row.Kind, Queue: row.Queue, State: State(row.State), Priority: row.Priority, Attempt: row.Attempt, MaxAttempts: row.MaxAttempts,
		User: n.User, Note: n.Text, Args: compact(row.EncodedArgs), EnqueuedAt: row.CreatedAt, DueAt: row.ScheduledAt,
	}
	if len(row.AttemptedBy) > 0 {
		i.Node = row.AttemptedBy[len(row.AttemptedBy)-1]
	}
	if row.AttemptedAt != nil {
		i.StartedAt = *row.AttemptedAt
	}
	if row.FinalizedAt != nil {
		i.EndedAt = *row.FinalizedAt
	}
	for _, e := range row.Errors {
		i.Failures = append(i.Failures, Failure{e.At, e.Attempt, e.Error})
	}
	return i
}

// compact is JSON without the spaces that a database writes into it.
func compact(text []byte) string {
	var b bytes.Buffer
	if json.Compact(&b, text) != nil {
		return string(text)
	}
	return b.String()
}

// Kinds are the names of the kinds of jobs, sorted.
func (q *Queue) Kinds() []string {
	var all []string
	for name := range q.kinds {
		all = append(all, name)
	}
	slices.Sort(all)
	return all
}

// NodeInfo is a node that runs jobs, or did until lately.
type NodeInfo struct {
	ID, Host, Version string
	Queues            string // such as "default 10, webhooks 10"
	Running           int64
	StartedAt, BeatAt time.Time
	Alive             bool
}

// Nodes are those that run jobs, the newest first.
func (q *Queue) Nodes(ctx context.Context) ([]NodeInfo, error) {
	var all []NodeInfo
	err := q.each(ctx, `SELECT id, host, version, queues, running, started_at, beat_at, `+q.sql.now+` FROM appos_node ORDER BY started_at DESC, id`, func(rows store.Rows) error {
		var n NodeInfo
		var now time.Time
		if err := rows.Scan(&n.ID, &n.Host, &n.Version, &n.Queues, &n.Running, &n.StartedAt, &n.BeatAt, &now); err != nil {
			return err
		}
		n.Alive = now.Sub(n.BeatAt) <= q.beat.dead
		all = append(all, n)
		return nil
	})
	return all, err
}

// ScheduleInfo is a periodic job.
type ScheduleInfo struct {
	Name    string
	Every   time.Duration
	Next    time.Time
	Last    time.Time // zero: never yet
	LastJob int64
}

// Schedules are the periodic jobs of this program, by name.
func (q *Queue) Schedules(ctx context.Context) ([]ScheduleInfo, error) {
	var all []ScheduleInfo
	for _, s := range q.schedules {
		all = append(all, ScheduleInfo{Name: s.name, Every: s.every})
	}
	slices.SortFunc(all, func(a, b ScheduleInfo) int { return strings.Compare(a.Name, b.Name) })
	return all, q.each(ctx, `SELECT name, next_at, last_at, last_job FROM appos_schedule`, func(rows store.Rows) error {
		var name string
		var next time.Time
		var last *time.Time
		var job *int64
		if err := rows.Scan(&name, &next, &last, &job); err != nil {
			return err
		}
		i := slices.IndexFunc(all, func(s ScheduleInfo) bool { return s.Name == name })
		if i < 0 {
			return nil // a schedule of another version
		}
		all[i].Next = next
		if last != nil {
			all[i].Last = *last
		}
		if job != nil {
			all[i].LastJob = *job
		}
		return nil
	})
}
