package server_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/shopspring/decimal"

	"github.com/apposengine/appos"
	"github.com/apposengine/appos/internal/config"
	"github.com/apposengine/appos/platform"
	"github.com/apposengine/appos/server"
)

// Desk has a web API for everything that one can be.
var Desk = appos.NewApp("desk", []byte("app:\n  name: Desk\n  groups: [clerks, partners]\n  security:\n    defaults:\n      logic: {groups: [clerks]}\n      ui: {groups: []}\n"))

const (
	clerks   appos.Group = "clerks"
	partners appos.Group = "partners"
)

// Echo says what it has read.
type Echo struct {
	appos.Returns[Echoed]

	Ticket   int64
	Words    []string
	Days     []appos.Date
	Amount   *decimal.Decimal
	Loud     bool
	Ratio    float64
	At       *time.Time
	On       *appos.Date
	Takes    *time.Duration
	Level    string   `validate:"omitempty,oneof=low high"`
	Source   string   `appos:"header=X-Source"`
	Channels []string `appos:"header=X-Channels"`
}

type Echoed struct {
	Ticket       int64
	Words        []string
	Days         []appos.Date
	Amount       *decimal.Decimal
	Loud         bool
	Ratio        float64
	At           *time.Time
	On           *appos.Date
	Takes        *time.Duration
	Source       string
	Channels     []string
	Internal     string `appos:"hidden"`
	HTTPStatus   int
	ByName       map[string]Nested
	OmittedAlone string `json:",omitempty"`
	Foreign      string `json:"foreignName"`
	Audit
}

type Audit struct {
	CheckedBy string
	Secret    string `appos:"sensitive"`
}

type Nested struct {
	UnitPrice decimal.Decimal `appos:"scale=2"`
	Token     string          `appos:"sensitive"`
}

func echo(_ context.Context, in Echo) (Echoed, error) {
	return Echoed{
		Ticket: in.Ticket, Words: in.Words, Days: in.Days, Amount: in.Amount, Loud: in.Loud, Ratio: in.Ratio, At: in.At, On: in.On, Takes: in.Takes,
		Source: in.Source, Channels: in.Channels, Internal: "not for you", Foreign: "x",
		ByName: map[string]Nested{"b": {decimal.RequireFromString("1.5"), "not for you"}, "a": {}}, Audit: Audit{"me", "not for you"},
	}, nil
}

// Order is read from a body.
type PlaceOrder struct {
	appos.Returns[Placed]

	Number   string       `validate:"required,max=8"`
	Lines    []PlacedLine `validate:"required,dive"`
	Notes    map[string]string
	Extra    map[string]any
	Rush     *bool
	Password string `appos:"sensitive"`
	DryRun   bool   `appos:"query"`
}

type PlacedLine struct {
	ProductCode string          `validate:"required"`
	UnitPrice   decimal.Decimal `validate:"gte=0"`
	Pieces      int32           `json:"qty" validate:"gte=1"`
	Parts       []PlacedLine
}

type Placed struct {
	Location string `appos:"header=Location"`
	Number   string
	Sum      decimal.Decimal `appos:"scale=2"`
	Lines    []PlacedLine
	Extra    map[string]any
}

func placeOrder(_ context.Context, in PlaceOrder) (Placed, error) {
	p := Placed{Location: "/api/desk/v1/orders/" + in.Number, Number: in.Number, Lines: in.Lines, Extra: in.Extra}
	for _, l := range in.Lines {
		p.Sum = p.Sum.Add(l.UnitPrice.Mul(decimal.NewFromInt32(l.Pieces)))
	}
	return p, nil
}

// Foreign follows somebody else's contract.
type Foreign struct {
	appos.Returns[ForeignAnswer]
	Kind string
}

type ForeignAnswer struct {
	Code    int       `appos:"status"`
	Retry   int       `appos:"header=Retry-After"`
	Changed time.Time `appos:"header=Last-Modified"`
	Users   []struct {
		UserName string `json:"userName"`
	} `appos:"body"`
	Ignored string
}

func foreign(_ context.Context, in Foreign) (ForeignAnswer, error) {
	a := ForeignAnswer{Ignored: "x"}
	switch in.Kind {
	case "busy":
		a.Code, a.Retry = 503, 7
	case "none":
		a.Code = 204
	case "nonsense":
		a.Code = 42
	case "dated":
		a.Changed = time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC)
	}
	a.Users = append(a.Users, struct {
		UserName string `json:"userName"`
	}{"ana"})
	return a, nil
}

// Badge answers a picture.
type Badge struct {
	appos.Returns[Picture]
	Type string
}

type Picture struct {
	Type   string `appos:"header=Content-Type"`
	Varies string `appos:"header=Vary"`
	Data   []byte `appos:"body"`
}

// Batch is a list as the whole body, answered by a list.
type Batch struct {
	appos.Returns[[]int]
	Numbers []int `appos:"body"`
}

// Noop does nothing.
type Noop struct{ appos.Returns[appos.None] }

// Slow takes its time.
type Slow struct {
	appos.Returns[string]
	Mode string
}

func slow(ctx context.Context, in Slow) (string, error) {
	switch in.Mode {
	case "panic":
		var none []int
		_ = none[3]
	case "wait":
		<-ctx.Done()
		return "", ctx.Err()
	case "conflict":
		return "", appos.Errorf(appos.Conflict, "it is taken")
	}
	return "done", nil
}

// Guarded is a rule that partners may not use, though its web API is theirs.
type Guarded struct{ appos.Returns[string] }

var (
	_ = appos.Rule(Desk, echo, appos.Allow(clerks, partners))
	_ = appos.Rule(Desk, placeOrder)
	_ = appos.Rule(Desk, foreign)
	_ = appos.Rule(Desk, func(_ context.Context, in Badge) (Picture, error) {
		return Picture{in.Type, "Accept", []byte("<b>&")}, nil
	})
	_ = appos.Rule(Desk, func(_ context.Context, in Batch) ([]int, error) { return in.Numbers, nil })
	_ = appos.Rule(Desk, func(context.Context, Noop) (appos.None, error) { return appos.None{}, nil })
	_ = appos.Rule(Desk, slow)
	_ = appos.Rule(Desk, func(context.Context, Guarded) (string, error) { return "in", nil })

	_ = appos.WebAPI[Echo](Desk, "GET /v1/tickets/{ticket}", appos.Allow(clerks, partners))
	_ = appos.WebAPI[PlaceOrder](Desk, "POST /v1/orders", appos.Allow(clerks), appos.Status(201), appos.MaxBody(64<<10))
	_ = appos.WebAPI[Foreign](Desk, "GET /v1/foreign", appos.Allow(clerks), appos.At("/scim/v2/users"))
	_ = appos.WebAPI[Badge](Desk, "GET /v1/badge", appos.Allow(clerks))
	_ = appos.WebAPI[Batch](Desk, "PUT /v1/batch", appos.Allow(clerks))
	_ = appos.WebAPI[Noop](Desk, "POST /v1/noop", appos.Allow(clerks))
	_ = appos.WebAPI[Slow](Desk, "GET /v1/slow", appos.Allow(clerks), appos.TimeLimit(30*time.Millisecond))
	_ = appos.WebAPI[Guarded](Desk, "GET /v1/guarded", appos.Allow(clerks, partners))
	_ = appos.WebAPI[Noop](Desk, "DELETE /v2/noop", appos.Allow(clerks), appos.Named("noop_v2"))
)

// appServer serves apps as a handler without a network.
type appServer struct {
	*server.Server
	testing.TB
	dir string
}

func serveApps(t testing.TB, all ...*appos.App) *appServer {
	t.Helper()
	cfg := config.Default()
	cfg.Platform.Data = t.TempDir()
	cfg.AdminPassword = config.NewSecret(password)
	s, err := server.Open(t.Context(), cfg, all...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	if err := s.FirstStart(t.Context(), false); err != nil {
		t.Fatal(err)
	}
	return &appServer{s, t, cfg.Platform.Data}
}

// as signs in as a new user in a group, or as the administrator.
func (s *appServer) as(group string) *site {
	s.Helper()
	at, name := &site{h: s.Handler()}, "admin"
	if group != "admin" {
		name = "in_" + group
		system, err := s.As(s.Context(), "system")
		if err != nil {
			s.Fatal(err)
		}
		if _, err := appos.Call(system, platform.CreateUser{Name: name, Password: password, Groups: []string{group}}); err != nil {
			s.Fatal(err)
		}
	}
	w := at.do("POST", "/api/auth/token", fmt.Sprintf(`{"username":%q,"password":%q}`, name, password))
	m := regexp.MustCompile(`"token":"([^"]+)"`).FindStringSubmatch(w.Body.String())
	if m == nil {
		s.Fatalf("no token for %s: %s", name, w.Body)
	}
	at.bearer = m[1]
	return at
}

func (s *site) request(method, path, body string, headers ...string) *httptest.ResponseRecorder {
	r := s.api(method, path, body)
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	s.h.ServeHTTP(w, r)
	return w
}

func (s *site) serveAll(r *http.Request) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	s.h.ServeHTTP(w, r)
	return w
}

// compact is JSON without the execution id.
func compact(s string) string {
	return strings.TrimSpace(regexp.MustCompile(`"execution_id":"[^"]*",?`).ReplaceAllString(s, ""))
}

func TestWebAPIAnswers(t *testing.T) {
	clerk := serveApps(t, Desk).as("clerks")
	const nothing = `"by_name":{"a":{"unit_price":"0.00"},"b":{"unit_price":"1.50"}},"foreignName":"x","checked_by":"me"}`
	for _, tt := range []struct {
		name, method, path, body string
		headers                  []string
		status                   int
		want                     string
		header                   []string
	}{
		{"nothing but the path", "GET", "/api/desk/v1/tickets/7", "", nil, 200,
			`{"ticket":7,"words":[],"days":[],"amount":null,"loud":false,"ratio":0,"at":null,"on":null,"takes":null,"source":"","channels":[],"http_status":0,` + nothing, []string{"Content-Type", "application/json", "Cache-Control", "no-store"}},
		{"all of a query and headers", "GET", "/api/desk/v1/tickets/-7?words=a,b&words=c&days=2026-01-31&amount=1234567890123456789.0123&loud=true&ratio=1.5&at=2026-01-31T12:00:00%2B02:00&on=2026-02-28&takes=1h30m",
			"", []string{"X-Source", "desk 1", "X-Channels", "mail, phone"}, 200,
			`{"ticket":-7,"words":["a","b","c"],"days":["2026-01-31"],"amount":"1234567890123456789.0123","loud":true,"ratio":1.5,"at":"2026-01-31T10:00:00Z","on":"2026-02-28","takes":"1h30m","source":"desk 1","channels":["mail","phone"],"http_status":0,` + nothing, nil},
		{"HEAD", "HEAD", "/api/desk/v1/tickets/7", "", nil, 200, "", []string{"Content-Type", "application/json"}},
		{"a body", "POST", "/api/desk/v1/orders?dry_run=1", `{"number":"A1","lines":[{"product_code":"p","unit_price":1.10,"qty":3,"parts":[{"product_code":"q","unit_price":"0.123456789012345678","qty":1}]}],"notes":{"a":"b"},"extra":{"n":[1,null,{"x":true}]},"rush":null}`, nil, 201,
			`{"number":"A1","sum":"3.30","lines":[{"product_code":"p","unit_price":"1.1","qty":3,"parts":[{"product_code":"q","unit_price":"0.123456789012345678","qty":1,"parts":[]}]}],"extra":{"n":[1,null,{"x":true}]}}`, []string{"Location", "/api/desk/v1/orders/A1"}},
		{"a body at the root", "GET", "/scim/v2/users?kind=", "", nil, 200, `[{"userName":"ana"}]`, []string{"Retry-After", ""}},
		{"a status of its own", "GET", "/scim/v2/users?kind=busy", "", nil, 503, `[{"userName":"ana"}]`, []string{"Retry-After", "7"}},
		{"a status without a body", "GET", "/scim/v2/users?kind=none", "", nil, 204, ``, []string{"Content-Type", ""}},
		{"a time in a header", "GET", "/scim/v2/users?kind=dated", "", nil, 200, `[{"userName":"ana"}]`, []string{"Last-Modified", "Sat, 31 Jan 2026 12:00:00 GMT"}},
		{"a status that is none", "GET", "/scim/v2/users?kind=nonsense", "", nil, 500, `{"type":"about:blank","title":"Internal Server Error","status":500,"detail":"the server could not finish the request; the log has more under the execution id","instance":"/scim/v2/users","code":"internal","object":"desk.web_apis.foreign","kind":"web_api",}`, nil},
		{"bytes", "GET", "/api/desk/v1/badge?type=image/svg%2Bxml", "", nil, 200, "<b>&", []string{"Content-Type", "image/svg+xml", "Content-Security-Policy", "sandbox; default-src 'none'", "Vary", "Accept-Encoding, Accept-Language, Accept"}},
		{"bytes without a type", "GET", "/api/desk/v1/badge?type=", "", nil, 200, `"PGI+Jg=="`, []string{"Content-Type", "application/json"}},
		{"a type with a line break", "GET", "/api/desk/v1/badge?type=a%0d%0aX-Evil:1", "", nil, 500, ``, []string{"X-Evil", ""}},
		{"a list as the body", "PUT", "/api/desk/v1/batch", `[3,1,2]`, []string{"Content-Type", "application/merge+json; charset=utf-8"}, 200, `[3,1,2]`, nil},
		{"an empty list", "PUT", "/api/desk/v1/batch", `[]`, nil, 200, `[]`, nil},
		{"none", "POST", "/api/desk/v1/noop", ``, nil, 204, ``, []string{"Content-Type", ""}},
		{"none for an object", "POST", "/api/desk/v1/noop", `{}`, nil, 204, ``, nil},
		{"another version", "DELETE", "/api/desk/v2/noop", ``, nil, 204, ``, nil},
		{"a text", "GET", "/api/desk/v1/slow?mode=", ``, nil, 200, `"done"`, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := clerk.request(tt.method, tt.path, tt.body, tt.headers...)
			if w.Code != tt.status {
				t.Fatalf("status %d, want %d: %s", w.Code, tt.status, w.Body)
			}
			if got := compact(w.Body.String()); tt.want != "" && got != tt.want || tt.status < 300 && tt.method != "HEAD" && tt.want == "" && got != "" {
				t.Errorf("answered\n%s, want\n%s", got, tt.want)
			}
			for i := 0; i < len(tt.header); i += 2 {
				if got := strings.Join(w.Header().Values(tt.header[i]), ", "); got != tt.header[i+1] {
					t.Errorf("%s: %q, want %q", tt.header[i], got, tt.header[i+1])
				}
			}
			if strings.Contains(w.Body.String(), "not for you") {
				t.Errorf("what is hidden was sent: %s", w.Body)
			}
		})
	}
}

func TestWebAPIRefuses(t *testing.T) {
	clerk := serveApps(t, Desk).as("clerks")
	const orders = "/api/desk/v1/orders"
	line := func(s string) string { return `{"number":"A","lines":[` + s + `]}` }
	for _, tt := range []struct {
		name, method, path, body string
		headers                  []string
		status                   int
		says                     string
	}{
		{"a path that is no number", "GET", "/api/desk/v1/tickets/seven", "", nil, 404, `there is nothing at this address: ticket must be a whole number`},
		{"a path beyond numbers", "GET", "/api/desk/v1/tickets/99999999999999999999", "", nil, 404, `too large`},
		{"an unknown parameter", "GET", "/api/desk/v1/tickets/7?wrods=a", "", nil, 422, `"field":"wrods","rule":"unknown","message":"is not a parameter here; did you mean \"words\"?"`},
		{"a parameter of the path", "GET", "/api/desk/v1/tickets/7?ticket=8", "", nil, 422, `it stands in the path`},
		{"a parameter twice", "GET", "/api/desk/v1/tickets/7?loud=true&loud=false", "", nil, 422, `"field":"loud","rule":"duplicate"`},
		{"many wrong parameters", "GET", "/api/desk/v1/tickets/7?loud=maybe&ratio=NaN&amount=1e999&at=yesterday&on=2026-02-30&takes=soon&days=2026-01-01,x", "", nil, 422, `"field":"days[1]"`},
		{"not a number", "GET", "/api/desk/v1/tickets/7?ratio=NaN", "", nil, 422, `"field":"ratio","rule":"type","message":"must be a number"`},
		{"infinity", "GET", "/api/desk/v1/tickets/7?ratio=1e999", "", nil, 422, `is too large`},
		{"a NUL", "GET", "/api/desk/v1/tickets/7?words=%00", "", nil, 422, `NUL`},
		{"no UTF-8", "GET", "/api/desk/v1/tickets/7?words=%ff", "", nil, 422, `UTF-8`},
		{"a rule that is broken", "GET", "/api/desk/v1/tickets/7?level=middle", "", nil, 422, `"field":"level","rule":"oneof"`},
		{"a query that is broken", "GET", "/api/desk/v1/tickets/7?a=%zz", "", nil, 400, `query string`},
		{"no body", "POST", orders, "", nil, 400, `the body is empty`},
		{"broken JSON", "POST", orders, `{"number":`, nil, 400, `line 1, column 11: it ends too early`},
		{"another thing follows", "POST", orders, `{} {}`, nil, 400, `something follows it`},
		{"no object", "POST", orders, `[]`, nil, 400, `must be a JSON object`},
		{"deep nesting", "POST", orders, strings.Repeat(`{"a":`, 60), nil, 400, `nests more than 32`},
		{"no UTF-8 in the body", "POST", orders, "{\"number\":\"\xff\"}", nil, 400, `UTF-8`},
		{"a form", "POST", orders, "number=1", []string{"Content-Type", "application/x-www-form-urlencoded"}, 415, `application/json`},
		{"too much", "POST", orders, `{"number":"` + strings.Repeat("x", 64<<10) + `"}`, nil, 413, `larger than 64KB`},
		{"an unknown name", "POST", orders, `{"nubmer":"A"}`, nil, 422, `"field":"nubmer","rule":"unknown","message":"is not an input; did you mean \"number\"?"`},
		{"a name of the query", "POST", orders, `{"number":"A","dry_run":true}`, nil, 422, `it stands in the query`},
		{"an unknown parameter of a POST", "POST", orders + "?number=1", `{}`, nil, 422, `it stands in the body`},
		{"a name in Go's form", "POST", orders, `{"Number":"A"}`, nil, 422, `did you mean`},
		{"a key twice", "POST", orders, `{"number":"A","number":"B"}`, nil, 422, `"field":"number","rule":"duplicate"`},
		{"a key twice below", "POST", orders, line(`{"product_code":"a","product_code":"b"}`), nil, 422, `"field":"lines[0].product_code","rule":"duplicate"`},
		{"a key twice in anything", "POST", orders, `{"number":"A","lines":[],"extra":{"a":{"b":1,"b":2}}}`, nil, 422, `"field":"extra.a.b","rule":"duplicate"`},
		{"null", "POST", orders, `{"number":null}`, nil, 422, `"field":"number","rule":"required","message":"must not be null"`},
		{"null for a list", "POST", orders, `{"number":"A","lines":null}`, nil, 422, `"field":"lines","rule":"required"`},
		{"wrong types", "POST", orders, `{"number":7,"lines":{},"notes":[],"rush":"yes"}`, nil, 422, `"field":"rush","rule":"type","message":"must be true or false"`},
		{"wrong types below", "POST", orders, line(`{"product_code":"a","unit_price":[],"qty":1.5}`), nil, 422, `"field":"lines[0].qty","rule":"type","message":"must be a whole number"`},
		{"an overflow", "POST", orders, line(`{"product_code":"a","unit_price":1,"qty":2147483648}`), nil, 422, `"field":"lines[0].qty","rule":"type","message":"is too large`},
		{"a number as a text", "POST", orders, line(`{"product_code":"a","unit_price":1,"qty":"1"}`), nil, 422, `must be a whole number`},
		{"a decimal of a billion digits", "POST", orders, line(`{"product_code":"a","unit_price":1e999999999,"qty":1}`), nil, 422, `lines[0].unit_price`},
		{"an unknown name below", "POST", orders, line(`{"code":"a"}`), nil, 422, `"field":"lines[0].code","rule":"unknown"`},
		{"a rule that is broken below", "POST", orders, line(`{"product_code":"a","unit_price":1,"qty":0}`), nil, 422, `"field":"lines[0].qty","rule":"gte"`},
		{"what is missing", "POST", orders, `{}`, nil, 422, `"field":"number","rule":"required"`},
		{"a body that should be a list", "PUT", "/api/desk/v1/batch", `{}`, nil, 422, `"field":"body","rule":"type","message":"must be a list"`},
		{"a wrong entry of the body", "PUT", "/api/desk/v1/batch", `[1,"2"]`, nil, 422, `"field":"[1]"`},
		{"too many entries", "PUT", "/api/desk/v1/batch", "[" + strings.Repeat("1,", 100_000) + "1]", nil, 422, `more than 100000 entries`},
		{"something where nothing is", "POST", "/api/desk/v1/noop", `{"a":1}`, nil, 422, `"field":"a"`},
		{"a method that is none", "PATCH", orders, `{}`, nil, 405, `nothing answers PATCH`},
		{"too slow", "GET", "/api/desk/v1/slow?mode=wait", "", nil, 504, `took longer than 30ms`},
		{"a panic", "GET", "/api/desk/v1/slow?mode=panic", "", nil, 500, `the log has more`},
		{"a conflict", "GET", "/api/desk/v1/slow?mode=conflict", "", nil, 409, `it is taken`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := clerk.request(tt.method, tt.path, tt.body, tt.headers...)
			if w.Code != tt.status || !strings.Contains(w.Body.String(), tt.says) {
				t.Fatalf("status %d, want %d and %s in %s", w.Code, tt.status, tt.says, w.Body)
			}
			var p struct {
				Status      int
				ExecutionID string `json:"execution_id"`
			}
			if err := json.Unmarshal(w.Body.Bytes(), &p); err != nil || p.Status != tt.status || p.ExecutionID == "" {
				t.Errorf("no problem document: %v in %s", err, w.Body)
			}
		})
	}
}

func TestWebAPIPermissions(t *testing.T) {
	s := serveApps(t, Desk)
	clerk, partner, nobody := s.as("clerks"), s.as("partners"), &site{h: s.Handler()}
	for _, tt := range []struct {
		name   string
		who    *site
		path   string
		status int
		says   string
	}{
		{"both permissions", clerk, "/api/desk/v1/guarded", 200, `"in"`},
		{"the web API's only", partner, "/api/desk/v1/guarded", 403, `you may not use desk.rules.guarded`},
		{"both, in another group", partner, "/api/desk/v1/tickets/7", 200, `"ticket":7`},
		{"neither", partner, "/api/desk/v1/badge", 403, `you may not use desk.web_apis.badge`},
		{"nobody", nobody, "/api/desk/v1/tickets/7", 401, `sign in first`},
		{"neither, at a path that is none", partner, "/scim/v2/users?x=%zz", 403, `you may not use desk.web_apis.foreign`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := tt.who.do(http.MethodGet, tt.path, "")
			if w.Code != tt.status || !strings.Contains(w.Body.String(), tt.says) {
				t.Errorf("status %d, want %d and %s in %s", w.Code, tt.status, tt.says, w.Body)
			}
		})
	}
}
