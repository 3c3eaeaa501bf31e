package web

import (
	"bytes"
	"errors"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/apposengine/appos/internal/object"
	"github.com/apposengine/appos/internal/record"
)

// resource serves one record as a REST resource.
type resource struct {
	site *Site
	o    *object.Object
}

// restRoutes are the derived routes of a record.
func (s *Site) restRoutes(o *object.Object) []Route {
	rs := &resource{s, o}
	base := "/api/" + o.App.Name + "/" + o.Record.Path
	one := base + "/{id}"
	route := func(method, path string, p object.Permission, h handler) Route {
		return Route{Method: method, Path: path, Object: o, Permission: p, API: true, handle: h}
	}
	streams := func(r Route) Route {
		r.Streams = true
		return r
	}
	routes := []Route{
		route("GET", base, object.View, rs.list),
		route("POST", base, object.Create, rs.create),
		route("POST", base+"/bulk", object.Create|object.Update|object.Delete, rs.bulk),
		route("GET", base+"/aggregate", object.View, rs.aggregate),
		streams(route("POST", base+"/import", object.Create, rs.importRows)),
		streams(route("GET", base+"/export", object.View, rs.exportRows)),
		streams(route("GET", base+"/changes", object.View, rs.changes)),
		route("GET", one, object.View, rs.get),
		route("PATCH", one, object.Update, rs.patch),
		route("PUT", one, object.Update, rs.put),
		route("DELETE", one, object.Delete, rs.delete),
	}
	if o.Record.Audited {
		routes = append(routes,
			route("GET", base+"/history", object.View, rs.historyOfAll),
			route("GET", one+"/history", object.View, rs.history),
			route("POST", one+"/restore", object.Update, rs.restore))
	}
	return routes
}

func (rs *resource) list(w http.ResponseWriter, r *http.Request) error {
	params, err := query(r)
	if err != nil {
		return err
	}
	counted, err := flag(params, "count")
	if err != nil {
		return err
	}
	var body []byte
	err = rs.site.engine.With(r.Context(), rs.o, object.View, func(p *record.Plan, a *record.Access) error {
		q, err := p.ParseFilter(a, params)
		if err != nil {
			return err
		}
		rows := make([]any, 0, q.Limit)
		page, err := p.Find(r.Context(), a, q, func() any {
			row := p.NewRow()
			rows = append(rows, row)
			return row
		})
		if err != nil {
			return err
		}
		rows = rows[:page.Rows]
		hidden, expand, err := p.Shape(r.Context(), a, names(params, "expand"), names(params, "fields"), rows)
		if err != nil {
			return err
		}
		body = append(make([]byte, 0, 64+len(rows)*400), `{"items":[`...)
		for i, row := range rows {
			if i > 0 {
				body = append(body, ',')
			}
			body = p.AppendJSON(body, row, hidden, expand...)
		}
		body = appendNext(body, page.Next)
		if counted {
			n, err := p.Count(r.Context(), a, q, 0)
			if err != nil {
				return err
			}
			body = strconv.AppendInt(append(body, `,"total":`...), int64(n), 10)
		}
		body = append(body, '}')
		return nil
	})
	if err != nil {
		return malformed(err)
	}
	return writeJSON(w, http.StatusOK, body)
}

func (rs *resource) get(w http.ResponseWriter, r *http.Request) error {
	id, err := rs.id(r)
	if err != nil {
		return err
	}
	params, err := query(r)
	if err != nil {
		return err
	}
	if err := only(params, "expand", "fields"); err != nil {
		return err
	}
	var body []byte
	var version int64
	err = rs.site.engine.With(r.Context(), rs.o, object.View, func(p *record.Plan, a *record.Access) error {
		row := p.NewRow()
		if err := p.Get(r.Context(), a, id, row); err != nil {
			return err
		}
		hidden, expand, err := p.Shape(r.Context(), a, names(params, "expand"), names(params, "fields"), []any{row})
		if err != nil {
			return err
		}
		version = p.Version(row)
		body = p.AppendJSON(make([]byte, 0, 512), row, hidden, expand...)
		return nil
	})
	if err != nil {
		return malformed(err)
	}
	// what is expanded has versions of its own, which the tag does not know
	if !params.Has("expand") {
		tag := etag(version)
		w.Header().Set("ETag", tag)
		if r.Header.Get("If-None-Match") == tag {
			w.WriteHeader(http.StatusNotModified)
			return nil
		}
	}
	return writeJSON(w, http.StatusOK, body)
}

func (rs *resource) create(w http.ResponseWriter, r *http.Request) error {
	sent, err := jsonBody(r)
	if err != nil {
		return err
	}
	var body []byte
	err = rs.site.engine.With(r.Context(), rs.o, object.Create, func(p *record.Plan, a *record.Access) error {
		row := p.NewRow()
		read, err := p.DecodeJSON(sent, row, record.ForCreate)
		if err != nil {
			return err
		}
		if err := p.CreateSet(r.Context(), a, row, read.Set); err != nil {
			return err
		}
		w.Header().Set("Location", r.URL.Path+"/"+strconv.FormatInt(p.ID(row), 10))
		w.Header().Set("ETag", etag(p.Version(row)))
		body = p.AppendJSON(make([]byte, 0, 512), row, a.Hidden)
		return nil
	})
	if err != nil {
		return unreadable(err)
	}
	return writeJSON(w, http.StatusCreated, body)
}

func (rs *resource) patch(w http.ResponseWriter, r *http.Request) error {
	return rs.change(w, r, record.ForPatch)
}

func (rs *resource) put(w http.ResponseWriter, r *http.Request) error {
	return rs.change(w, r, record.ForReplace)
}

func (rs *resource) change(w http.ResponseWriter, r *http.Request, mode record.Mode) error {
	id, err := rs.id(r)
	if err != nil {
		return err
	}
	expected, err := ifMatch(r)
	if err != nil {
		return err
	}
	sent, err := jsonBody(r)
	if err != nil {
		return err
	}
	var body []byte
	err = rs.site.engine.With(r.Context(), rs.o, object.Update, func(p *record.Plan, a *record.Access) error {
		row := p.NewRow()
		err := p.UpdateSet(r.Context(), a, id, expected, row, func() (record.Mask, error) {
			was := p.Version(row)
			read, err := p.DecodeJSON(sent, row, mode)
			if err == nil && read.Version != 0 && read.Version != was {
				err = changed(read.Version, was)
			}
			return read.Set, err
		})
		if err != nil {
			return err
		}
		w.Header().Set("ETag", etag(p.Version(row)))
		if rs.site.engine.Allowed(r.Context(), rs.o, object.View) {
			body = p.AppendJSON(make([]byte, 0, 512), row, a.Hidden)
		}
		return nil
	})
	if err != nil {
		return unreadable(stale(expected, err))
	}
	return writeRow(w, body)
}

func (rs *resource) delete(w http.ResponseWriter, r *http.Request) error {
	id, err := rs.id(r)
	if err != nil {
		return err
	}
	expected, err := ifMatch(r)
	if err != nil {
		return err
	}
	err = rs.site.engine.With(r.Context(), rs.o, object.Delete, func(p *record.Plan, a *record.Access) error {
		return p.Delete(r.Context(), a, id, expected)
	})
	if err != nil {
		return stale(expected, err)
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// id reads the row's id from the path. What is no id is no row.
func (rs *resource) id(r *http.Request) (int64, error) {
	id, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
	if err != nil || id <= 0 || strconv.FormatInt(id, 10) != r.PathValue("id") {
		return 0, object.Errorf(object.NotFound, "there is no %s %q", object.Humanize(rs.o.Name), r.PathValue("id"))
	}
	return id, nil
}

func etag(version int64) string { return `"v` + strconv.FormatInt(version, 10) + `"` }

// ifMatch is the version that the If-Match header demands; 0 is none.
func ifMatch(r *http.Request) (int64, error) {
	tag := strings.TrimSpace(r.Header.Get("If-Match"))
	if tag == "" || tag == "*" {
		return 0, nil
	}
	number, ok := strings.CutPrefix(strings.Trim(tag, `"`), "v")
	version, err := strconv.ParseInt(number, 10, 64)
	if !ok || err != nil || version < 1 {
		return 0, with(http.StatusPreconditionFailed, object.Conflict, "the If-Match header is %q; it must be the ETag of the row, such as %s, or *", tag, etag(3))
	}
	return version, nil
}

// stale makes the conflict over a version that If-Match demanded a 412.
func stale(expected int64, err error) error {
	var versions *object.Stale
	if expected != 0 && errors.As(err, &versions) {
		return &statusError{status: http.StatusPreconditionFailed, err: object.AsError(err)}
	}
	return err
}

// changed is the conflict over the version that a body expects.
func changed(expected, is int64) error {
	return object.Errorf(object.Conflict, "the row has changed: version %d was expected, it is %d now; read it again", expected, is)
}

// malformed makes what is wrong with the query string a 400: a read has no
// other input.
func malformed(err error) error {
	var e *object.Error
	if errors.As(err, &e) && e.Code == object.Invalid {
		return &statusError{status: http.StatusBadRequest, err: e}
	}
	return err
}

// unreadable makes a body that is no JSON object a 400; one whose fields are
// wrong names them and stays a 422.
func unreadable(err error) error {
	var e *object.Error
	if errors.As(err, &e) && e.Code == object.Invalid && len(e.Fields) == 0 {
		return &statusError{status: http.StatusBadRequest, err: e}
	}
	return err
}

// query parses the query string, strictly.
func query(r *http.Request) (url.Values, error) {
	params, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return nil, with(http.StatusBadRequest, object.Invalid, "the query string cannot be read: %v", err)
	}
	return params, nil
}

// only refuses parameters other than those named.
func only(params url.Values, known ...string) error {
	var faults []object.FieldError
next:
	for name := range params {
		for _, k := range known {
			if name == k {
				continue next
			}
		}
		faults = append(faults, object.FieldError{Field: name, Rule: "unknown", Message: "is not a parameter here; known are " + strings.Join(known, ", ")})
	}
	if len(faults) > 0 {
		return &statusError{status: http.StatusBadRequest, err: &object.Error{Code: object.Invalid, Text: "some parameters are not valid", Fields: faults}}
	}
	return nil
}

func flag(params url.Values, name string) (bool, error) {
	switch v := params.Get(name); v {
	case "", "false", "0":
		return false, nil
	case "true", "1":
		return true, nil
	default:
		return false, with(http.StatusBadRequest, object.Invalid, "the parameter %s is %q; it must be true or false", name, v)
	}
}

// names are those that a parameter lists, separated by commas.
func names(params url.Values, param string) []string {
	var names []string
	for _, v := range params[param] {
		for name := range strings.SplitSeq(v, ",") {
			if name = strings.TrimSpace(name); name != "" {
				names = append(names, name)
			}
		}
	}
	return names
}

// jsonBody reads the body of a request that must be JSON.
func jsonBody(r *http.Request) ([]byte, error) {
	if ct := r.Header.Get("Content-Type"); ct != "" {
		if media, _, err := mime.ParseMediaType(ct); err != nil || media != "application/json" {
			return nil, with(http.StatusUnsupportedMediaType, object.Invalid, "the body is %q; send application/json", ct)
		}
	}
	return readBody(r)
}

// readBody reads a body to its end.
func readBody(r *http.Request) ([]byte, error) {
	if r.ContentLength == 0 {
		return nil, nil
	}
	var body bytes.Buffer
	if n := r.ContentLength; n > 0 { // and not more than a beginning for one that claims much
		body.Grow(int(min(n, 64<<10)) + bytes.MinRead)
	}
	if _, err := body.ReadFrom(r.Body); err != nil {
		return nil, unread(err)
	}
	return body.Bytes(), nil
}

// appendNext ends a list and says where it goes on; "" is nowhere.
func appendNext(body []byte, cursor string) []byte {
	body = append(body, `],"next_cursor":`...)
	if cursor == "" {
		return append(body, "null"...)
	}
	return strconv.AppendQuote(body, cursor)
}

// writeRow answers a change with the row as it is now; nil is one that the user,
// who may change but not view it, is not shown.
func writeRow(w http.ResponseWriter, body []byte) error {
	if body == nil {
		w.WriteHeader(http.StatusNoContent)
		return nil
	}
	return writeJSON(w, http.StatusOK, body)
}

func writeJSON(w http.ResponseWriter, status int, body []byte) error {
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	_, _ = w.Write(body) // the client that has gone needs no error
	return nil
}
