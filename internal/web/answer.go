package web

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"strings"
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
		s.vary(&route, sw)
		ctx, cancel, span := s.begin(&route, sw, r)
		defer cancel()
		who, err := anybody, error(nil)
		if !route.Anybody {
			who, err = s.identify(r, route.API && !route.Fresh)
		}
		r = r.WithContext(s.engine.Begin(withIdentity(ctx, who), who.user, s.language(&route, r, who.user)))
		s.spoken(&route, sw.Header(), object.FrameOf(r.Context()).Exec.Language)
		r.Body = span.body(sw, r.Body, s.maxBody(&route))
		if err == nil {
			err = s.late(&route, r, s.try(route, sw, r, who))
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
		switch p := recover().(type) {
		case nil:
		case *object.Error: // of a constant, in place of an error result
			err = p
		default:
			if p == http.ErrAbortHandler {
				panic(p)
			}
			err = &object.Error{Code: object.Internal, Err: fmt.Errorf("panic: %v\n%s", p, debug.Stack())}
		}
	}()
	if !route.Fresh && !(route.Upload && strings.HasPrefix(r.Header.Get("Content-Type"), "multipart/form-data")) {
		if err := s.checkCSRF(r, who); err != nil {
			return err
		}
	}
	if !route.API {
		switch {
		case who.user.Type == object.ServiceAccount:
			return object.Errorf(object.Denied, "service accounts have no screens; use the API")
		case who.key != nil: // so a key opens no page on which keys are made
			return object.Errorf(object.Denied, "API keys are for the API; sign in to open pages")
		}
	}
	if route.Guard == "session" && who.session == nil {
		if !route.API {
			return errSignIn(who)
		}
		return object.Errorf(object.Denied, "there is no session")
	}
	if route.API && route.Object != nil {
		// who may not is told so before a body is read
		if err := s.permit(r.Context(), route); err != nil {
			return err
		}
	}
	if err := s.count(&route, w, r, who); err != nil {
		return err
	}
	return s.once(&route, w, r, who)
}

// permit lets in who has one of the route's permissions.
func (s *Site) permit(ctx context.Context, route Route) (err error) {
	for _, p := range route.Permission.Split() {
		if s.engine.Allowed(ctx, route.Object, p) {
			return nil
		}
	}
	return s.engine.Permit(ctx, route.Object, route.Permission.Split()[0])
}

func (s *Site) fail(route Route, w *statusWriter, r *http.Request, who *identity, err error) {
	if w.status != 0 {
		return // the answer has begun; the log has the rest
	}
	if route.API {
		hurry(w, r)
		p, header := problem(r, err)
		s.translate(&route, r, w.Header(), &p)
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
		Time: s.Now(), Kind: logs.System, Category: logs.Execution, User: who.user.Name, ExecutionID: f.Exec.ID,
		Duration: took, Status: status, Message: r.Method + " " + r.URL.Path,
	}
	if who.key != nil {
		entry.Add(logs.String("api_key", who.key.ID))
	}
	if route.Object != nil {
		entry.App, entry.Object = route.Object.App.Name, route.Object.Ref
	}
	if err != nil {
		entry.Code, entry.Level = object.AsError(err).Code, slog.LevelWarn
		if status >= 500 {
			entry.Level = slog.LevelError
		}
		entry.Add(logs.String("error", err.Error()))
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

// denied notes a refusal that the gate does not see.
func (s *Site) denied(r *http.Request, who *identity, event, detail string) {
	entry := logs.Entry{
		Time: s.Now(), Kind: logs.System, Category: logs.Security, Level: slog.LevelWarn, User: who.user.Name, Message: detail,
	}
	if f := object.FrameOf(r.Context()); f != nil {
		entry.ExecutionID = f.Exec.ID
	}
	entry.Add(logs.String("event", event), logs.String("address", s.clientAddr(r)), logs.String("path", r.URL.Path))
	s.Logs.Log(entry)
}

// warn notes something that the client cannot be told any more.
func (s *Site) warn(r *http.Request, text string) {
	entry := logs.Entry{Time: s.Now(), Kind: logs.System, Category: logs.Execution, Level: slog.LevelWarn, Message: text}
	if f := object.FrameOf(r.Context()); f != nil {
		entry.User, entry.ExecutionID = f.Exec.User.Name, f.Exec.ID
	}
	s.Logs.Log(entry)
}
