package webhook

import (
	"context"
	"strconv"
	"time"

	"github.com/apposengine/appos/internal/object"
	"github.com/apposengine/appos/internal/queue"
	"github.com/apposengine/appos/internal/secret"
	"github.com/apposengine/appos/internal/store"
)

// Create makes a webhook and returns its secret, which nobody can read again.
func (s *Service) Create(ctx context.Context, in Settings) (id int64, key string, err error) {
	in, account, err := s.checked(ctx, in)
	if err != nil {
		return 0, "", err
	}
	key = newSecret()
	err = s.change(ctx, func(ctx context.Context) error {
		by, now := who(ctx), s.now()
		err := s.o.DB.QueryRow(ctx, []any{&id}, `INSERT INTO appos_webhook (name, target, account, records, operations, filter, fields, environments, state, reason, created_by, created_at, changed_by, changed_at)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?, 'active', '', ?, ?, ?, ?) RETURNING id`,
			in.Name, in.Target, account, list(in.Records), list(in.Operations), in.Filter, list(in.Fields), list(in.Environments), by, now, by, now)
		if err != nil {
			return taken(in.Name, err)
		}
		sealed, err := s.seal(ctx, id, key)
		if err != nil {
			return err
		}
		if _, err := s.o.DB.Exec(ctx, `UPDATE appos_webhook SET secret = ? WHERE id = ?`, sealed, id); err != nil {
			return err
		}
		return s.o.Audit(ctx, "webhook.create", subject(id), nil, in.audited())
	})
	if err != nil {
		return 0, "", err
	}
	return id, key, nil
}

// Change gives a webhook other settings, its name among them. What waits is sent
// with them; what it says stays.
func (s *Service) Change(ctx context.Context, name string, in Settings) error {
	in, account, err := s.checked(ctx, in)
	if err != nil {
		return err
	}
	return s.change(ctx, func(ctx context.Context) error {
		w, err := s.named(ctx, name)
		if err != nil {
			return err
		}
		_, err = s.o.DB.Exec(ctx, `UPDATE appos_webhook SET name = ?, target = ?, account = ?, records = ?, operations = ?, filter = ?, fields = ?, environments = ?,
			revision = revision + 1, changed_by = ?, changed_at = ? WHERE id = ?`,
			in.Name, in.Target, account, list(in.Records), list(in.Operations), in.Filter, list(in.Fields), list(in.Environments), who(ctx), s.now(), w.ID)
		if err != nil {
			return taken(in.Name, err)
		}
		return s.o.Audit(ctx, "webhook.change", w.Subject(), w.audited(), in.audited())
	})
}

// SetState pauses, disables or activates a webhook. What waited while it was
// paused is sent when it is active again.
func (s *Service) SetState(ctx context.Context, name string, to State) error {
	if to != Active && to != Paused && to != Disabled {
		return object.Errorf(object.Invalid, "a webhook is active, paused or disabled")
	}
	return s.change(ctx, func(ctx context.Context) error {
		w, err := s.named(ctx, name)
		if err != nil || w.State == to {
			return err
		}
		return s.setState(ctx, w, to, "")
	})
}

// setState stores a state in the transaction of ctx.
func (s *Service) setState(ctx context.Context, w *Webhook, to State, reason string) error {
	n, err := s.o.DB.Exec(ctx, `UPDATE appos_webhook SET state = ?, reason = ?, failing_since = NULL, held_until = NULL, revision = revision + 1, changed_by = ?, changed_at = ? WHERE id = ? AND state = ?`,
		string(to), reason, who(ctx), s.now(), w.ID, string(w.State))
	if err != nil || n == 0 { // somebody was faster
		return err
	}
	switch to {
	case Active:
		s.o.DB.AfterCommit(ctx, s.due)
	case Disabled:
		if _, err := s.o.DB.Exec(ctx, `UPDATE appos_webhook_delivery SET state = 'failed', ended_at = ?, next_at = NULL, fault = ? WHERE webhook = ? AND state = 'waiting'`,
			s.now(), gaveUp, w.ID); err != nil {
			return err
		}
	}
	after := map[string]any{"state": to}
	if reason != "" {
		after["reason"] = reason
	}
	return s.o.Audit(ctx, "webhook."+string(to), w.Subject(), map[string]any{"state": w.State}, after)
}

const gaveUp = "the webhook was disabled"

// stop pauses or disables an active webhook because of what it met.
func (s *Service) stop(id int64, to State, reason string) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute) // whoever met it may be gone
	defer cancel()
	err := s.change(ctx, func(ctx context.Context) error {
		w, err := s.Webhook(ctx, id)
		if err != nil || w.State != Active {
			return err
		}
		s.o.DB.AfterCommit(ctx, func() { s.o.Logger.Warn(subject(id) + " is " + string(to) + ": " + reason) })
		return s.setState(ctx, w, to, reason)
	})
	if err != nil {
		s.o.Logger.Error(subject(id) + ": " + err.Error())
	}
}

// Delete removes a webhook. What waits is not sent any more, and its log goes with
// it, in the background.
func (s *Service) Delete(ctx context.Context, name string) error {
	return s.change(ctx, func(ctx context.Context) error {
		w, err := s.named(ctx, name)
		if err != nil {
			return err
		}
		if _, err := s.o.DB.Exec(ctx, `DELETE FROM appos_webhook WHERE id = ?`, w.ID); err != nil {
			return err
		}
		if _, err := s.o.Queue.Enqueue(ctx, sweep{}, queue.Opts{}); err != nil {
			return err
		}
		return s.o.Audit(ctx, "webhook.delete", w.Subject(), w.audited(), nil)
	})
}

// Rotate gives a webhook a new secret and returns it. For a day the one before
// signs beside it, so that receivers can change over.
func (s *Service) Rotate(ctx context.Context, name string) (id int64, key string, err error) {
	key = newSecret()
	err = s.change(ctx, func(ctx context.Context) error {
		w, err := s.named(ctx, name)
		if err != nil {
			return err
		}
		id = w.ID
		old, _, err := s.secrets(ctx, w.ID)
		if err != nil {
			return err
		}
		sealed, err := s.seal(ctx, w.ID, key)
		if err != nil {
			return err
		}
		before, err := s.o.Ring.Seal([]byte(old), place(w.ID, "old_secret"))
		if err != nil {
			return err
		}
		if _, err := s.o.DB.Exec(ctx, `UPDATE appos_webhook SET secret = ?, old_secret = ?, old_until = ?, revision = revision + 1, changed_by = ?, changed_at = ? WHERE id = ?`,
			sealed, before, s.now().Add(overlap), who(ctx), s.now(), w.ID); err != nil {
			return err
		}
		return s.o.Audit(ctx, "webhook.rotate", w.Subject(), nil, nil)
	})
	if err != nil {
		return 0, "", err
	}
	return id, key, nil
}

// change runs what changes webhooks in a transaction, after which this node knows.
func (s *Service) change(ctx context.Context, f func(context.Context) error) error {
	return s.o.DB.Tx(ctx, func(ctx context.Context) error {
		s.o.DB.AfterCommit(ctx, func() {
			if err := s.reload(context.Background()); err != nil { // it is tried again within seconds
				s.o.Logger.Warn("webhooks: " + err.Error())
			}
		})
		return f(ctx)
	})
}

func place(id int64, column string) secret.Place {
	return secret.Place{Table: "appos_webhook", Row: strconv.FormatInt(id, 10), Column: column}
}

// seal encrypts the secret of a webhook, in the transaction of ctx.
func (s *Service) seal(ctx context.Context, id int64, key string) ([]byte, error) {
	if err := s.o.Ring.Mark(ctx, s.o.DB); err != nil {
		return nil, err
	}
	return s.o.Ring.Seal([]byte(key), place(id, "secret"))
}

// secrets are the secret of a webhook and the one before while it is good, or "".
func (s *Service) secrets(ctx context.Context, id int64) (key, old string, err error) {
	var sealed, before []byte
	var until *time.Time
	if err := s.o.DB.QueryRow(ctx, []any{&sealed, &before, &until}, `SELECT secret, old_secret, old_until FROM appos_webhook WHERE id = ?`, id); err != nil {
		return "", "", err
	}
	plain, err := s.o.Ring.Open(sealed, place(id, "secret"))
	if err != nil {
		return "", "", err
	}
	if until == nil || !until.After(s.o.Now()) || before == nil {
		return string(plain), "", nil
	}
	was, err := s.o.Ring.Open(before, place(id, "old_secret"))
	return string(plain), string(was), err
}

// audited is what the audit keeps of settings.
func (in Settings) audited() map[string]any {
	all := map[string]any{"name": in.Name, "target": hostOf(in.Target), "account": in.Account, "records": in.Records}
	for key, of := range map[string][]string{"operations": in.Operations, "fields": in.Fields, "environments": in.Environments} {
		if len(of) > 0 {
			all[key] = of
		}
	}
	if in.Filter != "" {
		all["filter"] = in.Filter
	}
	return all
}

// taken says which name two webhooks would have.
func taken(name string, err error) error {
	if kind, _ := store.KindOf(err); kind != store.Unique {
		return err
	}
	return &object.Error{Code: object.Conflict, Text: "there is a webhook " + quoted(name) + " already",
		Fields: []object.FieldError{{Field: "name", Rule: "unique", Message: "is the name of another webhook"}}}
}

// who is the sign-in name of the user of ctx.
func who(ctx context.Context) string {
	if f := object.FrameOf(ctx); f != nil && f.Exec != nil && f.Exec.User != nil {
		return f.Exec.User.Name
	}
	return "system"
}
