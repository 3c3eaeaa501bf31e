package server_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"mime"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/jsonschema-go/jsonschema"

	"github.com/apposengine/appos"
	"github.com/apposengine/appos/demo/apps"
	"github.com/apposengine/appos/internal/config"
	"github.com/apposengine/appos/internal/store/storetest"
	"github.com/apposengine/appos/platform"
	"github.com/apposengine/appos/server"
)

// described is a document as a client reads it, and who it is for.
type described struct {
	t    *testing.T
	at   *site
	text string
	doc  struct {
		OpenAPI    string
		Paths      map[string]map[string]*operation
		Components struct {
			Schemas    map[string]*jsonschema.Schema
			Parameters map[string]*parameter
			Responses  map[string]*response
		}
	}
	schemas *jsonschema.Resolved // compiled
}

type operation struct {
	OperationID string
	Parameters  []*parameter
	RequestBody struct{ Content map[string]media }
	Responses   map[string]*response
	Security    []map[string][]string
}

type parameter struct {
	Ref      string `json:"$ref"`
	Name, In string
	Required bool
	Style    string
	Schema   *jsonschema.Schema
	Example  any
	Content  map[string]media
}

type response struct {
	Ref     string `json:"$ref"`
	Content map[string]media
	Headers map[string]any
}

type media struct {
	Schema  *jsonschema.Schema
	Example json.RawMessage
}

// openDemo opens the demo, and an app with web APIs of all kinds, with its rows and
// a user of each sort. Clients are by
// user; "" is nobody.
func openDemo(t *testing.T) (*server.Server, map[string]*site) {
	t.Helper()
	cfg := config.Default()
	cfg.Platform.Data = t.TempDir()
	cfg.Database.URL = config.NewSecret(storetest.URL(t))
	cfg.AdminPassword = config.NewSecret(password)
	cfg.API.RateLimit = config.RateLimit{} // the tests are one account
	s, err := server.Open(t.Context(), cfg, append(slices.Clone(apps.All), Desk)...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	if err := s.FirstStart(t.Context(), true); err != nil {
		t.Fatal(err)
	}
	system, err := s.As(t.Context(), "system")
	if err != nil {
		t.Fatal(err)
	}
	clients := map[string]*site{"": {h: s.Handler()}}
	for _, u := range []platform.CreateUser{
		{Name: "ana", Groups: []string{"sales"}},
		{Name: "leo", Groups: []string{"sales"}},
		{Name: "cora", Groups: []string{"crm_admins", "clerks"}},
		{Name: "nora"},
		{Name: "partner", Groups: []string{"api_consumers", "partners"}, Type: "service_account"},
		{Name: "admin"},
	} {
		if u.Type == "" {
			u.Password = password
		}
		if u.Name != "admin" {
			if _, err := appos.Call(system, u); err != nil {
				t.Fatal(err)
			}
		}
		if u.Type != "" { // it has keys, and no password
			key, err := appos.Call(system, platform.CreateAPIKey{Account: u.Name, Name: "tests"})
			if err != nil {
				t.Fatal(err)
			}
			clients[u.Name] = &site{h: s.Handler(), bearer: key.Secret}
			continue
		}
		w := clients[""].do("POST", "/api/auth/token", fmt.Sprintf(`{"username":%q,"password":%q}`, u.Name, password))
		var answer struct{ Token string }
		if err := json.Unmarshal(w.Body.Bytes(), &answer); err != nil || answer.Token == "" {
			t.Fatalf("no token for %s: %d %s", u.Name, w.Code, w.Body)
		}
		clients[u.Name] = &site{h: s.Handler(), bearer: answer.Token}
	}
	return s, clients
}

func describe(t *testing.T, at *site) *described {
	t.Helper()
	w := at.do("GET", "/api/openapi.json", "")
	if w.Code != http.StatusOK {
		t.Fatalf("GET /api/openapi.json: %d %s", w.Code, w.Body)
	}
	d := &described{t: t, at: at, text: w.Body.String()}
	// as a schema the document has its components in $defs
	text := strings.ReplaceAll(d.text, "#/components/schemas/", "#/$defs/")
	if err := json.Unmarshal([]byte(text), &d.doc); err != nil {
		t.Fatal(err)
	}
	return d
}

// compile makes one schema of all that the document has, so that what they share
// is compiled once: an object with a member for each.
func (d *described) compile() {
	d.t.Helper()
	root := &jsonschema.Schema{Type: "object", Properties: map[string]*jsonschema.Schema{}, Defs: d.doc.Components.Schemas}
	add := func(content map[string]media) {
		for _, m := range content {
			if m.Schema != nil {
				root.Properties[keyOf(m.Schema)] = m.Schema.CloneSchemas()
			}
		}
	}
	d.each(func(_, _ string, op *operation) {
		add(op.RequestBody.Content)
		for _, r := range op.Responses {
			add(d.response(r).Content)
		}
	})
	var err error
	if d.schemas, err = root.Resolve(nil); err != nil {
		d.t.Fatal(err)
	}
}

func keyOf(s *jsonschema.Schema) string {
	key, err := json.Marshal(s)
	if err != nil {
		panic(err)
	}
	return string(key)
}

// valid says whether a value in JSON is what the schema describes.
func (d *described) valid(s *jsonschema.Schema, body []byte) error {
	if d.schemas == nil {
		d.compile()
	}
	var v any
	if err := json.Unmarshal(body, &v); err != nil {
		return err
	}
	return d.schemas.Validate(map[string]any{keyOf(s): v})
}

func (d *described) parameter(p *parameter) *parameter {
	if name, is := strings.CutPrefix(p.Ref, "#/components/parameters/"); is {
		if p = d.doc.Components.Parameters[name]; p == nil {
			d.t.Fatalf("there is no parameter %s", name)
		}
	}
	return p
}

func (d *described) response(r *response) *response {
	if name, is := strings.CutPrefix(r.Ref, "#/components/responses/"); is {
		if r = d.doc.Components.Responses[name]; r == nil {
			d.t.Fatalf("there is no response %s", name)
		}
	}
	return r
}

// each calls f for every operation: what only reads comes first, what removes last.
func (d *described) each(f func(method, path string, op *operation)) {
	for _, method := range []string{"get", "post", "put", "patch", "delete"} {
		for _, path := range slices.Sorted(maps.Keys(d.doc.Paths)) {
			if op := d.doc.Paths[path][method]; op != nil {
				f(strings.ToUpper(method), path, op)
			}
		}
	}
}

func TestOpenAPI(t *testing.T) {
	s, clients := openDemo(t)
	t.Run("routes", func(t *testing.T) { describesTheRoutes(t, s, clients) })
	t.Run("examples", func(t *testing.T) { examplesAreValid(t, clients) })
	t.Run("parameters", func(t *testing.T) { parametersAreUnderstood(t, clients) })
	t.Run("cached", func(t *testing.T) { isCached(t, s, clients) })
	t.Run("needed", func(t *testing.T) { needsWhatItSays(t, clients["cora"]) })
	t.Run("kept", func(t *testing.T) { isKept(t, clients) })
}

// What is described is what there is: every route of the API is in the document of
// an administrator, and nothing else.
func describesTheRoutes(t *testing.T, s *server.Server, clients map[string]*site) {
	var want, got []string
	for _, r := range s.Routes() {
		if r.API {
			want = append(want, r.Method+" "+r.Path)
		}
	}
	describe(t, clients["admin"]).each(func(method, path string, _ *operation) { got = append(got, method+" "+path) })
	for _, r := range want {
		if !slices.Contains(got, r) {
			t.Errorf("%s is not described", r)
		}
	}
	for _, r := range got {
		if !slices.Contains(want, r) {
			t.Errorf("%s is described and no route", r)
		}
	}
}

// Ids are unique, references lead somewhere, and examples are what their schemas say.
func examplesAreValid(t *testing.T, clients map[string]*site) {
	for name, at := range clients {
		t.Run(name, func(t *testing.T) {
			d := describe(t, at)
			ids := map[string]string{}
			check := func(where string, m media) {
				if m.Example == nil || m.Schema == nil {
					return
				}
				if err := d.valid(m.Schema, m.Example); err != nil {
					t.Errorf("%s: the example %s: %v", where, m.Example, err)
				}
			}
			d.each(func(method, path string, op *operation) {
				where := method + " " + path
				if other := ids[op.OperationID]; other != "" || op.OperationID == "" {
					t.Errorf("%s has the id %q, as has %s", where, op.OperationID, other)
				}
				ids[op.OperationID] = where
				for kind, m := range op.RequestBody.Content {
					check(where+" "+kind, m)
				}
				for status, r := range op.Responses {
					for kind, m := range d.response(r).Content {
						check(where+" "+status+" "+kind, m)
					}
				}
				seen := map[string]bool{}
				for _, p := range op.Parameters {
					p = d.parameter(p)
					if seen[p.In+" "+p.Name] {
						t.Errorf("%s has the parameter %s twice", where, p.Name)
					}
					seen[p.In+" "+p.Name] = true
				}
				for _, name := range pathNames(path) {
					if !seen["path "+name] {
						t.Errorf("%s does not describe {%s}", where, name)
					}
				}
			})
		})
	}
}

func pathNames(path string) []string {
	var names []string
	for _, part := range strings.Split(path, "/") {
		if strings.HasPrefix(part, "{") {
			names = append(names, strings.Trim(part, "{}"))
		}
	}
	return names
}

// Every operation, called with its example by who it is described for, answers
// with a status and a body that are described.
func isKept(t *testing.T, clients map[string]*site) {
	for _, name := range slices.Sorted(maps.Keys(clients)) {
		t.Run(name, func(t *testing.T) {
			d := describe(t, clients[name])
			d.each(func(method, path string, op *operation) {
				kinds := slices.Sorted(maps.Keys(op.RequestBody.Content))
				if kinds == nil {
					kinds = []string{""}
				}
				for _, kind := range kinds {
					if m := op.RequestBody.Content[kind]; kind != "" && m.Example == nil {
						continue
					}
					r := d.request(method, path, op, kind)
					w := httptest.NewRecorder()
					d.at.h.ServeHTTP(w, r)
					d.kept(method+" "+r.URL.String()+" "+kind, op, w)
				}
			})
		})
	}
}

// A body without a member that is required is refused, and one without another is not
// refused for it.
func needsWhatItSays(t *testing.T, at *site) {
	d := describe(t, at)
	required, others := 0, 0
	d.each(func(method, path string, op *operation) {
		m := op.RequestBody.Content["application/json"]
		var example map[string]json.RawMessage
		if method != "POST" || m.Schema == nil || json.Unmarshal(m.Example, &example) != nil || strings.HasSuffix(path, "/bulk") || path == "/api/auth/token" {
			return
		}
		s := m.Schema
		if name, is := strings.CutPrefix(s.Ref, "#/$defs/"); is {
			s = d.doc.Components.Schemas[name]
		}
		for name := range example {
			without := maps.Clone(example)
			delete(without, name)
			body, err := json.Marshal(without)
			if err != nil {
				t.Fatal(err)
			}
			w := at.do(method, strings.ReplaceAll(path, "{id}", "1"), string(body))
			var problem struct{ Errors []struct{ Field string } }
			_ = json.Unmarshal(w.Body.Bytes(), &problem) // of others nothing is expected
			named := slices.ContainsFunc(problem.Errors, func(e struct{ Field string }) bool { return e.Field == name })
			if slices.Contains(s.Required, name) {
				required++
				if !named {
					t.Errorf("%s %s without %s, which is required: %d %s", method, path, name, w.Code, w.Body)
				}
			} else {
				others++
				if named {
					t.Errorf("%s %s without %s, which is not required: %d %s", method, path, name, w.Code, w.Body)
				}
			}
		}
	})
	if required < 10 || others < 10 {
		t.Errorf("only %d members that are required and %d others were left out", required, others)
	}
}

// request is the operation's example.
func (d *described) request(method, path string, op *operation, kind string) *http.Request {
	query := url.Values{}
	header := http.Header{}
	for _, p := range op.Parameters {
		p = d.parameter(p)
		if !p.Required {
			continue
		}
		switch p.In {
		case "path":
			path = strings.ReplaceAll(path, "{"+p.Name+"}", url.PathEscape(operandOf(p)))
		case "query":
			query.Set(p.Name, operandOf(p))
		case "header":
			header.Set(p.Name, operandOf(p))
		}
	}
	var sent []byte
	if m, ok := op.RequestBody.Content[kind]; ok {
		sent = m.Example
		var text string
		if !strings.HasSuffix(kind, "json") && json.Unmarshal(sent, &text) == nil || strings.HasSuffix(kind, "ndjson") && json.Unmarshal(sent, &text) == nil {
			sent = []byte(text)
		}
		header.Set("Content-Type", kind)
	}
	if len(query) > 0 {
		path += "?" + query.Encode()
	}
	r := httptest.NewRequest(method, path, bytes.NewReader(sent))
	r.Header = header
	if d.at.bearer != "" {
		r.Header.Set("Authorization", "Bearer "+d.at.bearer)
	}
	return r
}

// operandOf is a value of a parameter: its example, or one that its schema allows.
func operandOf(p *parameter) string {
	if m, ok := p.Content["application/json"]; ok {
		return string(m.Example)
	}
	s, example := p.Schema, p.Example
	if s.Items != nil {
		s = s.Items
	}
	if example == nil && len(s.Enum) > 0 {
		example = s.Enum[0]
	}
	switch {
	case example != nil:
		return fmt.Sprint(example)
	case s.Type == "boolean":
		return "true"
	case s.Type == "integer" && s.Minimum != nil && *s.Minimum > 0:
		return strconv.FormatFloat(*s.Minimum, 'f', -1, 64)
	case s.Format == "date-time":
		return "2026-01-31T15:04:05Z"
	case s.Format == "date":
		return "2026-01-31"
	case strings.HasPrefix(s.Pattern, `^-?([0-9]`):
		return "48h"
	}
	return "1"
}

// kept says whether an answer is as described.
func (d *described) kept(what string, op *operation, w *httptest.ResponseRecorder) {
	d.t.Helper()
	documented, ok := op.Responses[strconv.Itoa(w.Code)]
	if !ok {
		d.t.Errorf("%s answers %d, which is not described: %s", what, w.Code, w.Body)
		return
	}
	documented = d.response(documented)
	if len(documented.Content) == 0 {
		if w.Body.Len() > 0 {
			d.t.Errorf("%s answers %d with a body that is not described: %s", what, w.Code, w.Body)
		}
		return
	}
	kind, _, err := mime.ParseMediaType(w.Header().Get("Content-Type"))
	m, ok := documented.Content[kind]
	if !ok {
		m, ok = documented.Content["*/*"]
	}
	if err != nil || !ok {
		d.t.Errorf("%s answers %d as %q, which is not described", what, w.Code, w.Header().Get("Content-Type"))
		return
	}
	if strings.HasSuffix(kind, "json") && kind != "application/x-ndjson" && m.Schema != nil {
		if err := d.valid(m.Schema, w.Body.Bytes()); err != nil {
			body := w.Body.String()
			d.t.Errorf("%s answers %d with what is not as described: %v in %.600s", what, w.Code, err, body)
		}
	}
	for name := range documented.Headers {
		if name == "ETag" && w.Code < 300 && w.Header().Get(name) == "" {
			d.t.Errorf("%s answers %d without its %s", what, w.Code, name)
		}
	}
}

// Every parameter of lists and figures is understood.
func parametersAreUnderstood(t *testing.T, clients map[string]*site) {
	d := describe(t, clients["cora"])
	tried := map[string]bool{}
	try := func(path, name, value string) {
		address := strings.ReplaceAll(path, "{id}", "1") + "?" + url.Values{name: {value}}.Encode()
		if w := d.at.do("GET", address, ""); w.Code != http.StatusOK {
			t.Errorf("GET %s: %d %s", address, w.Code, w.Body)
		}
	}
	d.each(func(method, path string, op *operation) {
		if method != "GET" || !strings.HasPrefix(path, "/api/crm/") || strings.HasSuffix(path, "/changes") {
			return
		}
		for _, p := range op.Parameters {
			shared := p.Ref
			p = d.parameter(p)
			switch {
			case tried[shared] || p.In != "query", p.Name == "cursor", p.Name == "before":
			case p.Name == "filter":
				filter := d.doc.Components.Schemas[strings.TrimPrefix(p.Schema.Ref, "#/$defs/")]
				for name, s := range filter.Properties {
					value := operandOf(&parameter{Schema: s})
					if strings.HasSuffix(name, "__in") || strings.HasSuffix(name, "__not_in") { // a list of what the field itself is compared with
						field, _, _ := strings.Cut(name, "__")
						value = operandOf(&parameter{Schema: filter.Properties[field]})
					}
					try(path, name, value)
					tried[shared+name] = true
				}
			case p.Schema == nil || p.Schema.Items == nil || p.Schema.Items.Enum != nil: // what has no list of names is in the examples of the guide
				try(path, p.Name, operandOf(p))
			}
			tried[shared] = true
		}
	})
	if len(tried) < 300 {
		t.Errorf("only %d parameters were tried", len(tried))
	}
}

// The document has a tag, and is not sent again to who has it; it is the same for
// all who may do the same.
func isCached(t *testing.T, s *server.Server, clients map[string]*site) {
	first := clients["leo"].do("GET", "/api/openapi.json", "")
	tag := first.Header().Get("ETag")
	again := httptest.NewRequest("GET", "/api/openapi.json", nil)
	again.Header.Set("Authorization", "Bearer "+clients["leo"].bearer)
	again.Header.Set("If-None-Match", `"other", `+tag)
	w := httptest.NewRecorder()
	s.Handler().ServeHTTP(w, again)
	if w.Code != http.StatusNotModified || w.Body.Len() > 0 || tag == "" {
		t.Errorf("with If-None-Match %q: %d, %d bytes", tag, w.Code, w.Body.Len())
	}
	if other := clients["cora"].do("GET", "/api/openapi.json", "").Header().Get("ETag"); other == tag {
		t.Error("sales and administrators have the same document")
	}

	// what is taken away is gone from the next document
	if !strings.Contains(first.Body.String(), `"/api/crm/customers"`) {
		t.Fatal("sales do not see customers")
	}
	system, err := s.As(t.Context(), "system")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := appos.Call(system, platform.RemoveUserFromGroup{User: "leo", Group: "sales"}); err != nil {
		t.Fatal(err)
	}
	if later := clients["leo"].do("GET", "/api/openapi.json", ""); strings.Contains(later.Body.String(), `"/api/crm/`) || later.Header().Get("ETag") == tag {
		t.Errorf("after leo left sales, his document still has customers")
	}
}
