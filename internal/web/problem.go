package web

import (
	"encoding/json"
	"errors"
	"math"
	"net/http"
	"strconv"

	"github.com/apposengine/appos/internal/object"
	"github.com/apposengine/appos/internal/security"
)

// Problem is an error as the API answers it (RFC 9457). Type is always
// "about:blank": Code, which never changes its meaning, tells problems apart.
type Problem struct {
	Type        string              `json:"type"`
	Title       string              `json:"title"`
	Status      int                 `json:"status"`
	Detail      string              `json:"detail,omitempty"`
	Instance    string              `json:"instance,omitempty"` // the path asked for
	Code        string              `json:"code"`
	Object      string              `json:"object,omitempty"`
	Kind        string              `json:"kind,omitempty"`
	ExecutionID string              `json:"execution_id"`
	Chain       []string            `json:"chain,omitempty"` // callers; only for administrators
	Errors      []object.FieldError `json:"errors,omitempty"`
}

// statusError gives an error an HTTP status other than its class's.
type statusError struct {
	status int
	header map[string]string
	err    *object.Error
	told   bool // the text is for the client, although the fault is the server's
}

func (e *statusError) Error() string { return e.err.Error() }
func (e *statusError) Unwrap() error { return e.err }

// with wraps an error of the class in a status.
func with(status int, code object.Code, format string, args ...any) *statusError {
	return &statusError{status: status, err: object.Errorf(code, format, args...)}
}

func (e *statusError) set(header, value string) *statusError {
	if e.header == nil {
		e.header = map[string]string{}
	}
	e.header[header] = value
	return e
}

var statusOf = map[object.Code]int{
	object.Denied:      http.StatusForbidden,
	object.Invalid:     http.StatusUnprocessableEntity,
	object.NotFound:    http.StatusNotFound,
	object.Conflict:    http.StatusConflict,
	object.Timeout:     http.StatusGatewayTimeout,
	object.Integration: http.StatusBadGateway,
	object.Dispatch:    http.StatusNotFound,
	object.RecordFault: http.StatusInternalServerError,
	object.Internal:    http.StatusInternalServerError,
}

// problem describes err for the one who asked. Causes and other internals stay
// in the log, under the execution id that the problem names.
func problem(r *http.Request, err error) (Problem, map[string]string) {
	e := object.AsError(err)
	p := Problem{Type: "about:blank", Status: statusOf[e.Code], Instance: r.URL.Path, Code: string(e.Code), Detail: e.Public(), Object: e.Object, Errors: e.Fields}
	if p.Object != "" {
		p.Kind = e.Kind.String()
	}
	var header map[string]string
	var outage *object.Outage
	down := errors.As(err, &outage)
	if down {
		p.Status, header = http.StatusServiceUnavailable, map[string]string{"Retry-After": retryAfter(outage)}
		p.Detail = outage.Error()
	}
	var full *object.NoSpace
	if errors.As(err, &full) {
		p.Status, p.Detail, down = http.StatusInsufficientStorage, full.Error(), true
	}
	var se *statusError
	if errors.As(err, &se) {
		p.Status, header = se.status, se.header
		down = down || se.told
	}
	if f := object.FrameOf(r.Context()); f != nil {
		p.ExecutionID = f.Exec.ID
		if f.Exec.User.Type == object.SystemAdmin {
			p.Chain = e.Chain
		}
		if e.Code == object.Denied && f.Exec.User.Name == security.PublicUser && se == nil {
			p.Status, p.Detail = http.StatusUnauthorized, "sign in first: "+p.Detail
			header = map[string]string{"WWW-Authenticate": `Bearer realm="appos"`}
		}
	}
	if p.Status >= 500 && !down {
		p.Detail, p.Errors = "the server could not finish the request; the log has more under the execution id", nil
	}
	p.Title = http.StatusText(p.Status)
	return p, header
}

// retryAfter is when to ask again, in whole seconds.
func retryAfter(o *object.Outage) string {
	return strconv.Itoa(int(math.Ceil(max(1, o.RetryAfter.Seconds()))))
}

func writeProblem(w http.ResponseWriter, p Problem, header map[string]string) {
	for k, v := range header {
		w.Header().Set(k, v)
	}
	w.Header().Set("Content-Type", "application/problem+json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(p.Status)
	_ = json.NewEncoder(w).Encode(p)
}
