package queue

import (
	"context"
	"sync"
	"time"

	"github.com/riverqueue/river/riverdriver"

	"github.com/apposengine/appos/internal/store"
)

// insertTopic is what River calls the news of new jobs.
const insertTopic = "river_insert"

// outboxPoll is how often SQLite is asked for news of other processes. River's own
// listener asks twenty times a second, also for those of this process; here these
// come without asking.
const outboxPoll = 250 * time.Millisecond

// outbox is what listens on SQLite. River writes its news into the table
// river_notification; a rowid that has been seen is never given to another row.
type outbox struct {
	db store.DB

	mu      sync.Mutex
	topics  map[string]int64 // the last row before it was listened to
	last    int64
	pending []notification
	news    map[string]bool // queues of this process with new jobs
	woken   chan struct{}
}

type notification struct {
	id int64
	riverdriver.Notification
}

var _ riverdriver.Listener = (*outbox)(nil)

func newOutbox(db store.DB) *outbox {
	return &outbox{db: db, topics: map[string]int64{}, news: map[string]bool{}, woken: make(chan struct{}, 1)}
}

// tell says that queues have new jobs which this process has stored.
func (o *outbox) tell(queues []string) {
	o.mu.Lock()
	for _, queue := range queues {
		o.news[queue] = true
	}
	o.mu.Unlock()
	select {
	case o.woken <- struct{}{}:
	default:
	}
}

// Connect implements riverdriver.Listener.
func (o *outbox) Connect(ctx context.Context) error {
	last, err := o.newest(ctx)
	if err != nil {
		return err
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	o.last, o.pending, o.topics = last, nil, map[string]int64{}
	return nil
}

func (o *outbox) newest(ctx context.Context) (id int64, err error) {
	err = o.db.QueryRow(ctx, []any{&id}, `SELECT COALESCE(MAX(id), 0) FROM river_notification`)
	return id, err
}

// Listen implements riverdriver.Listener.
func (o *outbox) Listen(ctx context.Context, topic string) error {
	since, err := o.newest(ctx)
	if err != nil {
		return err
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if _, ok := o.topics[topic]; !ok {
		o.topics[topic] = max(since, o.last)
	}
	return nil
}

// Unlisten implements riverdriver.Listener.
func (o *outbox) Unlisten(_ context.Context, topic string) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	delete(o.topics, topic)
	return nil
}

// WaitForNotification implements riverdriver.Listener.
func (o *outbox) WaitForNotification(ctx context.Context) (*riverdriver.Notification, error) {
	timer := time.NewTimer(outboxPoll)
	defer timer.Stop()
	for {
		if n := o.next(); n != nil {
			return n, nil
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-o.woken:
			continue
		case <-timer.C:
		}
		if err := o.fetch(ctx); err != nil {
			return nil, err
		}
		timer.Reset(outboxPoll)
	}
}

// next is the first of what is known and listened to.
func (o *outbox) next() *riverdriver.Notification {
	o.mu.Lock()
	defer o.mu.Unlock()
	if _, ok := o.topics[insertTopic]; ok {
		for queue := range o.news {
			delete(o.news, queue)
			return &riverdriver.Notification{Topic: insertTopic, Payload: insertPayload(queue)}
		}
	}
	for len(o.pending) > 0 {
		n := o.pending[0]
		o.pending = o.pending[1:]
		if since, ok := o.topics[n.Topic]; ok && n.id > since {
			return &n.Notification
		}
	}
	return nil
}

// fetch reads what is new in the table.
func (o *outbox) fetch(ctx context.Context) error {
	o.mu.Lock()
	last := o.last
	o.mu.Unlock()
	rows, err := o.db.Query(ctx, `SELECT id, topic, payload FROM river_notification WHERE id > ? ORDER BY id LIMIT 256`, last)
	if err != nil {
		return err
	}
	defer rows.Close()
	var found []notification
	for rows.Next() {
		var n notification
		if err := rows.Scan(&n.id, &n.Topic, &n.Payload); err != nil {
			return err
		}
		found = append(found, n)
	}
	if err := rows.Err(); err != nil {
		return err
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(found) > 0 {
		o.last = found[len(found)-1].id
		o.pending = append(o.pending, found...)
	}
	return nil
}

// Close implements riverdriver.Listener.
func (o *outbox) Close(context.Context) error { return nil }

// Ping implements riverdriver.Listener.
func (o *outbox) Ping(ctx context.Context) error { return o.db.Ping(ctx) }

// Schema implements riverdriver.Listener.
func (o *outbox) Schema() string { return "" }

// SetAfterConnectExec implements riverdriver.Listener.
func (o *outbox) SetAfterConnectExec(string) {}
