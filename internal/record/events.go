package record

import (
	"cmp"
	"context"
	"encoding/base64"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/apposengine/appos/internal/object"
	"github.com/apposengine/appos/internal/store"
	"github.com/apposengine/appos/internal/wire"
)

// Event is an entry of the event log of an app.
type Event struct {
	ID          int64 // in its log
	App         string
	Name        string
	Fields      json.RawMessage // an object
	By          string
	At          time.Time
	ExecutionID string

	log int // its position among the logs that were read
}

// EventQuery says which events to read, newest first. The zero query reads the
// latest 50 of all apps.
type EventQuery struct {
	App         string // "" is all
	Name        string // a part of the name; "" is all
	By          string // the sign-in name; "" is everybody
	ExecutionID string
	Since       time.Time
	Limit       int    // 0 is 50; at most object.MaxHistory
	After       string // the cursor of the page before
}

// Events reads the event logs of apps, whichever databases they are in, as one.
// The second result is the cursor of the next page, "" at the end. It does not
// ask who reads: the caller does.
func (r *Records) Events(ctx context.Context, q EventQuery) ([]Event, string, error) {
	if q.Limit == 0 {
		q.Limit = defaultHistory
	}
	if q.Limit < 0 || q.Limit > object.MaxHistory {
		return nil, "", object.Errorf(object.Invalid, "a page of events has 1 to %d", object.MaxHistory)
	}
	for _, text := range []string{q.Name, q.By, q.ExecutionID} {
		if err := wire.CheckText(text); err != nil || len(text) > maxPattern {
			return nil, "", object.Errorf(object.Invalid, "events cannot be found by this text")
		}
	}
	place, err := eventPlace(q.After)
	if err != nil {
		return nil, "", err
	}
	var all []Event
	for i, l := range r.eventLogs() {
		if q.App != "" && l.app != q.App {
			continue
		}
		more, err := l.read(ctx, i, q, place)
		if err != nil {
			return nil, "", databaseError(err)
		}
		all = append(all, more...)
	}
	slices.SortFunc(all, func(a, b Event) int {
		return cmp.Or(b.At.Compare(a.At), cmp.Compare(a.log, b.log), cmp.Compare(b.ID, a.ID))
	})
	if len(all) <= q.Limit {
		return all, "", nil
	}
	all = all[:q.Limit]
	return all, all[q.Limit-1].cursor(), nil
}

// eventLog is the log of an app in one database.
type eventLog struct {
	app string
	db  store.DB
}

func (r *Records) eventLogs() []eventLog {
	var all []eventLog
	for _, app := range r.apps {
		for _, s := range r.stores {
			if s.DB != nil && (s.System == nil || slices.ContainsFunc(r.plans, func(p *Plan) bool { return p.o.App.Name == app && p.rec.StoredIn == s.System })) {
				all = append(all, eventLog{app, s.DB})
			}
		}
	}
	return all
}

func (l eventLog) read(ctx context.Context, position int, q EventQuery, place *Event) ([]Event, error) {
	var b strings.Builder
	b.WriteString(`SELECT "id", "name", "fields", "created_by", "created_at", "execution_id" FROM ` + store.Quote(eventTable(l.app)) + " WHERE 1 = 1")
	var args []any
	and := func(condition string, more ...any) {
		b.WriteString(" AND " + condition)
		args = append(args, more...)
	}
	if q.Name != "" {
		and(`"name" `+l.db.Dialect().Like()+` ? ESCAPE '\'`, containing(q.Name))
	}
	if q.By != "" {
		and(`"created_by" = ?`, q.By)
	}
	if q.ExecutionID != "" {
		and(`"execution_id" = ?`, q.ExecutionID)
	}
	if !q.Since.IsZero() {
		and(`"created_at" >= ?`, q.Since.UTC().Truncate(time.Microsecond))
	}
	switch {
	case place == nil:
	case position < place.log:
		and(`"created_at" < ?`, place.At)
	case position == place.log:
		and(`("created_at" < ? OR "created_at" = ? AND "id" < ?)`, place.At, place.At, place.ID)
	default:
		and(`"created_at" <= ?`, place.At)
	}
	b.WriteString(` ORDER BY "created_at" DESC, "id" DESC LIMIT ?`)
	rows, err := l.db.Query(ctx, b.String(), append(args, int64(q.Limit)+1)...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var all []Event
	for rows.Next() {
		e := Event{App: l.app, log: position}
		var fields store.JSON
		if err := rows.Scan(&e.ID, &e.Name, &fields, &e.By, &e.At, &e.ExecutionID); err != nil {
			return nil, err
		}
		e.Fields = json.RawMessage(slices.Clone(fields))
		all = append(all, e)
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	return all, rows.Close()
}

// cursor is the place of an event among those of all logs: time, log, id.
func (e Event) cursor() string {
	return base64.RawURLEncoding.EncodeToString([]byte(strconv.FormatInt(e.At.UnixMicro(), 10) + " " + strconv.Itoa(e.log) + " " + strconv.FormatInt(e.ID, 10)))
}

func eventPlace(cursor string) (*Event, error) {
	if cursor == "" {
		return nil, nil
	}
	data, err := base64.RawURLEncoding.DecodeString(cursor)
	parts := strings.Split(string(data), " ")
	if err == nil && len(parts) == 3 {
		at, e1 := strconv.ParseInt(parts[0], 10, 64)
		log, e2 := strconv.Atoi(parts[1])
		id, e3 := strconv.ParseInt(parts[2], 10, 64)
		if e1 == nil && e2 == nil && e3 == nil {
			return &Event{At: time.UnixMicro(at).UTC(), log: log, ID: id}, nil
		}
	}
	return nil, object.Errorf(object.Invalid, "the cursor is not one of the events; begin again without it")
}
