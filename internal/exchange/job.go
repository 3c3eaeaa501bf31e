package exchange

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/apposengine/appos/internal/object"
	"github.com/apposengine/appos/internal/store"
)

// State is where an import stands.
type State string

// The states of imports.
const (
	Running   State = "running"   // or cut off, when nobody has moved it for a while
	Done      State = "done"      // all rows were read; those that failed are in the report
	Refused   State = "refused"   // nothing was stored: rows, or the file, are wrong
	Failed    State = "failed"    // it stopped at its position and can be resumed
	Cancelled State = "cancelled" // it was told to stop at its position
)

// Stalled is how long a running import may not move until it counts as cut off.
const Stalled = 30 * time.Second

// Job is an import: what it was asked for, and how far it is.
type Job struct {
	ID      int64   `json:"id"`
	Record  string  `json:"record"`
	User    string  `json:"user"`
	File    string  `json:"-"`
	Name    string  `json:"name"`
	Size    int64   `json:"size"`
	Hash    string  `json:"-"`
	Options Options `json:"options"`
	State   State   `json:"state"`
	Message string  `json:"message,omitempty"`
	Counts
	StartedAt time.Time `json:"started_at"`
	UpdatedAt time.Time `json:"updated_at"`
}

// Counts say what became of the rows of a file.
type Counts struct {
	Pass      int   `json:"-"`
	Rows      int64 `json:"rows"` // read and done with, of the current pass
	Created   int64 `json:"created"`
	Updated   int64 `json:"updated"`
	Unchanged int64 `json:"unchanged"`
	Failed    int64 `json:"failed"`
	pending   int64
	reported  int64
}

// Resumable says whether the import can go on.
func (j *Job) Resumable(now time.Time) bool {
	switch j.State {
	case Failed, Cancelled:
		return !j.Options.DryRun && j.Options.OnError == Continue
	case Running:
		return now.Sub(j.UpdatedAt) > Stalled && !j.Options.DryRun
	}
	return false
}

const jobColumns = `"id", "record", "user", "file", "name", "size", "hash", "options", "state", "message", "pass", "position", "created", "updated", "unchanged", "failed", "pending", "reported", "started_at", "updated_at"`

func scanJob(scan func(...any) error) (*Job, error) {
	var j Job
	var options store.JSON
	var state string
	err := scan(&j.ID, &j.Record, &j.User, &j.File, &j.Name, &j.Size, &j.Hash, &options, &state, &j.Message,
		&j.Pass, &j.Rows, &j.Created, &j.Updated, &j.Unchanged, &j.Failed, &j.pending, &j.reported, &j.StartedAt, &j.UpdatedAt)
	if err != nil {
		return nil, err
	}
	j.State = State(state)
	return &j, json.Unmarshal(options, &j.Options)
}

// Jobs lists the imports in a database that began last.
func Jobs(ctx context.Context, db store.DB, limit int) ([]*Job, error) {
	rows, err := db.Query(ctx, `SELECT `+jobColumns+` FROM appos_import ORDER BY "id" DESC LIMIT ?`, limit)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var all []*Job
	for rows.Next() {
		j, err := scanJob(rows.Scan)
		if err != nil {
			return nil, err
		}
		all = append(all, j)
	}
	return all, errors.Join(rows.Err(), rows.Close())
}

// Find returns the import with the id.
func Find(ctx context.Context, db store.DB, id int64) (*Job, error) {
	j, err := scanJob(func(dst ...any) error {
		return db.QueryRow(ctx, dst, `SELECT `+jobColumns+` FROM appos_import WHERE "id" = ?`, id)
	})
	if errors.Is(err, store.ErrNoRows) {
		return nil, object.Errorf(object.NotFound, "there is no import %d", id)
	}
	return j, err
}

// Cancel has a running import stop after its batch.
func Cancel(ctx context.Context, db store.DB, id int64) error {
	n, err := db.Exec(ctx, `UPDATE appos_import SET "state" = ? WHERE "id" = ? AND "state" = ?`, string(Cancelled), id, string(Running))
	if err == nil && n == 0 {
		err = object.Errorf(object.Conflict, "import %d is not running", id)
	}
	return err
}

func (j *Job) insert(ctx context.Context, db store.DB) error {
	options, err := json.Marshal(j.Options)
	if err != nil {
		return err
	}
	return db.QueryRow(ctx, []any{&j.ID}, `INSERT INTO appos_import ("record", "user", "file", "name", "size", "hash", "options", "state", "message", "pass", "position", "created", "updated", "unchanged", "failed", "pending", "reported", "started_at", "updated_at")
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, '', 0, 0, 0, 0, 0, 0, 0, 0, ?, ?) RETURNING "id"`,
		j.Record, j.User, j.File, j.Name, j.Size, j.Hash, store.JSON(options), string(j.State), j.StartedAt, j.UpdatedAt)
}

// advance stores where the import is now, unless somebody else has moved it or
// cancelled it: then the transaction must not be stored.
func (j *Job) advance(ctx context.Context, db store.DB, from, to Counts, now time.Time) error {
	n, err := db.Exec(ctx, `UPDATE appos_import SET "pass" = ?, "position" = ?, "created" = ?, "updated" = ?, "unchanged" = ?, "failed" = ?, "pending" = ?, "reported" = ?, "updated_at" = ?
		WHERE "id" = ? AND "state" = ? AND "pass" = ? AND "position" = ?`,
		to.Pass, to.Rows, to.Created, to.Updated, to.Unchanged, to.Failed, to.pending, to.reported, now,
		j.ID, string(Running), from.Pass, from.Rows)
	if err == nil && n == 0 {
		err = errMoved
	}
	return err
}

// errMoved says that the import is not this process' any more.
var errMoved = object.Errorf(object.Conflict, "the import was cancelled, or is done by another process")

// take makes an import that was cut off this process' own.
func (j *Job) take(ctx context.Context, db store.DB, now time.Time) error {
	n, err := db.Exec(ctx, `UPDATE appos_import SET "state" = ?, "message" = '', "updated_at" = ? WHERE "id" = ? AND "state" = ? AND "updated_at" = ?`,
		string(Running), now, j.ID, string(j.State), j.UpdatedAt)
	if err == nil && n == 0 {
		err = object.Errorf(object.Conflict, "import %d is being resumed already", j.ID)
	}
	j.State, j.Message, j.UpdatedAt = Running, "", now
	return err
}

// end stores how the import ended.
func (j *Job) end(ctx context.Context, db store.DB, state State, message string, now time.Time) error {
	j.State, j.Message, j.UpdatedAt = state, message, now
	_, err := db.Exec(context.WithoutCancel(ctx), `UPDATE appos_import SET "state" = ?, "message" = ?, "created" = ?, "updated" = ?, "unchanged" = ?, "failed" = ?, "position" = ?, "reported" = ?, "updated_at" = ? WHERE "id" = ? AND "state" <> ?`,
		string(state), message, j.Created, j.Updated, j.Unchanged, j.Failed, j.Rows, j.reported, now, j.ID, string(Cancelled))
	return err
}
