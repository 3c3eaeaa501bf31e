package web

import (
	"errors"
	"net/http"
	"time"

	"github.com/klauspost/compress/gzhttp"
)

// eventTime is how long a client may take to accept what is sent.
const eventTime = 10 * time.Second

// eventWriter writes a stream of server-sent events. What is written goes out
// with flush, all of it or the stream is over.
type eventWriter struct {
	w   http.ResponseWriter
	rc  *http.ResponseController
	buf []byte
}

// newEventWriter begins the answer. It outlives the server's limits for
// requests: from here on each write has one of its own.
func newEventWriter(w http.ResponseWriter) (*eventWriter, error) {
	e := &eventWriter{w: w, rc: http.NewResponseController(w)}
	if err := e.rc.SetReadDeadline(time.Time{}); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return nil, err
	}
	h := w.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("Cache-Control", "no-store, no-transform")
	h.Set("X-Accel-Buffering", "no") // nginx and others hold answers back otherwise
	h.Set(gzhttp.HeaderNoCompression, "1")
	w.WriteHeader(http.StatusOK)
	return e, nil
}

// event adds an event; an id of "" leaves the client's as it is. The data is one
// line.
func (e *eventWriter) event(name, id string, data []byte) {
	e.buf = append(append(e.buf, "event: "...), name...)
	if id != "" {
		e.buf = append(append(e.buf, "\nid: "...), id...)
	}
	e.buf = append(append(append(e.buf, "\ndata: "...), data...), "\n\n"...)
}

// beat adds what clients do not see, and tells the browser where to go on from.
func (e *eventWriter) beat(id string) {
	if id == "" {
		e.buf = append(e.buf, ":\n\n"...)
		return
	}
	e.buf = append(append(append(e.buf, ":\nid: "...), id...), "\n\n"...)
}

// flush sends what was added.
func (e *eventWriter) flush() error {
	if len(e.buf) == 0 {
		return nil
	}
	if err := e.rc.SetWriteDeadline(time.Now().Add(eventTime)); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return err
	}
	_, err := e.w.Write(e.buf)
	if cap(e.buf) > 64<<10 {
		e.buf = nil // one large answer is not kept for hours
	}
	e.buf = e.buf[:0]
	if err != nil {
		return err
	}
	return e.rc.Flush()
}
