package webhook

import (
	"context"
	"encoding/json"
	"errors"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/google/uuid"

	"github.com/apposengine/appos/internal/object"
	"github.com/apposengine/appos/internal/record"
	"github.com/apposengine/appos/internal/store"
)

// Watch implements engine.Watcher: a record without webhooks costs its writers one
// look into a list.
func (s *Service) Watch(ctx context.Context, o *object.Object) func(context.Context, object.Change, any, []int) error {
	hooks := s.current.Load().records[o.Index]
	if len(hooks) == 0 {
		return nil
	}
	epoch := int64(0)
	if f := object.FrameOf(ctx); f != nil {
		epoch = f.Exec.User.Epoch
	}
	for _, h := range hooks {
		_, _ = s.account(ctx, h, epoch, fresh) // now, since the change may have a transaction already then
	}
	return func(ctx context.Context, on object.Change, row any, changed []int) error {
		for _, h := range s.current.Load().records[o.Index] { // they may be others by now
			if !h.on[on] {
				continue
			}
			if err := s.note(ctx, h, epoch, o, on, row, changed); err != nil {
				return err
			}
		}
		return nil
	}
}

// fresh is how long an account is taken for what it was read as, by those that have
// not heard of a later state of the permissions.
const fresh = 10 * time.Second

// account returns the user of the webhook, as of the epoch of permissions or later,
// and read no longer than limit ago; 0 is no limit. To read it takes a connection
// beside that of a transaction, so nobody waits for somebody else who reads it.
func (s *Service) account(ctx context.Context, h *hook, epoch int64, limit time.Duration) (*object.User, error) {
	now := s.o.Now()
	if a := h.account.Load(); a != nil && a.epoch >= epoch {
		if limit == 0 || now.Sub(a.at) < limit || !h.reading.TryLock() {
			return a.user, a.absent
		}
		defer h.reading.Unlock()
	}
	u, err := s.o.UserByID(ctx, h.AccountID)
	a := &account{at: now, epoch: epoch}
	switch {
	case err == nil:
		a.user, a.epoch = u, u.Epoch
	case errors.Is(err, object.Denied), errors.Is(err, object.NotFound):
		a.absent = err
	default:
		return nil, err
	}
	h.account.Store(a)
	return a.user, a.absent
}

// note stores the event of a change for one webhook, when its account may know.
func (s *Service) note(ctx context.Context, h *hook, epoch int64, o *object.Object, on object.Change, row any, changed []int) error {
	user, err := s.account(ctx, h, epoch, 0)
	if errors.Is(err, object.Denied) || errors.Is(err, object.NotFound) {
		return nil // it sees nothing; what waits is held by the delivery, which pauses it
	}
	if err != nil {
		return err
	}
	as := s.o.Engine.Begin(ctx, user, "")
	if !s.o.Engine.Allowed(as, o, object.View) {
		return nil
	}
	return s.o.Engine.With(as, o, object.View, func(p *record.Plan, a *record.Access) error {
		shown, names := h.shown(o, a, changed)
		if on == object.Updated && len(names) == 0 {
			return nil // of what it sees nothing has changed
		}
		id, version := p.ID(row), p.Version(row)
		if sees, err := s.sees(as, h, p, a, id); !sees || err != nil {
			return err
		}
		e := event{
			ID: newEventID(), Type: o.App.Name + "." + o.Name + "." + operations[on],
			Record: o.Ref, Row: id, Version: version, OccurredAt: s.now(),
		}
		body := e.body(names, p.AppendJSON(nil, row, shown))
		return s.keep(ctx, h.ID, e, body, s.storeOf(o))
	})
}

// shown are the fields that are kept from the webhook, and the columns that it sees
// among those that changed.
func (h *hook) shown(o *object.Object, a *record.Access, changed []int) (hidden record.Mask, names []string) {
	hidden = a.Hidden
	for i := object.SystemFields; i < len(o.Record.Fields); i++ {
		if len(h.Fields) > 0 && !slices.Contains(h.Fields, o.Record.Fields[i].Column) {
			hidden = hidden.With(i)
		}
	}
	for _, i := range changed {
		if f := &o.Record.Fields[i]; !hidden.Has(i) && !f.Hidden && !f.Secret {
			names = append(names, f.Column)
		}
	}
	return hidden, names
}

// sees says whether the webhook's account reaches the row and its filter is met. A
// filter that has become wrong pauses the webhook, and fails nobody's change.
func (s *Service) sees(as context.Context, h *hook, p *record.Plan, a *record.Access, id int64) (bool, error) {
	if len(a.Rows) == 0 && h.Filter == "" {
		return true, nil
	}
	params := url.Values{"id": {strconv.FormatInt(id, 10)}}
	if h.Filter != "" {
		params.Set("where", h.Filter)
	}
	q, err := p.ParseFilter(a, params)
	if errors.Is(err, object.Invalid) || errors.Is(err, object.Denied) {
		if h.State == Active {
			s.o.DB.AfterCommit(as, func() { s.stop(h.ID, Paused, "its filter cannot be used any more: "+reason(err)) })
		}
		return false, nil
	}
	if err != nil {
		return false, err
	}
	n, err := p.Count(as, a, q, 1)
	return n > 0, err
}

// event is what a receiver is told.
type event struct {
	ID, Type, Record string
	Row, Version     int64
	OccurredAt       any
}

// newEventID is unique, and sorts by time.
func newEventID() string {
	id, err := uuid.NewV7()
	if err != nil {
		id = uuid.New()
	}
	return "msg_" + id.String()
}

// maxData is how long the data of an event may be, in bytes. Of a longer row
// receivers are told that it changed, and may ask for it.
const maxData = 1 << 20

// body is the JSON that is sent.
func (e event) body(changed []string, data []byte) []byte {
	type head struct {
		EventID    string   `json:"event_id"`
		Type       string   `json:"type"`
		OccurredAt any      `json:"occurred_at"`
		Record     string   `json:"record,omitempty"`
		ID         int64    `json:"id,omitempty"`
		Version    int64    `json:"version,omitempty"`
		Changed    []string `json:"changed,omitempty"`
		Omitted    bool     `json:"data_omitted,omitempty"`
	}
	omitted := len(data) > maxData
	if omitted {
		data = []byte("null")
	}
	b, _ := json.Marshal(head{e.ID, e.Type, e.OccurredAt, e.Record, e.Row, e.Version, changed, omitted}) // never fails
	b = append(b[:len(b)-1], `,"data":`...)
	return append(append(b, data...), '}')
}

// storeOf is the database of the record when it is not the platform's, or nil.
func (s *Service) storeOf(o *object.Object) store.DB {
	if o.Record.StoredIn == nil {
		return nil
	}
	for _, at := range s.o.Engine.Stores() {
		if at.System == o.Record.StoredIn {
			return at.DB
		}
	}
	return nil
}

const eventNames = `webhook, event, type, record, row_id, version, body, created_at`

// keep stores an event in the transaction of ctx: as a delivery where the change is
// in the platform's database, in the outbox of the database of the change otherwise.
func (s *Service) keep(ctx context.Context, webhook int64, e event, body []byte, outside store.DB) error {
	args := []any{webhook, e.ID, e.Type, e.Record, e.Row, e.Version, string(body), e.OccurredAt}
	if outside != nil {
		_, err := outside.Exec(ctx, `INSERT INTO appos_webhook_outbox (`+eventNames+`) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`, args...)
		if err == nil {
			outside.AfterCommit(ctx, s.movesDue)
		}
		return err
	}
	if _, err := s.o.DB.Exec(store.Brief(ctx), `INSERT INTO appos_webhook_delivery (`+eventNames+`, state) VALUES (?, ?, ?, ?, ?, ?, ?, ?, 'waiting')`, args...); err != nil {
		return err
	}
	s.o.DB.AfterCommit(ctx, s.due)
	return nil
}

// reason is what may be shown of an error.
func reason(err error) string {
	e := object.AsError(err)
	if len(e.Fields) > 0 {
		return e.Fields[0].Field + " " + e.Fields[0].Message
	}
	return e.Public()
}
