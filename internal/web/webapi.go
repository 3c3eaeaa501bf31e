package web

import (
	"context"
	"fmt"
	"mime"
	"net/http"
	"strconv"
	"strings"

	"github.com/apposengine/appos/internal/logs"
	"github.com/apposengine/appos/internal/object"
	"github.com/apposengine/appos/internal/wire"
)

// endpoint serves one web API.
type endpoint struct {
	site *Site
	o    *object.Object
	api  *wire.API
}

// webAPIRoutes are those of the declared web APIs.
func (s *Site) webAPIRoutes() []Route {
	var routes []Route
	for _, o := range s.engine.Registry().Of("", object.KindWebAPI) {
		e := &endpoint{s, o, s.engine.API(o)}
		routes = append(routes, Route{Method: o.WebAPI.Method, Path: o.WebAPI.Path, Object: o, Permission: object.Use, API: true, handle: e.serve})
	}
	return routes
}

// serving is one request to a web API on its way to an answer.
type serving struct {
	*endpoint
	message  any // nil when it could not be read
	response wire.Response
}

func (e *endpoint) serve(w http.ResponseWriter, r *http.Request) error {
	x := serving{endpoint: e}
	err := e.site.engine.Serve(r.Context(), e.o,
		func(ctx context.Context) error { return x.run(ctx, r) },
		func(entry *logs.Entry, err error) { x.note(entry, r, err) })
	if err != nil {
		return err
	}
	return x.send(w)
}

// run reads the message, has it answered, and writes down the answer.
func (x *serving) run(ctx context.Context, r *http.Request) error {
	req := wire.Request{Path: r.PathValue, Header: r.Header}
	var err error
	if r.URL.RawQuery != "" {
		if req.Query, err = query(r); err != nil {
			return err
		}
	}
	if x.o.WebAPI.HasBody() {
		if req.Body, err = requestJSON(r); err != nil {
			return err
		}
	}
	message, err := x.api.Bind(req)
	if err != nil {
		return unreadable(err)
	}
	x.message = message
	answer, err := x.site.engine.Run(ctx, x.o.WebAPI.To, message)
	if err != nil {
		return err
	}
	if x.response, err = x.api.Respond(answer, identityOf(r).user); err != nil {
		return &object.Error{Code: object.Internal, Err: fmt.Errorf("the answer of %s cannot be sent: %w", x.o.WebAPI.To.Ref, err)}
	}
	return nil
}

// requestJSON reads the body of a request, which is JSON in some dress.
func requestJSON(r *http.Request) ([]byte, error) {
	body, err := readBody(r)
	if err != nil {
		return nil, err
	}
	if ct := r.Header.Get("Content-Type"); ct != "" && len(body) > 0 && !isJSON(ct) {
		return nil, with(http.StatusUnsupportedMediaType, object.Invalid, "the body is %q; send application/json", ct)
	}
	return body, nil
}

// isJSON says whether a content type is JSON, as it is or as application/scim+json is.
func isJSON(contentType string) bool {
	if contentType == "application/json" {
		return true
	}
	media, _, err := mime.ParseMediaType(contentType)
	return err == nil && (media == "application/json" || strings.HasPrefix(media, "application/") && strings.HasSuffix(media, "+json"))
}

// send writes the answer.
func (x *serving) send(w http.ResponseWriter) error {
	h, resp := w.Header(), &x.response
	h.Set("Cache-Control", "no-store")
	if resp.Body != nil {
		h.Set("Content-Type", "application/json")
		h.Set("Content-Length", strconv.Itoa(len(resp.Body)))
	}
	for _, header := range resp.Header {
		if header[0] == "Vary" { // beside what the answer varies by already
			h.Add(header[0], header[1])
			continue
		}
		h.Set(header[0], header[1])
	}
	if resp.Raw { // what it is, the app says: it runs nothing in a browser
		h.Set("Content-Security-Policy", "sandbox; default-src 'none'")
	}
	w.WriteHeader(resp.Status)
	_, _ = w.Write(resp.Body) // the client that has gone needs no error
	return nil
}

// note adds to the log how the request ended.
func (x *serving) note(entry *logs.Entry, r *http.Request, err error) {
	entry.Status = x.response.Status
	if err != nil {
		p, _ := problem(r, err)
		entry.Status = p.Status
	}
	if x.o.WebAPI.LogPayloads {
		x.notePayloads(entry, r, err)
	}
}
