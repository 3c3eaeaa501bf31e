package appos

import (
	"net/http"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/apposengine/appos/internal/object"
)

// WebAPIOption changes a web API.
type WebAPIOption interface{ webAPI(*object.Object) }

type webAPIOption func(*object.Object)

func (f webAPIOption) webAPI(o *object.Object) { f(o) }

// WebAPI lets outside systems send the message M: a request of the pattern's
// method and path becomes the message, the answer of the rule that handles it the
// response. The path begins with a version and follows /api/{app}:
//
//	var _ = appos.WebAPI[GetCustomer](App, "GET /v1/customers/{customer}", appos.Allow("api_consumers"))
//
// is GET /api/crm/v1/customers/{customer}. A field of the message that the path
// names is read from there. Of the others, those of GET and DELETE are
// read from the query string, and those of POST, PUT and PATCH from a JSON body, by
// their names in snake case. The field's tag can say otherwise:
//
//	Source string `appos:"header=X-Source"`
//	DryRun bool   `appos:"query"`
//	Lines  []Line `appos:"body"` // is the whole body, not a member of it
//
// The answer is JSON, with the same names. Its fields can go elsewhere too, for
// contracts that others have made:
//
//	Code     int    `appos:"status"`          // the HTTP status, unless it is 0
//	Location string `appos:"header=Location"` // a header, unless it is empty
//	Items    []Item `appos:"body"`            // is the whole body, not a member of it
//
// Who calls needs two permissions: to use the web API, which allow grants, and to
// use the rule, as every caller of the rule does. One message may have several
// web APIs, such as one per version; all but one then need a name by [Named].
func WebAPI[M marker](app *App, pattern string, allow Access, opts ...WebAPIOption) Declared {
	t := reflect.TypeFor[M]()
	o := object.Object{
		Kind: object.KindWebAPI, Name: object.Snake(t.Name()), Source: caller(), Declared: true,
		Grants: allow.grants(object.View | object.Use), WebAPI: &object.WebAPI{Message: t},
	}
	method, path, _ := strings.Cut(pattern, " ")
	w := o.WebAPI
	w.Method, w.Path = method, "/api/"+app.Name()+path
	for _, opt := range opts {
		opt.webAPI(&o)
	}
	fault := func(format string, args ...any) {
		app.descriptor.Fault(o.Source, object.RefOf(app.Name(), o.Kind, o.Name), format, args...)
	}
	if !slices.Contains(methods, method) || !versioned.MatchString(path) {
		fault(`its pattern is %q; it must be a method and a path that begins with a version, such as "GET /v1/customers/{customer}"`, pattern)
	}
	if !addressed.MatchString(w.Path) {
		fault("its path is %q; it begins with a name, and is made of small letters, digits, - and _, and of {fields}", w.Path)
	}
	switch w.Status {
	case 0, http.StatusOK, http.StatusCreated, http.StatusAccepted, http.StatusNoContent:
	default:
		fault("its status is %d; an answer that is no error is 200, 201, 202 or 204", w.Status)
	}
	if w.MaxBody < 0 {
		fault("its largest body has no byte; appos.MaxBody takes 1 or more")
	}
	if w.Timeout < 0 {
		fault("its time limit is no time; appos.TimeLimit takes more than nothing")
	}
	if w.Limit != (object.Rate{}) && (w.Limit.Requests < 1 || w.Limit.Per <= 0) {
		fault("its rate limit lets nobody in; appos.RateLimit takes 1 or more, in more than no time")
	}
	return declare(app, o)
}

var (
	methods   = []string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete}
	versioned = regexp.MustCompile(`^/v[0-9]+(/|$)`)
	addressed = regexp.MustCompile(`^/[a-z0-9][a-z0-9_.-]*(/([a-z0-9][a-z0-9_.-]*|\{[a-z][a-z0-9_]*\}))*$`)
)

// At serves a web API at a path from the root, such as "/api/users", instead of
// below the app and its version: for clients that expect it there.
func At(path string) WebAPIOption {
	return webAPIOption(func(o *object.Object) { o.WebAPI.Path = path })
}

// Status is the HTTP status of an answer that is no error: 200, 201, 202 or 204.
// Without it an answer is 200, and none 204.
func Status(code int) WebAPIOption {
	return webAPIOption(func(o *object.Object) { o.WebAPI.Status = code })
}

// RateLimit answers each account at most n times per time; more is a 429 that
// says when to come again. The public account is counted by address.
func RateLimit(n int, per time.Duration) WebAPIOption {
	return webAPIOption(func(o *object.Object) { o.WebAPI.Limit = object.Rate{Requests: notNone(n), Per: per} })
}

// MaxBody is the largest body that a web API reads, in bytes. Without it the
// server's limit holds, which is 10 MB.
func MaxBody(bytes int64) WebAPIOption {
	return webAPIOption(func(o *object.Object) { o.WebAPI.MaxBody = notNone(bytes) })
}

// TimeLimit ends requests that take longer, with a [TimedOut] error and the status
// 504: the context of the rule is over then. A rule that does not ask its context,
// directly or by a verb, is answered when it is done.
func TimeLimit(d time.Duration) WebAPIOption {
	return webAPIOption(func(o *object.Object) { o.WebAPI.Timeout = notNone(d) })
}

// notNone keeps a limit that was given apart from none.
func notNone[T int | int64 | time.Duration](limit T) T {
	if limit == 0 {
		return -1
	}
	return limit
}

var (
	// LogPayloads keeps requests and answers in the log, up to 8 KB of each and
	// without the fields that are hidden or sensitive. It is for finding faults, not
	// for ever.
	LogPayloads WebAPIOption = webAPIOption(func(o *object.Object) { o.WebAPI.LogPayloads = true })

	// EncryptPayloads is [LogPayloads] for what not everyone who reads log files may
	// read: it is encrypted in them, and shown to administrators in the console. A
	// rotation of the keys ends that.
	EncryptPayloads WebAPIOption = webAPIOption(func(o *object.Object) { o.WebAPI.LogPayloads, o.WebAPI.Encrypt = true, true })
)
