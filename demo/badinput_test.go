package main_test

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

type problem struct {
	Type        string
	Title       string
	Status      int
	Detail      string
	Instance    string
	Code        string
	Object      string
	ExecutionID string `json:"execution_id"`
	Errors      []struct{ Field, Rule, Message string }
}

func (p problem) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s", p.Detail)
	for _, e := range p.Errors {
		fmt.Fprintf(&b, "; %s %s", e.Field, e.Message)
	}
	return b.String()
}

// TestBadInput sends what is wrong in every way that a client can be wrong: each
// gets a problem document that says so, a line in the log under its execution
// id, and nothing changes.
func TestBadInput(t *testing.T) {
	n := start(t, t.TempDir(), "--no-seed")
	cora, ana, nobody := n.As("cora"), n.As("ana"), &client{n: n}
	var row created
	cora.must(http.StatusCreated, "POST", "/api/crm/customers", map[string]any{"code": "A1", "name": "Anchor", "email": "anchor@example.com"}, &row)
	var order created
	cora.must(http.StatusCreated, "POST", "/api/crm/orders", map[string]any{"number": "1", "customer_id": row.ID, "placed_at": "2026-01-01T00:00:00Z"}, &order)
	one := fmt.Sprintf("/api/crm/customers/%d", row.ID)
	const list = "/api/crm/customers"
	before := string(get(cora, one))

	for _, tt := range []struct {
		name         string
		c            *client
		method, path string
		body         any
		status       int
		says         string
		headers      []string
	}{
		{"unknown field", cora, "POST", list, `{"code":"B","name":"B","nmae":"C"}`, 422, `nmae`, nil},
		{"wrong type", cora, "POST", list, `{"code":7,"name":["x"],"credit_limit":true}`, 422, "credit_limit", nil},
		{"missing fields", cora, "POST", list, `{}`, 422, `"field":"name","rule":"required"`, nil},
		{"a system field", cora, "POST", list, `{"code":"B","name":"B","id":9,"created_by":"me"}`, 422, "created_by", nil},
		{"a tier that is none", cora, "POST", list, `{"code":"B","name":"B","tier":"tin"}`, 422, "bronze", nil},
		{"too many digits", cora, "POST", list, `{"code":"B","name":"B","credit_limit":"1.234"}`, 422, "credit_limit", nil},
		{"a number that is too large", cora, "POST", list, `{"code":"B","name":"B","credit_limit":"99999999999999999999"}`, 422, "credit_limit", nil},
		{"null where a value must be", cora, "POST", list, `{"code":null,"name":"B"}`, 422, "code", nil},
		{"broken JSON", cora, "POST", list, `{"code":"B",`, 400, "", nil},
		{"no object", cora, "POST", list, `[1]`, 400, "", nil},
		{"two objects", cora, "POST", list, `{"code":"B","name":"B"}{}`, 400, "", nil},
		{"a key twice", cora, "POST", list, `{"code":"B","code":"C","name":"B"}`, 422, "code", nil},
		{"deep nesting", cora, "POST", list, strings.Repeat(`{"a":`, 100_000), 400, "", nil},
		{"not UTF-8", cora, "POST", list, "{\"code\":\"B\",\"name\":\"\xff\xfe\"}", 0, "", nil},
		{"an empty body", cora, "POST", list, "", 400, "", nil},
		{"a form", cora, "POST", list, "code=B", 415, "application/json", []string{"Content-Type", "application/x-www-form-urlencoded"}},
		{"11 MB", cora, "POST", list, `{"code":"B","name":"` + strings.Repeat("x", 11<<20) + `"}`, 413, "10MB", nil},
		{"a duplicate", cora, "POST", list, `{"code":"A1","name":"B"}`, 409, "taken", nil},
		{"an address that is none", cora, "PATCH", one, `{"email":"not an address"}`, 422, "e-mail", nil},
		{"a reference to nothing", cora, "POST", list, `{"code":"B","name":"B","region_id":999}`, 422, "region_id", nil},
		{"unknown filter", cora, "GET", list + "?cty=Berlin", nil, 400, `did you mean \"city\"`, nil},
		{"unknown operator", cora, "GET", list + "?city__near=Berlin", nil, 400, "near", nil},
		{"a filter of the wrong type", cora, "GET", list + "?credit_limit__gt=much", nil, 400, "credit_limit", nil},
		{"unknown sort", cora, "GET", list + "?sort=-naem", nil, 400, "name", nil},
		{"bad cursor", cora, "GET", list + "?cursor=!!", nil, 400, "cursor", nil},
		{"a cursor of another sort", cora, "GET", list + "?sort=name&cursor=WyI1aDhvNjEiLCIyIl0", nil, 400, "cursor", nil},
		{"a limit of none", cora, "GET", list + "?limit=0", nil, 400, "limit", nil},
		{"a limit of too many", cora, "GET", list + "?limit=9999", nil, 400, "200", nil},
		{"count is neither", cora, "GET", list + "?count=maybe", nil, 400, "true or false", nil},
		{"unknown expansion", cora, "GET", list + "?expand=orderz", nil, 400, "orderz", nil},
		{"a query string that is broken", cora, "GET", list + "?city=%zz", nil, 400, "", nil},
		{"stale If-Match", cora, "PATCH", one, `{"city":"Rome"}`, 412, "version", []string{"If-Match", `"v9"`}},
		{"nonsense If-Match", cora, "PATCH", one, `{"city":"Rome"}`, 412, "If-Match", []string{"If-Match", "yesterday"}},
		{"stale version", cora, "PATCH", one, `{"city":"Rome","version":7}`, 409, "version", nil},
		{"stale delete", cora, "DELETE", one, nil, 412, "version", []string{"If-Match", `"v9"`}},
		{"missing row", cora, "GET", list + "/4711", nil, 404, "4711", nil},
		{"an id that is none", cora, "GET", list + "/abc", nil, 404, "abc", nil},
		{"an id beyond all", cora, "GET", list + "/99999999999999999999", nil, 404, "", nil},
		{"a missing row to change", cora, "PATCH", list + "/4711", `{"city":"Rome"}`, 404, "", nil},
		{"a missing row to delete", cora, "DELETE", list + "/4711", nil, 404, "", nil},
		{"missing permission", ana, "DELETE", one, nil, 403, "may not delete", nil},
		{"missing permission, and a body that is huge", n.As("sam"), "POST", list, strings.Repeat("x", 11<<20), 403, "may not create", nil},
		{"nobody", nobody, "GET", one, nil, 401, "sign in", nil},
		{"a token that is none", &client{n, "nonsense"}, "GET", one, nil, 401, "unknown or over", nil},
		{"another scheme", nobody, "GET", one, nil, 401, "Bearer", []string{"Authorization", "Basic YTpi"}},
		{"an unknown record", cora, "GET", "/api/crm/custommers", nil, 404, "", nil},
		{"an unknown app", cora, "GET", "/api/crn/customers", nil, 404, "", nil},
		{"a method that nothing answers", cora, "PUT", list, `{}`, 405, "", nil},
		{"a web API: an id that is none", cora, "GET", "/api/crm/v1/customers/abc", nil, 404, "customer", nil},
		{"a web API: a missing row", cora, "GET", "/api/crm/v1/customers/4711", nil, 404, "4711", nil},
		{"a web API: an unknown parameter", cora, "GET", "/api/crm/v1/orders?stauts=draft", nil, 422, `did you mean \"status\"`, nil},
		{"a web API: a value that is none of them", cora, "GET", "/api/crm/v1/orders?status=draft,open", nil, 422, "status[1]", nil},
		{"a web API: no time", cora, "GET", "/api/crm/v1/orders?since=NaN", nil, 422, "since", nil},
		{"a web API: a broken query", cora, "GET", "/api/crm/v1/orders?limit=%zz", nil, 400, "query", nil},
		{"a web API: no body", cora, "POST", "/api/crm/v1/orders", "", 400, "empty", nil},
		{"a web API: broken JSON", cora, "POST", "/api/crm/v1/orders", `{"number":"A",`, 400, "line 1, column", nil},
		{"a web API: something follows", cora, "POST", "/api/crm/v1/orders", `{} {}`, 400, "follows", nil},
		{"a web API: deep nesting", cora, "POST", "/api/crm/v1/orders", strings.Repeat(`{"a":`, 1000), 400, "nests", nil},
		{"a web API: not UTF-8", cora, "POST", "/api/crm/v1/orders", "{\"number\":\"\xff\"}", 400, "UTF-8", nil},
		{"a web API: an unknown field", cora, "POST", "/api/crm/v1/orders", `{"nubmer":"A"}`, 422, `did you mean \"number\"`, nil},
		{"a web API: a key twice", cora, "POST", "/api/crm/v1/orders", `{"number":"A","lines":[{"product":1,"product":2}]}`, 422, "lines[0].product", nil},
		{"a web API: null", cora, "POST", "/api/crm/v1/orders", `{"number":null}`, 422, "must not be null", nil},
		{"a web API: overflow", cora, "POST", "/api/crm/v1/orders", `{"customer":99999999999999999999}`, 422, "too large", nil},
		{"a web API: wrong types", cora, "POST", "/api/crm/v1/orders", `{"number":[],"customer":"1","due_on":"tomorrow","lines":{}}`, 422, "due_on", nil},
		{"a web API: no number", cora, "GET", "/api/finance/v1/customers/1/credit?amount=NaN", nil, 422, "amount", nil},
		{"a web API: too much", cora, "POST", "/api/crm/v1/orders", `{"number":"` + strings.Repeat("x", 257<<10) + `"}`, 413, "256KB", nil},
		{"a web API: a form", cora, "POST", "/api/crm/v1/orders", "number=A", 415, "application/json", []string{"Content-Type", "application/x-www-form-urlencoded"}},
		{"a web API: a method that nothing answers", cora, "DELETE", "/api/crm/v1/orders", nil, 405, "", nil},
		{"a web API: missing permission", n.As("sam"), "GET", "/api/finance/v1/customers/1/credit?amount=1", nil, 403, "may not use", nil},
		{"a web API: nobody", nobody, "GET", "/api/crm/v1/orders", nil, 401, "sign in", nil},
		{"a wrong password", nobody, "POST", "/api/auth/token", `{"username":"zoe","password":"guess"}`, 401, "wrong", nil},
		{"a token for nonsense", nobody, "POST", "/api/auth/token", `{"user":"zoe"}`, 400, "username", nil},
		{"a page of another site", nobody, "POST", list, `{}`, 403, "another site", []string{"Sec-Fetch-Site", "cross-site"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			status, header, answer := tt.c.do(tt.method, tt.path, tt.body, tt.headers...)
			if status >= 500 || status < 400 || tt.status != 0 && status != tt.status {
				t.Fatalf("status %d, want %d: %s", status, tt.status, answer)
			}
			if ct := header.Get("Content-Type"); ct != "application/problem+json" {
				t.Errorf("content type %q", ct)
			}
			var p problem
			if err := json.Unmarshal(answer, &p); err != nil {
				t.Fatalf("%v in %s", err, answer)
			}
			if p.Status != status || p.Title == "" || p.Code == "" || len(p.ExecutionID) != 36 || p.Detail == "" {
				t.Errorf("the problem is incomplete: %s", answer)
			}
			if !strings.Contains(string(answer), tt.says) {
				t.Errorf("the problem does not say %q: %s", tt.says, answer)
			}
			if !n.logged(p.ExecutionID) {
				t.Errorf("no log has %s", p.ExecutionID)
			}
		})
	}
	if after := string(get(cora, one)); after != before {
		t.Errorf("the customer has changed from\n%s to\n%s", before, after)
	}
	if got := cora.total(list + "?count=true"); got != 1 {
		t.Errorf("there are %d customers", got)
	}
}

func get(c *client, path string) json.RawMessage {
	c.n.t.Helper()
	var raw json.RawMessage
	c.must(http.StatusOK, "GET", path, nil, &raw)
	return raw
}

// logged says whether a line of some log has the text, once it has been written.
func (n *node) logged(text string) bool {
	n.t.Helper()
	for deadline := time.Now().Add(5 * time.Second); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		found := false
		_ = filepath.WalkDir(filepath.Join(n.Dir, "logs"), func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || found {
				return err
			}
			lines, err := os.ReadFile(path)
			found = err == nil && strings.Contains(string(lines), text)
			return nil
		})
		if found {
			return true
		}
	}
	return false
}
