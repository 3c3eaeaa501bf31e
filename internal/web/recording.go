package web

import (
	"bytes"
	"maps"
	"net/http"
	"strconv"

	"github.com/apposengine/appos/internal/idempotency"
)

// recording takes an answer that is sent once it is certain.
type recording struct {
	under  http.ResponseWriter
	header http.Header
	status int
	body   bytes.Buffer
}

func newRecording(w http.ResponseWriter) *recording {
	return &recording{under: w, header: http.Header{}}
}

func (a *recording) Header() http.Header { return a.header }

func (a *recording) WriteHeader(status int) {
	if a.status == 0 {
		a.status = status
	}
}

func (a *recording) Write(b []byte) (int, error) {
	a.WriteHeader(http.StatusOK)
	return a.body.Write(b)
}

// Flush sends nothing yet.
func (a *recording) Flush() {}

// Unwrap gives http.ResponseController the connection's deadlines.
func (a *recording) Unwrap() http.ResponseWriter { return a.under }

// answer is what is kept of it.
func (a *recording) answer() idempotency.Answer {
	a.WriteHeader(http.StatusOK)
	header := maps.Clone(a.header)
	for _, name := range []string{"Content-Length", "Set-Cookie", "Date"} {
		delete(header, name)
	}
	return idempotency.Answer{Status: a.status, Header: header, Body: a.body.Bytes()}
}

// send answers what was kept.
func send(w http.ResponseWriter, a idempotency.Answer) {
	h := w.Header()
	maps.Copy(h, a.Header)
	if a.Status != http.StatusNoContent && a.Status != http.StatusNotModified {
		h.Set("Content-Length", strconv.Itoa(len(a.Body)))
	}
	w.WriteHeader(a.Status)
	_, _ = w.Write(a.Body) // the client that has gone needs no error
}
