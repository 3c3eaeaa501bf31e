package web

import (
	"cmp"
	"context"
	"net/url"
	"reflect"
	"slices"
	"strconv"

	"github.com/apposengine/appos/internal/feed"
	"github.com/apposengine/appos/internal/object"
	"github.com/apposengine/appos/internal/record"
	"github.com/apposengine/appos/internal/security"
)

// maxSight is how many rows a stream remembers to be in its sight, of those of a
// record of which it does not see all.
const maxSight = 10_000

// topic is a record that a stream is about.
type topic struct {
	o              *object.Object
	filters        url.Values
	expand, fields []string
	bare           bool // events do not carry rows

	// what the user saw of it when it was looked at last
	rows   []object.Cond
	hidden record.Mask

	// limited is whether there may be rows out of sight; sight are the ids of those
	// in it, sorted, and partial says that there are more.
	limited bool
	sight   []int64
	partial bool
	blurred bool // changes of the time before the stream began are still to come
	vague   bool // a row out of sight has changed that was perhaps in it
}

// newTopic reads the parameters of a stream about a record: those of its list
// that say which rows, and how they are written.
func newTopic(o *object.Object, params url.Values) (*topic, error) {
	for _, name := range []string{"sort", "limit", "cursor", "before", "count"} {
		if params.Has(name) {
			return nil, badParameter(name, "unknown", "is of no use to a stream, which has no pages")
		}
	}
	t := &topic{o: o, filters: params, expand: names(params, "expand"), fields: names(params, "fields")}
	switch take(params, "rows") {
	case "", "true", "1":
	case "false", "0":
		t.bare = true
	default:
		return nil, badParameter("rows", "syntax", "must be true or false")
	}
	params.Del("expand")
	params.Del("fields")
	return t, nil
}

// execution is what the user reads in.
func (st *stream) execution(who *identity) context.Context {
	return st.site.engine.Begin(withIdentity(st.r.Context(), who), who.user, cmp.Or(who.user.Language, object.FrameOf(st.r.Context()).Exec.Language))
}

// renew finds out who the client is by now: a session that has ended ends the
// stream. Only the stream itself does not keep a session alive.
func (st *stream) renew() (context.Context, error) {
	r := st.r.WithContext(security.Unattended(st.r.Context()))
	who, err := st.site.identify(r, true)
	if err != nil {
		if object.AsError(err).Code == object.Denied {
			return nil, errOver("signed_out")
		}
		return nil, err
	}
	if who.user.ID != st.who.user.ID || (who.session == nil) != (st.who.session == nil) || (who.key == nil) != (st.who.key == nil) {
		return nil, errOver("signed_out")
	}
	changed := who.user.Epoch != st.who.user.Epoch
	st.who = who
	ctx := st.execution(who)
	for _, t := range st.topics {
		if !st.site.engine.Allowed(ctx, t.o, object.View) {
			return nil, errOver("denied")
		}
	}
	if changed {
		return ctx, st.compare(ctx)
	}
	return ctx, nil
}

// check is renew while there is no news. A database that does not answer is no
// reason to end a stream on which nothing is sent.
func (st *stream) check() error {
	_, err := st.renew()
	if slices.ContainsFunc(st.topics, func(t *topic) bool { return t.vague }) {
		st.sub.Reset()
	}
	return st.endure(err)
}

// endure ends the stream with errors that are final; after others it is told to
// read again, once that is possible.
func (st *stream) endure(err error) error {
	if err == nil {
		return nil
	}
	if over, ok := err.(errOver); ok {
		return over
	}
	switch object.AsError(err).Code {
	case object.Denied, object.NotFound, object.Invalid: // it filters by what is hidden from the user by now
		return errOver("denied")
	}
	if st.r.Context().Err() != nil {
		return st.r.Context().Err()
	}
	st.site.warn(st.r, "changes could not be read for a stream: "+err.Error())
	pause(st.r.Context(), sulk)
	st.sub.Reset()
	return nil
}

// compare has everything read again when the user sees other rows or fields by
// now, for whatever reason.
func (st *stream) compare(ctx context.Context) error {
	for _, t := range st.topics {
		err := st.site.engine.With(ctx, t.o, object.View, func(_ *record.Plan, a *record.Access) error {
			if t.sees(a) {
				return nil
			}
			st.sub.Reset()
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func (t *topic) sees(a *record.Access) bool {
	return reflect.DeepEqual(t.hidden, a.Hidden) && reflect.DeepEqual(t.rows, a.Rows)
}

// query is which rows the topic is about, as the user may ask by now.
func (t *topic) query(p *record.Plan, a *record.Access) (*object.Query, error) {
	q, err := p.ParseFilter(a, t.filters)
	if err != nil {
		return nil, err
	}
	q.Limit = 0
	return q, nil
}

// look finds out what is in sight.
func (st *stream) look(ctx context.Context, t *topic) error {
	st.site.listeners.reading <- struct{}{}
	defer func() { <-st.site.listeners.reading }()
	return st.site.engine.With(ctx, t.o, object.View, func(p *record.Plan, a *record.Access) (err error) {
		q, err := t.query(p, a)
		if err != nil {
			return err
		}
		// names that are not known are refused before anything is sent
		if _, _, err := p.Shape(ctx, a, t.expand, t.fields, nil); err != nil {
			return err
		}
		t.rows, t.hidden, t.vague, t.blurred = a.Rows, a.Hidden, false, false
		t.limited = len(a.Rows) > 0 || len(q.Where) > 0 || q.Search != ""
		t.sight, t.partial = nil, false
		if t.limited {
			t.sight, t.partial, err = p.IDs(ctx, a, q, maxSight)
		}
		return err
	})
}

// tell reads what has changed and sends it.
func (st *stream) tell() error {
	ctx, err := st.renew()
	if err != nil {
		return st.endure(err)
	}
	news := st.sub.Take()
	if !news.Reset {
		if news.Reset, err = st.events(ctx, news.Changes); err != nil {
			st.out.buf = st.out.buf[:0]
			return st.endure(err)
		}
	}
	if news.Reset {
		st.out.buf = st.out.buf[:0]
		for _, t := range st.topics {
			if err := st.look(ctx, t); err != nil {
				return st.endure(err)
			}
		}
		st.out.event("reset", news.Position, []byte("{}"))
		return st.out.flush()
	}
	for _, t := range st.topics {
		t.blurred = false
	}
	if len(st.out.buf) > 0 { // all of them were told when this comes
		st.out.beat(news.Position)
	}
	return st.out.flush()
}

// events adds an event for each of the changes that the user is to hear of. It
// says whether instead everything must be read again.
func (st *stream) events(ctx context.Context, changes []feed.Change) (again bool, err error) {
	st.site.listeners.reading <- struct{}{}
	defer func() { <-st.site.listeners.reading }()
	for _, t := range st.topics {
		var of []feed.Change
		for _, c := range changes {
			if c.Ref == t.o.Ref {
				of = append(of, c)
			}
		}
		for part := range slices.Chunk(of, 500) {
			err := st.site.engine.With(ctx, t.o, object.View, func(p *record.Plan, a *record.Access) error {
				if again = again || !t.sees(a); again {
					return nil
				}
				again, err = t.events(ctx, st.out, p, a, part)
				return err
			})
			if err != nil || again {
				return again, err
			}
		}
	}
	return false, nil
}

// events adds the events of the topic.
func (t *topic) events(ctx context.Context, out *eventWriter, p *record.Plan, a *record.Access, changes []feed.Change) (again bool, err error) {
	q, err := t.query(p, a)
	if err != nil {
		return false, err
	}
	ids := make([]any, len(changes), 2*len(changes))
	for i, c := range changes {
		ids[i] = c.ID
	}
	for len(ids)&(len(ids)-1) != 0 { // a few statements serve every number
		ids = append(ids, ids[0])
	}
	q.Where = append(q.Where, object.Cond{Op: object.OpIn, Field: &t.o.Record.Fields[object.FieldID], Value: ids})
	var rows []any
	page, err := p.Find(ctx, a, q, func() any {
		rows = append(rows, p.NewRow())
		return rows[len(rows)-1]
	})
	if err != nil {
		return false, err
	}
	rows = rows[:page.Rows]
	hidden, expand, err := p.Shape(ctx, a, t.expand, t.fields, rows)
	if err != nil {
		return false, err
	}
	found := make(map[int64]any, len(rows))
	for _, row := range rows {
		found[p.ID(row)] = row
	}
	for _, c := range changes {
		row := found[c.ID]
		name := t.name(c, row != nil)
		if name == "" {
			continue
		}
		data := append(strconv.AppendQuote([]byte(`{"record":`), t.o.Ref), `,"id":`...)
		data = strconv.AppendInt(data, c.ID, 10)
		if row != nil {
			data = strconv.AppendInt(append(data, `,"version":`...), p.Version(row), 10)
			data = strconv.AppendQuote(append(data, `,"by":`...), p.ChangedBy(row))
			if !t.bare {
				data = p.AppendJSON(append(data, `,"row":`...), row, hidden, expand...)
			}
		}
		out.event(name, "", append(data, '}'))
	}
	again = t.vague && t.blurred
	return again, nil
}

// name is what happened as the user sees it, "" when nothing did.
func (t *topic) name(c feed.Change, seen bool) string {
	if !t.limited {
		switch {
		case seen && c.First == object.Created:
			return "created"
		case seen:
			return "updated"
		case c.First == object.Created: // it came and went
			return ""
		}
		return "deleted"
	}
	i, was := slices.BinarySearch(t.sight, c.ID)
	switch {
	case seen && was && t.blurred && c.First == object.Created: // it came before the stream looked
		return "created"
	case seen && was:
		return "updated"
	case seen:
		t.sight = slices.Insert(t.sight, i, c.ID)
		if t.doubtful(c) {
			return "updated" // which of the two it is cannot be told
		}
		return "created"
	case was:
		t.sight = slices.Delete(t.sight, i, i+1)
		return "deleted"
	}
	// a row that was never in sight must not show that it exists; one that perhaps
	// was must not stay where it was seen
	t.vague = t.vague || t.doubtful(c)
	return ""
}

// doubtful says whether the row may have been in sight although it is not known
// to have been.
func (t *topic) doubtful(c feed.Change) bool {
	return (t.partial || t.blurred) && c.First != object.Created
}
