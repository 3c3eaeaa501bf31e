package web

import (
	"context"
	"errors"
	"io"
	"net/http"
	"os"
	"time"

	"github.com/apposengine/appos/internal/object"
)

// leastPace is how many bytes a second a client sends at least, over the whole of
// a body: a body that comes byte by byte must not hold its connection for ever.
const leastPace = 1 << 10

// A span is the time that a request has. The server's own deadlines are meant for
// pages; they would cut a long export, and let a slow body be.
type span struct {
	c     *http.ResponseController
	stall time.Duration
	end   time.Time // of the whole request; zero for one that takes what it needs
}

// begin gives a request the time of its route, and its context an end.
func (s *Site) begin(route *Route, w http.ResponseWriter, r *http.Request) (context.Context, context.CancelFunc, *span) {
	if !route.limited() && !route.Upload {
		return r.Context(), func() {}, nil
	}
	now := time.Now() // a connection's clock is no other
	t := &span{c: http.NewResponseController(w), stall: s.Limits.Stall}
	limit := s.timeout(route)
	if limit == 0 {
		t.moved()
		return r.Context(), func() {}, t
	}
	t.end = now.Add(limit)
	_ = t.c.SetWriteDeadline(t.end.Add(t.stall)) // not every connection has deadlines
	ctx, cancel := context.WithDeadlineCause(r.Context(), t.end, errLate)
	return ctx, cancel, t
}

var errLate = errors.New("the request took longer than it may")

// moved gives the client of an answer that takes what it needs time for the next
// piece of it.
func (t *span) moved() {
	if t.end.IsZero() {
		_ = t.c.SetWriteDeadline(time.Now().Add(max(2*t.stall, slowly)))
	}
}

// body is the request's body, read at a pace and up to a size.
func (t *span) body(w http.ResponseWriter, body io.ReadCloser, largest int64) io.ReadCloser {
	if t == nil {
		return body
	}
	if body == nil || body == http.NoBody {
		t.received()
		return body
	}
	return http.MaxBytesReader(w, &paced{ReadCloser: body, span: t, began: time.Now()}, largest)
}

// received ends the time for the request: from now on the server only watches
// whether the client is still there, and must not take the end of that time for
// the client's.
func (t *span) received() { _ = t.c.SetReadDeadline(time.Time{}) }

// paced is a body that must keep coming.
type paced struct {
	io.ReadCloser
	span  *span
	began time.Time
	set   time.Time // when the deadline was moved
	n     int64
}

func (b *paced) Read(p []byte) (int, error) {
	t := b.span
	if now := time.Now(); now.Sub(b.set) > t.stall/50 {
		b.set = now
		due := b.began.Add(t.stall + time.Duration(b.n)*time.Second/leastPace)
		if soon := now.Add(t.stall); due.After(soon) {
			due = soon
		}
		if !t.end.IsZero() && due.After(t.end) {
			due = t.end
		}
		_ = t.c.SetReadDeadline(due)
		t.moved()
	}
	n, err := b.ReadCloser.Read(p)
	b.n += int64(n)
	if err == io.EOF {
		t.received()
	}
	return n, err
}

// hurry lets a refusal wait only a moment for the rest of a body that nobody
// reads: net/http takes it in before it answers, so that clients that send all
// before they listen get to hear it.
func hurry(w http.ResponseWriter, r *http.Request) {
	if r.Body != nil && r.Body != http.NoBody {
		_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(time.Second)) // not every connection has one
	}
}

// unread is why a body could not be read: it is too large, it did not come in
// time, or it broke off.
func unread(err error) error {
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		return with(http.StatusRequestEntityTooLarge, object.Invalid, "the body is larger than %s, which is the most that is read here; send less at once", object.FormatSize(tooLarge.Limit))
	case errors.Is(err, os.ErrDeadlineExceeded):
		return with(http.StatusRequestTimeout, object.Timeout, "the body did not come in time; send it again, at once").set("Connection", "close")
	}
	return with(http.StatusBadRequest, object.Invalid, "the body could not be read to its end: %w", err)
}

// late makes an error that came of the request's time being over a 504.
func (s *Site) late(route *Route, r *http.Request, err error) error {
	if err == nil || context.Cause(r.Context()) != errLate {
		return err
	}
	if se := (*statusError)(nil); errors.As(err, &se) {
		return err
	}
	e := *object.AsError(err)
	if e.Code != object.Timeout && e.Code != object.Internal {
		return err
	}
	e.Code, e.Err = object.Timeout, err
	e.Text = "the request took longer than " + object.FormatDuration(s.timeout(route)) + " and was given up; ask for less at once. What it changed may be there: look before you send it again"
	return &statusError{status: http.StatusGatewayTimeout, err: &e, told: true}
}
