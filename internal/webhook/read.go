package webhook

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"github.com/apposengine/appos/internal/object"
	"github.com/apposengine/appos/internal/store"
)

const webhookColumns = `w.id, w.name, w.target, w.account, coalesce(u.name, ''), w.records, w.operations, w.filter, w.fields, w.environments, w.state, w.reason,
	w.old_until, w.failing_since, w.held_until, w.revision, w.created_by, w.created_at, w.changed_by, w.changed_at
	FROM appos_webhook w LEFT JOIN appos_user_account u ON u.id = w.account`

// Webhooks are all webhooks, by name.
func (s *Service) Webhooks(ctx context.Context) ([]*Webhook, error) {
	return s.webhooks(ctx, ` ORDER BY w.name`)
}

// Webhook returns the webhook with the id. It is NotFound when there is none.
func (s *Service) Webhook(ctx context.Context, id int64) (*Webhook, error) {
	all, err := s.webhooks(ctx, ` WHERE w.id = ?`, id)
	if err == nil && len(all) == 0 {
		return nil, object.Errorf(object.NotFound, "there is no webhook %d", id)
	}
	if err != nil {
		return nil, err
	}
	return all[0], nil
}

// named returns the webhook with the name, to be changed in the transaction of ctx.
// It is written first, not only locked: a rotation of keys that is under way is
// waited for before anything is sealed.
func (s *Service) named(ctx context.Context, name string) (*Webhook, error) {
	var id int64
	err := s.o.DB.QueryRow(ctx, []any{&id}, `UPDATE appos_webhook SET revision = revision + 1 WHERE name = ? RETURNING id`, name)
	if errors.Is(err, store.ErrNoRows) {
		return nil, object.Errorf(object.NotFound, "there is no webhook %q", name)
	}
	if err != nil {
		return nil, err
	}
	return s.Webhook(ctx, id)
}

func (s *Service) webhooks(ctx context.Context, rest string, args ...any) ([]*Webhook, error) {
	rows, err := s.o.DB.Query(ctx, `SELECT `+webhookColumns+rest, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var all []*Webhook
	for rows.Next() {
		w, err := scanWebhook(rows)
		if err != nil {
			return nil, err
		}
		all = append(all, w)
	}
	return all, rows.Err()
}

func scanWebhook(rows store.Rows) (*Webhook, error) {
	w := new(Webhook)
	var state string
	var lists [4]store.JSON
	var oldUntil, failing, held *time.Time
	if err := rows.Scan(&w.ID, &w.Name, &w.Target, &w.AccountID, &w.Account, &lists[0], &lists[1], &w.Filter, &lists[2], &lists[3], &state, &w.Reason,
		&oldUntil, &failing, &held, &w.revision, &w.CreatedBy, &w.CreatedAt, &w.ChangedBy, &w.ChangedAt); err != nil {
		return nil, err
	}
	w.State = State(state)
	for i, to := range []*[]string{&w.Records, &w.Operations, &w.Fields, &w.Environments} {
		if err := json.Unmarshal(lists[i], to); err != nil {
			return nil, err
		}
	}
	w.OldUntil, w.FailingSince, w.HeldUntil = timeOf(oldUntil), timeOf(failing), timeOf(held)
	return w, nil
}

func timeOf(t *time.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	return *t
}

// list is an argument: a list as JSON.
func list(of []string) store.JSON {
	if of == nil {
		of = []string{}
	}
	b, _ := json.Marshal(of) // never fails
	return store.JSON(b)
}

// marks are n placeholders.
func marks(n int) string { return strings.TrimSuffix(strings.Repeat("?, ", n), ", ") }
