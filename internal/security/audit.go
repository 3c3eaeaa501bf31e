package security

import (
	"context"
	"encoding/json"
	"time"

	"github.com/apposengine/appos/internal/object"
	"github.com/apposengine/appos/internal/store"
)

// Change is an entry of the audit: who changed what.
type Change struct {
	ID          int64
	At          time.Time
	Actor       string          // a user; "system" is the platform itself
	Action      string          // such as "user.update"
	Subject     string          // such as "user:ana", "group:sales", or a reference
	Before      json.RawMessage // what was changed, as it was; nil for what is new
	After       json.RawMessage // and as it is; nil for what is gone
	ExecutionID string
}

// audit adds an entry, in the transaction of ctx. A nil actor is the platform.
func (p *Permissions) audit(ctx context.Context, actor *object.User, action, subject string, before, after any) error {
	who, execution := "system", ""
	if actor != nil {
		who = actor.Name
	}
	if f := object.FrameOf(ctx); f != nil && f.Exec != nil {
		execution = f.Exec.ID
	}
	b, err := jsonOrNull(before)
	if err != nil {
		return err
	}
	a, err := jsonOrNull(after)
	if err != nil {
		return err
	}
	if _, err = p.db.Exec(ctx, `INSERT INTO appos_security_audit (at, actor, action, subject, "before", "after", execution_id)
		VALUES (?, ?, ?, ?, ?, ?, ?)`, p.now(), who, action, subject, b, a, execution); err != nil {
		return err
	}
	p.db.AfterCommit(ctx, func() {
		p.sink.SecurityEvent(ctx, Event{Name: EventChanged, At: p.now(), User: who, Object: subject, Detail: action})
	})
	return nil
}

// Audit adds an entry about something that another package keeps, in the
// transaction of ctx, by the user of ctx. Before and after are what encoding/json
// can write, without secrets; nil is nothing.
func (s *Service) Audit(ctx context.Context, action, subject string, before, after any) error {
	var actor *object.User
	if f := object.FrameOf(ctx); f != nil && f.Exec != nil {
		actor = f.Exec.User
	}
	return s.perms.audit(ctx, actor, action, subject, before, after)
}

// jsonOrNull is an argument: the JSON of v, or nil for a nil or empty one.
func jsonOrNull(v any) (any, error) {
	if v == nil {
		return nil, nil
	}
	b, err := json.Marshal(v)
	if err != nil || string(b) == "null" {
		return nil, err
	}
	return store.JSON(b), nil
}

// ChangeQuery selects entries of the audit.
type ChangeQuery struct {
	Subject string // exactly; "" is all
	Actor   string // exactly; "" is all
	Before  int64  // an id: only older entries; 0 is from the newest
	Limit   int    // 0 is 50, at most 500
}

// Changes lists entries of the audit, the newest first.
func (s *Service) Changes(ctx context.Context, q ChangeQuery) ([]Change, error) {
	w := where{}
	if q.Subject != "" {
		w.and(`subject = ?`, q.Subject)
	}
	if q.Actor != "" {
		w.and(`actor = ?`, q.Actor)
	}
	if q.Before > 0 {
		w.and(`id < ?`, q.Before)
	}
	rows, err := s.db.Query(ctx, `SELECT id, at, actor, action, subject, "before", "after", execution_id FROM appos_security_audit`+
		w.sql()+` ORDER BY id DESC LIMIT ?`, append(w.args, limit(q.Limit))...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var all []Change
	for rows.Next() {
		var c Change
		if err := rows.Scan(&c.ID, &c.At, &c.Actor, &c.Action, &c.Subject, (*store.JSON)(&c.Before), (*store.JSON)(&c.After), &c.ExecutionID); err != nil {
			return nil, err
		}
		all = append(all, c)
	}
	return all, rows.Err()
}
