package web

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/apposengine/appos/internal/idempotency"
	"github.com/apposengine/appos/internal/object"
	"github.com/apposengine/appos/internal/record"
)

// keyField carries the key under which a request may be sent again.
const keyField = "Idempotency-Key"

// patience is how long a request waits for another with the same key.
const patience = 10 * time.Second

// repeatable says whether requests of the route can carry an idempotency key:
// those that change a record, or are sent to a web API.
func (r *Route) repeatable() bool {
	return r.API && r.Object != nil && r.Method != http.MethodGet && r.Method != http.MethodHead
}

// once answers a request. One that carries an idempotency key is done once,
// however often it is sent.
func (s *Site) once(route *Route, w http.ResponseWriter, r *http.Request, who *identity) error {
	if !route.repeatable() || len(r.Header.Values(keyField)) == 0 {
		return route.handle(w, r)
	}
	key, err := idempotencyKey(r.Header.Values(keyField))
	if err != nil {
		return err
	}
	caller := s.caller(route, r, who)
	o := &repeat{site: s, route: route, w: w, req: idempotency.Request{
		Key: idempotency.Key(caller, key), Account: who.user.Name,
		Method: r.Method, Path: r.URL.RequestURI(), Rights: s.rights(r.Context(), route, who.user),
	}}
	if route.Streams {
		// it is read, and known, while it is worked on
		o.sum = sha256.New()
		r = r.WithContext(context.WithValue(r.Context(), sumKey{}, o.sum))
	} else {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return unread(err)
		}
		sum := sha256.New()
		sum.Write(body)
		if api := route.webAPI(); api != nil { // what stands in headers is of the message too
			for _, in := range api.Inputs {
				if sent := r.Header[in.Name]; in.In == object.InHeader && len(sent) > 0 {
					fmt.Fprintf(sum, "\x00%s%q", in.Name, sent)
				}
			}
		}
		o.req.Body = hex.EncodeToString(sum.Sum(nil))
		again := *r
		again.Body = io.NopCloser(bytes.NewReader(body))
		r = &again
	}
	ctx, cancel := context.WithTimeout(r.Context(), patience)
	defer cancel()
	done, err := s.turns.take(ctx, o.req.Key)
	if err != nil {
		return o.busy(r)
	}
	defer done()
	if route.Object.Record != nil && !route.Streams {
		return o.stored(ctx, r)
	}
	return o.claimed(ctx, r)
}

// idempotencyKey reads the key: 1 to 255 printable ASCII characters, as they are
// or as a string of RFC 8941, in quotes.
func idempotencyKey(sent []string) (string, error) {
	wrong := with(http.StatusBadRequest, object.Invalid, "the header %s must be there once and be a key of 1 to 255 printable ASCII characters, such as a UUID", keyField)
	if len(sent) != 1 {
		return "", wrong
	}
	key := strings.Trim(sent[0], " \t")
	if inner, ok := strings.CutPrefix(key, `"`); ok {
		if key, ok = strings.CutSuffix(inner, `"`); !ok {
			return "", wrong
		}
		var b strings.Builder
		for i := 0; i < len(key); i++ {
			switch {
			case key[i] == '"':
				return "", wrong
			case key[i] == '\\':
				if i++; i == len(key) || key[i] != '"' && key[i] != '\\' {
					return "", wrong
				}
			}
			b.WriteByte(key[i])
		}
		key = b.String()
	}
	if len(key) == 0 || len(key) > 255 || strings.ContainsFunc(key, func(r rune) bool { return r < ' ' || r > '~' }) {
		return "", wrong
	}
	return key, nil
}

// rights is a hash of what the user may do with what the route is about. What a
// user may see of rows follows from the groups.
func (s *Site) rights(ctx context.Context, route *Route, u *object.User) string {
	h := sha256.New()
	fmt.Fprintf(h, "%s %q", u.Type, u.Groups)
	for _, p := range (object.View | object.Use | object.Create | object.Update | object.Delete | object.Admin).Split() {
		fmt.Fprint(h, " ", s.engine.Allowed(ctx, route.Object, p))
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}

// repeat is a request that carries a key.
type repeat struct {
	site  *Site
	route *Route
	w     http.ResponseWriter
	req   idempotency.Request
	sum   hash.Hash // of a body that is read while it is worked on
}

// errNotKept undoes what led to an answer that is an error.
var errNotKept = errors.New("the answer is an error")

// stored does a request in one transaction with its key and its answer: all of
// it is there afterwards, or nothing.
func (o *repeat) stored(wait context.Context, r *http.Request) error {
	s, db := o.site, o.site.engine.StoreOf(o.route.Object)
	var kept *idempotency.Kept
	begun := false
	answer := newRecording(o.w)
	err := db.Tx(r.Context(), func(ctx context.Context) (err error) {
		now := s.Now()
		if kept, err = idempotency.Begin(carrying{wait, ctx}, db, o.req, now, now, s.Limits.KeepKeys); err != nil || kept != nil {
			return err
		}
		begun = true
		if err := o.route.handle(answer, r.WithContext(ctx)); err != nil {
			return err
		}
		if answer.status >= 400 {
			return errNotKept
		}
		return idempotency.Finish(ctx, db, o.req, answer.answer())
	})
	switch {
	case errors.Is(err, errNotKept):
	case err != nil && !begun && wait.Err() != nil:
		return o.busy(r)
	case err != nil:
		return record.Failed(err)
	case kept != nil:
		return o.again(kept, r)
	}
	send(o.w, answer.answer())
	return nil
}

// lease is how long a node that does not say that it works on a request may be
// alive all the same.
const lease = 30 * time.Second

// claimed does a request that cannot be one transaction: it claims the key, works,
// and keeps the answer. When the process ends in between, nobody can tell what was
// done, and the key stays claimed.
func (o *repeat) claimed(wait context.Context, r *http.Request) error {
	s, db := o.site, o.site.engine.StoreOf(o.route.Object)
	for pause := 20 * time.Millisecond; ; pause = min(2*pause, time.Second) {
		now := s.Now()
		kept, err := idempotency.Begin(r.Context(), db, o.req, now, now.Add(lease), s.Limits.KeepKeys)
		switch {
		case err != nil:
			return record.Failed(err)
		case kept != nil && (kept.Done() || now.After(kept.AliveUntil)):
			return o.again(kept, r)
		}
		if kept == nil {
			break
		}
		select { // another node is at it
		case <-wait.Done():
			return o.busy(r)
		case <-time.After(pause):
		}
	}
	ctx := context.WithoutCancel(r.Context()) // what was claimed is settled, also when the client is gone
	alive := o.keepAlive(ctx)
	settled := false
	defer func() { // also when the handler panics
		alive()
		if !settled {
			o.note(r, idempotency.Release(ctx, db, o.req.Key))
		}
	}()
	work, cancel := r.Context(), context.CancelFunc(func() {})
	if !o.route.Streams {
		work, cancel = unattended(r.Context())
	}
	defer cancel()
	answer := newRecording(o.w)
	if err := o.route.handle(answer, r.WithContext(work)); err != nil {
		late := context.Cause(work) == errLate
		if late {
			<-r.Context().Done() // it ends at the same moment, and says why
		}
		if half := (halfDone{}); late || errors.As(err, &half) { // doing it again could do some of it twice
			alive()
			o.note(r, idempotency.Alive(ctx, db, o.req.Key, s.Now()))
			settled = true
		}
		return err
	}
	if answer.status < 400 {
		alive()
		if o.sum != nil {
			o.req.Body = hex.EncodeToString(o.sum.Sum(nil))
		}
		// the effect is there, and the client hears of it in any case
		o.note(r, idempotency.Finish(ctx, db, o.req, answer.answer()))
		settled = true
	}
	send(o.w, answer.answer())
	return nil
}

// unattended is the context of work that goes on when its client has gone: who
// sent a key comes back for the answer. Its time ends as ever.
func unattended(ctx context.Context) (context.Context, context.CancelFunc) {
	free := context.WithoutCancel(ctx)
	if end, ok := ctx.Deadline(); ok {
		return context.WithDeadlineCause(free, end, errLate)
	}
	return free, func() {}
}

// keepAlive says again and again that this node works on the request, until stop
// is called.
func (o *repeat) keepAlive(ctx context.Context) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			select {
			case <-ctx.Done():
				return
			case <-time.After(lease / 3):
				_ = idempotency.Alive(ctx, o.site.engine.StoreOf(o.route.Object), o.req.Key, o.site.Now().Add(lease)) // the next may succeed
			}
		}
	}()
	return func() { cancel(); <-done }
}

func (o *repeat) note(r *http.Request, err error) {
	if err != nil {
		o.site.warn(r, "what became of a request with an idempotency key could not be kept: "+err.Error())
	}
}

// again answers what is known of a request that was made before.
func (o *repeat) again(kept *idempotency.Kept, r *http.Request) error {
	if o.sum != nil && kept.Done() {
		from, _, _, err := fileOf(r)
		if err == nil {
			_, err = io.Copy(io.Discard, from)
		}
		if err != nil {
			return o.site.refusedUpload(err)
		}
		o.req.Body = hex.EncodeToString(o.sum.Sum(nil))
	}
	switch {
	case kept.Method != o.req.Method || kept.Path != o.req.Path || kept.Request.Body != o.req.Body && kept.Done():
		return with(http.StatusConflict, object.Conflict, "the %s was used for another request, %s %s; use a new one for what is new, and send the same again for what is not", keyField, kept.Method, kept.Path)
	case kept.Rights != o.req.Rights:
		return with(http.StatusConflict, object.Conflict, "what you may do has changed since the %s was used; look at what was done, and use a new one", keyField)
	case !kept.Done():
		return with(http.StatusConflict, object.Conflict, "the request with this %s was begun, and broke off before it had an answer: its outcome is not known. Look whether it took effect before you send it with a new one", keyField)
	case kept.Large:
		e := with(http.StatusConflict, object.Conflict, "the request with this %s was done, with status %d; its answer was too large to be kept. Read what it made or changed", keyField, kept.Status)
		for _, name := range []string{"Location", "ETag"} {
			if v := kept.Header[http.CanonicalHeaderKey(name)]; len(v) > 0 {
				e = e.set(name, v[0])
			}
		}
		return e
	}
	o.w.Header().Set("Idempotent-Replayed", "true")
	send(o.w, kept.Answer)
	return nil
}

// busy tells the client that another request with the key is not done yet.
func (o *repeat) busy(r *http.Request) error {
	if err := r.Context().Err(); err != nil {
		return &object.Error{Code: object.Timeout, Text: "the time for this request is over", Err: err}
	}
	return with(http.StatusConflict, object.Conflict, "a request with this %s is being worked on; send it again in a moment", keyField).set("Retry-After", "1")
}

// carrying is a context with the values of another, its transaction among them.
type carrying struct {
	context.Context
	values context.Context
}

func (c carrying) Value(key any) any { return c.values.Value(key) }

// halfDone is an error after which some of the request's effect is there.
type halfDone struct{ error }

func (e halfDone) Unwrap() error { return e.error }

type sumKey struct{}
