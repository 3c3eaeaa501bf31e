package webhook

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/apposengine/appos/internal/object"
	"github.com/apposengine/appos/internal/store"
)

const deliveryColumns = `id, webhook, event, type, record, row_id, version, state, attempts, tries, created_at, next_at, ended_at, status, latency, fault`

// DeliveryQuery selects deliveries, the newest first.
type DeliveryQuery struct {
	Webhook int64
	State   DeliveryState // "" is all
	Text    string        // a part of the type, or an event's id; "" is all
	Before  int64         // an id: only older ones; 0 is from the newest
	Limit   int           // 0 is 50, at most 500
}

// Deliveries lists deliveries, without their bodies.
func (s *Service) Deliveries(ctx context.Context, q DeliveryQuery) ([]*Delivery, error) {
	where, args := []string{"webhook = ?"}, []any{q.Webhook}
	and := func(condition string, more ...any) { where, args = append(where, condition), append(args, more...) }
	if q.State != "" {
		and("state = ?", string(q.State))
	}
	if text := strings.TrimSpace(q.Text); text != "" {
		text = strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(strings.ToValidUTF8(strings.ReplaceAll(text, "\x00", ""), ""))
		and(`(event = ? OR type `+s.o.DB.Dialect().Like()+` ? ESCAPE '\')`, q.Text, "%"+text+"%")
	}
	if q.Before > 0 {
		and("id < ?", q.Before)
	}
	if q.Limit <= 0 {
		q.Limit = 50
	}
	rows, err := s.o.DB.Query(ctx, `SELECT `+deliveryColumns+` FROM appos_webhook_delivery WHERE `+strings.Join(where, " AND ")+` ORDER BY id DESC LIMIT ?`, append(args, min(q.Limit, 500))...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var all []*Delivery
	for rows.Next() {
		d := new(Delivery)
		if err := scanDelivery(rows.Scan, d); err != nil {
			return nil, err
		}
		all = append(all, d)
	}
	return all, rows.Err()
}

// Delivery returns one delivery. It is NotFound when there is none.
func (s *Service) Delivery(ctx context.Context, id int64) (*Delivery, error) {
	d := new(Delivery)
	err := scanDelivery(func(dst ...any) error {
		return s.o.DB.QueryRow(ctx, append(dst, &d.Body), `SELECT `+deliveryColumns+`, body FROM appos_webhook_delivery WHERE id = ?`, id)
	}, d)
	if errors.Is(err, store.ErrNoRows) {
		return nil, object.Errorf(object.NotFound, "there is no delivery %d", id)
	}
	return d, err
}

func scanDelivery(scan func(...any) error, d *Delivery) error {
	var state string
	var next, ended *time.Time
	var micros int64
	if err := scan(&d.ID, &d.Webhook, &d.Event, &d.Type, &d.Record, &d.Row, &d.Version, &state, &d.Attempts, &d.tries, &d.CreatedAt, &next, &ended, &d.Status, &micros, &d.Fault); err != nil {
		return err
	}
	d.State, d.NextAt, d.EndedAt, d.Latency = DeliveryState(state), timeOf(next), timeOf(ended), time.Duration(micros)*time.Microsecond
	return nil
}

// Attempts are those of a delivery, in their order.
func (s *Service) Attempts(ctx context.Context, delivery int64) ([]Attempt, error) {
	rows, err := s.o.DB.Query(ctx, `SELECT at, latency, status, fault, answer FROM appos_webhook_attempt WHERE delivery = ? ORDER BY id`, delivery)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var all []Attempt
	for rows.Next() {
		var a Attempt
		var micros int64
		if err := rows.Scan(&a.At, &micros, &a.Status, &a.Fault, &a.Answer); err != nil {
			return nil, err
		}
		a.Latency = time.Duration(micros) * time.Microsecond
		all = append(all, a)
	}
	return all, rows.Err()
}

// Figures are how a webhook does.
type Figures struct {
	Waiting, Delivered, Failed int           // deliveries that are kept
	P95                        time.Duration // of the attempts of the latest deliveries that were answered; 0 is none
	Latest                     time.Time     // when the newest event that has ended did; zero: none has
}

// Rate is the part of the deliveries that have ended which were taken, from 0 to 1.
// It is 1 when none has ended.
func (f Figures) Rate() float64 {
	if f.Delivered+f.Failed == 0 {
		return 1
	}
	return float64(f.Delivered) / float64(f.Delivered+f.Failed)
}

// latest is how many deliveries latencies are taken from.
const latest = 500

// Figures counts the deliveries of every webhook, by its id.
func (s *Service) Figures(ctx context.Context) (map[int64]Figures, error) {
	// the index has all but the time, which is that of the newest delivery of a state
	rows, err := s.o.DB.Query(ctx, `SELECT g.webhook, g.state, g.n, d.ended_at FROM
		(SELECT webhook, state, count(*) AS n, max(id) AS id FROM appos_webhook_delivery GROUP BY webhook, state) g JOIN appos_webhook_delivery d ON d.id = g.id`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	all := map[int64]Figures{}
	for rows.Next() {
		var id int64
		var state string
		var n int
		var at *time.Time
		if err := rows.Scan(&id, &state, &n, &at); err != nil {
			return nil, err
		}
		f := all[id]
		switch DeliveryState(state) {
		case Waiting:
			f.Waiting = n
		case Delivered:
			f.Delivered = n
		case Failed:
			f.Failed = n
		}
		f.Latest = later(f.Latest, timeOf(at))
		all[id] = f
	}
	return all, rows.Err()
}

// P95 is the latency that 95 of 100 of the latest answers of a webhook stayed below;
// 0 when there was none.
func (s *Service) P95(ctx context.Context, webhook int64) (time.Duration, error) {
	all, err := store.Integers(ctx, s.o.DB, `SELECT latency FROM appos_webhook_delivery WHERE webhook = ? AND status > 0 ORDER BY id DESC LIMIT ?`, webhook, latest)
	if err != nil || len(all) == 0 {
		return 0, err
	}
	slices.Sort(all)
	return time.Duration(all[min(len(all)*95/100, len(all)-1)]) * time.Microsecond, nil
}

// Resend sends a delivery that has ended once more, with the id and the body that
// it had.
func (s *Service) Resend(ctx context.Context, id int64) error {
	return s.o.DB.Tx(ctx, func(ctx context.Context) error {
		n, err := s.o.DB.Exec(ctx, `UPDATE appos_webhook_delivery SET state = 'waiting', tries = 0, next_at = NULL, ended_at = NULL WHERE id = ? AND state <> 'waiting'
			AND webhook IN (SELECT id FROM appos_webhook WHERE state <> 'disabled')`, id)
		if err != nil {
			return err
		}
		if n == 0 {
			return s.notResent(ctx, id)
		}
		s.o.DB.AfterCommit(ctx, s.due)
		return s.audited(ctx, id)
	})
}

func (s *Service) notResent(ctx context.Context, id int64) error {
	d, err := s.Delivery(ctx, id)
	if err != nil {
		return err
	}
	w, err := s.Webhook(ctx, d.Webhook)
	if err != nil {
		return err
	}
	if w.State == Disabled {
		return object.Errorf(object.Conflict, "the webhook %q is disabled; activate it first", w.Name)
	}
	return object.Errorf(object.Conflict, "the event is waiting already")
}

func (s *Service) audited(ctx context.Context, id int64) error {
	d, err := s.Delivery(ctx, id)
	if err != nil {
		return err
	}
	w, err := s.Webhook(ctx, d.Webhook)
	if err != nil {
		return err
	}
	return s.o.Audit(ctx, "webhook.resend", w.Subject(), nil, map[string]any{"event": d.Event})
}

// Replay sends the events of a webhook again that failed for good, of those that
// happened from since until until (zero: until now). It returns how many.
func (s *Service) Replay(ctx context.Context, name string, since, until time.Time) (n int64, err error) {
	if until.IsZero() {
		until = s.now()
	}
	if until.Before(since) {
		return 0, &object.Error{Code: object.Invalid, Text: "the time to replay is empty", Fields: []object.FieldError{{Field: "until", Rule: "range", Message: "must be after since"}}}
	}
	err = s.o.DB.Tx(ctx, func(ctx context.Context) error {
		w, err := s.named(ctx, name)
		if err != nil {
			return err
		}
		if w.State == Disabled {
			return object.Errorf(object.Conflict, "the webhook %q is disabled; activate it first", w.Name)
		}
		n, err = s.o.DB.Exec(ctx, `UPDATE appos_webhook_delivery SET state = 'waiting', tries = 0, next_at = NULL, ended_at = NULL WHERE webhook = ? AND state = 'failed' AND created_at >= ? AND created_at <= ?`,
			w.ID, since.UTC(), until.UTC())
		if err != nil || n == 0 {
			return err
		}
		s.o.DB.AfterCommit(ctx, s.due)
		return s.o.Audit(ctx, "webhook.replay", w.Subject(), nil, map[string]any{"since": since.UTC(), "until": until.UTC(), "events": n})
	})
	return n, err
}

// Test sends an event that is about no row. It returns the id of its delivery.
func (s *Service) Test(ctx context.Context, name string) (id int64, err error) {
	err = s.o.DB.Tx(ctx, func(ctx context.Context) error {
		w, err := s.named(ctx, name)
		if err != nil {
			return err
		}
		if w.State != Active {
			return object.Errorf(object.Conflict, "the webhook %q is %s; activate it first", w.Name, w.State)
		}
		e := event{ID: newEventID(), Type: "appos.test", OccurredAt: s.now()}
		data, _ := json.Marshal(map[string]string{"message": "AppOS can reach this webhook."}) // never fails
		body := e.body(nil, data)
		if err := s.keep(ctx, w.ID, e, body, nil); err != nil {
			return err
		}
		if err := s.o.DB.QueryRow(ctx, []any{&id}, `SELECT id FROM appos_webhook_delivery WHERE webhook = ? AND event = ?`, w.ID, e.ID); err != nil {
			return err
		}
		return s.o.Audit(ctx, "webhook.test", w.Subject(), nil, nil)
	})
	return id, err
}
