package web

import (
	"fmt"
	"net/http"
	"runtime/debug"
	"time"

	"github.com/apposengine/appos/internal/logs"
	"github.com/apposengine/appos/internal/object"
)

// answer runs a route: it finds out who asks, begins the execution, and turns
// an error or a panic into a problem document or a page.
func (s *Site) answer(route Route) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		started := s.Now()
		sw := &statusWriter{ResponseWriter: w}
		who, err := s.identify(r, route.API)
		r = r.WithContext(s.engine.Begin(withIdentity(r.Context(), who), who.user, language(r, who.user, s)))
		if err == nil {
			err = s.try(route, sw, r, who)
		}
		if err != nil {
			s.fail(route, sw, r, who, err)
		}
		s.note(route, r, who, sw.status, s.Now().Sub(started), err)
	})
}

// try contains panics: they end the request, not the server.
func (s *Site) try(route Route, w *statusWriter, r *http.Request, who *identity) (err error) {
	defer func() {
		if p := recover(); p != nil {
			if p == http.ErrAbortHandler {
				panic(p)
			}
			err = &object.Error{Code: object.Internal, Err: fmt.Errorf("panic: %v\n%s", p, debug.Stack())}
		}
	}()
	if err := s.checkCSRF(r, who); err != nil {
		return err
	}
	if route.Guard == "session" && who.session == nil {
		return object.Errorf(object.Denied, "sign in first")
	}
	return route.handle(w, r)
}

func (s *Site) fail(route Route, w *statusWriter, r *http.Request, who *identity, err error) {
	if w.status != 0 {
		return // the answer has begun; the log has the rest
	}
	if route.API {
		p, header := problem(r, err)
		writeProblem(w, p, header)
		return
	}
	s.errorPage(w, r, who, err)
}

// note writes the request to the log: failures that the gate has not seen, such
// as a body that is no JSON, are found there under the execution id as well.
func (s *Site) note(route Route, r *http.Request, who *identity, status int, took time.Duration, err error) {
	f := object.FrameOf(r.Context())
	entry := logs.Entry{
		Time: s.Now(), Kind: "system", Category: logs.Execution, Level: logs.Info, Object: "http",
		User: who.user.Name, ExecutionID: f.Exec.ID, Duration: took, Status: r.Method + " " + r.URL.Path, HTTPStatus: status,
	}
	if route.Object != nil {
		entry.App = route.Object.App.Name
	}
	if err != nil {
		e := object.AsError(err)
		entry.Code, entry.Message, entry.Level = string(e.Code), err.Error(), logs.Warn
		if status >= 500 {
			entry.Level = logs.Error
		}
	}
	s.Logs.Log(entry)
}

// statusWriter remembers whether and how an answer began.
type statusWriter struct {
	http.ResponseWriter
	status int
}

func (w *statusWriter) WriteHeader(status int) {
	if w.status == 0 {
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *statusWriter) Write(b []byte) (int, error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	return w.ResponseWriter.Write(b)
}

// Unwrap gives http.ResponseController the writer beneath.
func (w *statusWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }
