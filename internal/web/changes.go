package web

import (
	"context"
	"errors"
	"math/rand/v2"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/apposengine/appos/internal/feed"
	"github.com/apposengine/appos/internal/object"
	"github.com/apposengine/appos/internal/security"
)

const (
	// maxTopics is how many records one stream is about.
	maxTopics = 20
	// lull is the least time between two readings of one stream: what changes
	// meanwhile is read together.
	lull = 100 * time.Millisecond
	// gather is how long the first of several changes waits for the others.
	gather = 10 * time.Millisecond
	// sulk is how long a stream waits that could not read.
	sulk = time.Second
)

func (s *Site) changeRoutes() []Route {
	return []Route{{Method: "GET", Path: "/api/changes", API: true, Streams: true, handle: s.changesOfSeveral}}
}

// changes streams the changes of one record.
func (rs *resource) changes(w http.ResponseWriter, r *http.Request) error {
	params, err := query(r)
	if err != nil {
		return err
	}
	last := take(params, "last_event_id")
	t, err := newTopic(rs.o, params)
	if err != nil {
		return malformed(err)
	}
	return rs.site.stream(w, r, last, []*topic{t})
}

// changesOfSeveral streams the changes of the records that the query string
// names, each perhaps with a filter of its own.
func (s *Site) changesOfSeveral(w http.ResponseWriter, r *http.Request) error {
	params, err := query(r)
	if err != nil {
		return err
	}
	if err := only(params, "record", "last_event_id"); err != nil {
		return err
	}
	named := params["record"]
	if len(named) == 0 || len(named) > maxTopics {
		return badParameter("record", "required", "names 1 to %d records, as record=crm.customer&record=crm.order", maxTopics)
	}
	var topics []*topic
	for _, text := range named {
		ref, filter, _ := strings.Cut(text, "?")
		o := s.recordNamed(ref)
		if o == nil {
			return badParameter("record", "unknown", "names %q, which is no record; write it as crm.customer", clipped(ref))
		}
		if err := s.engine.Permit(r.Context(), o, object.View); err != nil {
			return err
		}
		if slices.ContainsFunc(topics, func(t *topic) bool { return t.o == o }) {
			return badParameter("record", "duplicate", "names %q twice", clipped(ref))
		}
		filters, err := url.ParseQuery(filter)
		if err != nil {
			return badParameter("record", "syntax", "has a filter of %s that cannot be read; encode it, as record=crm.order%%3Fstatus%%3Ddraft", o.Ref)
		}
		t, err := newTopic(o, filters)
		if err != nil {
			return malformed(err)
		}
		topics = append(topics, t)
	}
	return s.stream(w, r, take(params, "last_event_id"), topics)
}

// recordNamed is the record with the reference, crm.records.customer or
// crm.customer, or nil.
func (s *Site) recordNamed(ref string) *object.Object {
	for _, o := range s.engine.Registry().Of("", object.KindRecord) {
		if ref == o.Ref || ref == o.App.Name+"."+o.Name {
			return o
		}
	}
	return nil
}

func badParameter(name, rule, format string, args ...any) error {
	text := object.Errorf(object.Invalid, format, args...).Text
	return &statusError{status: http.StatusBadRequest, err: &object.Error{
		Code: object.Invalid, Text: "some parameters are not valid", Fields: []object.FieldError{{Field: name, Rule: rule, Message: text}},
	}}
}

func clipped(s string) string { return s[:min(len(s), 80)] }

// take removes a parameter and returns its value.
func take(params url.Values, name string) string {
	v := params.Get(name)
	params.Del(name)
	return v
}

// stream is one client that listens.
type stream struct {
	site   *Site
	r      *http.Request
	who    *identity
	out    *eventWriter
	sub    *feed.Subscription
	topics []*topic
}

// errOver ends a stream; it is the reason that the client is told.
type errOver string

func (e errOver) Error() string { return string(e) }

func (s *Site) stream(w http.ResponseWriter, r *http.Request, last string, topics []*topic) error {
	if !acceptsEvents(r) {
		return with(http.StatusNotAcceptable, object.Invalid, "the answer is a stream without end; ask for it with the header Accept: text/event-stream")
	}
	who := identityOf(r)
	account := who.user.Name
	if who.session == nil && who.key == nil {
		account += " " + security.Network(s.clientAddr(r))
	}
	leave, err := s.listeners.enter(account)
	if err != nil {
		return err
	}
	defer leave()
	if header := r.Header.Get("Last-Event-ID"); header != "" {
		last = header
	}
	refs := make([]string, len(topics))
	for i, t := range topics {
		refs[i] = t.o.Ref
	}
	sub := s.Feed.Subscribe(last, refs...)
	defer sub.Close()
	st := &stream{site: s, r: r, who: who, sub: sub, topics: topics}
	ctx := st.execution(who)
	for _, t := range topics {
		if err := st.look(ctx, t); err != nil {
			return malformed(err)
		}
		t.blurred = last != ""
	}
	if r.Method == http.MethodHead {
		w.Header().Set("Content-Type", "text/event-stream")
		w.WriteHeader(http.StatusOK)
		return nil
	}
	sub.Begin(r.Context())
	if st.out, err = newEventWriter(w); err != nil {
		return err
	}
	var over errOver
	if err := st.run(last); errors.As(err, &over) {
		st.out.event("end", "", append(strconv.AppendQuote([]byte(`{"reason":`), string(over)), '}'))
		_ = st.out.flush() // a client that has gone needs no reason
	}
	return nil
}

// acceptsEvents says whether the client knows what it is getting into: what reads
// an answer to its end would wait for ever.
func acceptsEvents(r *http.Request) bool {
	for _, line := range r.Header.Values("Accept") {
		for part := range strings.SplitSeq(line, ",") {
			media, _, _ := strings.Cut(part, ";")
			if strings.EqualFold(strings.TrimSpace(media), "text/event-stream") {
				return true
			}
		}
	}
	return false
}

// run sends events until the client goes, the server stops, or the user may not
// listen any more.
func (st *stream) run(last string) error {
	limits := st.site.listeners.limits
	// clients that lose a node do not all come back at the same moment
	st.out.buf = append(strconv.AppendInt(append(st.out.buf, "retry: "...), 1000+rand.Int64N(2000), 10), '\n')
	from := "" // the client has it
	if last == "" {
		from = st.sub.From()
	}
	st.out.event("ready", from, st.greeting(last != ""))
	if err := st.out.flush(); err != nil {
		return err
	}
	heartbeat, recheck := time.NewTicker(limits.Heartbeat), time.NewTicker(limits.Recheck)
	defer heartbeat.Stop()
	defer recheck.Stop()
	for {
		select {
		case <-st.r.Context().Done():
			return st.r.Context().Err()
		case <-st.site.listeners.ended:
			return errOver("shutdown")
		case <-st.sub.Done():
			return errOver("shutdown")
		case <-heartbeat.C:
			st.out.beat(st.sub.Position())
			if err := st.out.flush(); err != nil {
				return err
			}
		case <-recheck.C:
			if err := st.check(); err != nil {
				return err
			}
		case <-st.sub.Wake():
			pause(st.r.Context(), gather)
			if err := st.tell(); err != nil {
				return err
			}
			pause(st.r.Context(), lull)
		}
	}
}

func pause(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-t.C:
	}
}

// greeting is the data of the first event: what the stream is about, and whether
// it goes on from where another one ended.
func (st *stream) greeting(resumed bool) []byte {
	data := []byte(`{"records":[`)
	for i, t := range st.topics {
		if i > 0 {
			data = append(data, ',')
		}
		data = strconv.AppendQuote(data, t.o.Ref)
	}
	return append(strconv.AppendBool(append(data, `],"resumed":`...), resumed), '}')
}
