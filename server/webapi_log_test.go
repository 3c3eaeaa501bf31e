package server_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"html"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/apposengine/appos"
	"github.com/apposengine/appos/internal/config"
	"github.com/apposengine/appos/internal/engine"
	"github.com/apposengine/appos/server"
)

// Kept has web APIs whose payloads are logged.
var Kept = appos.NewApp("kept", []byte("app:\n  name: Kept\n  groups: [clerks]\n  security:\n    defaults:\n      logic: {groups: [clerks]}\n      ui: {groups: []}\n"))

type Keep struct {
	appos.Returns[KeepAnswer]

	Name    string
	Key     string `appos:"header=X-Api-Secret,sensitive"`
	PIN     string `appos:"hidden"`
	Below   []KeepBelow
	Padding int
}

type KeepBelow struct {
	Colour string
	Token  string `appos:"sensitive"`
}

type KeepAnswer struct {
	Said    string
	Below   []KeepBelow
	Padding string
}

type KeepSealed struct {
	appos.Returns[KeepAnswer]

	Name string
}

var (
	_ = appos.Rule(Kept, func(_ context.Context, in Keep) (KeepAnswer, error) {
		if in.Name == "fail" {
			return KeepAnswer{}, appos.Errorf(appos.Conflict, "it is taken")
		}
		return KeepAnswer{"heard " + in.Name, in.Below, strings.Repeat("x", in.Padding)}, nil
	})
	_ = appos.Rule(Kept, func(_ context.Context, in KeepSealed) (KeepAnswer, error) {
		return KeepAnswer{Said: "heard " + in.Name}, nil
	})
	_ = appos.WebAPI[Keep](Kept, "POST /v1/keep", appos.Allow("clerks"), appos.LogPayloads)
	_ = appos.WebAPI[Keep](Kept, "POST /v2/keep", appos.Allow("clerks"), appos.Named("keep_nothing"))
	_ = appos.WebAPI[KeepSealed](Kept, "POST /v1/sealed", appos.Allow("clerks"), appos.EncryptPayloads)
)

type logLine struct {
	Time        time.Time
	Object      string
	Caller      string
	ExecutionID string  `json:"execution_id"`
	DurationMS  float64 `json:"duration_ms"`
	Code        string
	Status      int
	Fields      map[string]string
	raw         string
}

// logged closes the server and reads the entries of a kind.
func (s *appServer) logged(kind string) []logLine {
	s.Helper()
	_ = s.Close()
	files, err := filepath.Glob(filepath.Join(s.dir, "logs", kind, "execution", "*.jsonl"))
	if err != nil || files == nil {
		s.Fatalf("no logs of %s: %v", kind, err)
	}
	var all []logLine
	for _, path := range files {
		f, err := os.Open(path)
		if err != nil {
			s.Fatal(err)
		}
		defer f.Close()
		lines := bufio.NewScanner(f)
		lines.Buffer(nil, 1<<20)
		for lines.Scan() {
			l := logLine{raw: lines.Text()}
			if err := json.Unmarshal(lines.Bytes(), &l); err != nil {
				s.Fatalf("%v in %s", err, lines.Text())
			}
			all = append(all, l)
		}
	}
	return all
}

func TestWebAPIsAreLogged(t *testing.T) {
	s := serveApps(t, Kept)
	clerk := s.as("clerks")
	const body = `{"name":"anchor","pin":"blue-hidden","below":[{"colour":"red","token":"blue-token"}],"padding":0}`
	for _, r := range []struct{ path, body string }{
		{"/api/kept/v1/keep", body},
		{"/api/kept/v1/keep", `{"name":"long","padding":100000}`},
		{"/api/kept/v1/keep", `{"name":"fail"}`},
		{"/api/kept/v1/keep", `{"nmae":"blue-unread"}`},
		{"/api/kept/v2/keep", body},
		{"/api/kept/v1/sealed", `{"name":"anchor"}`},
	} {
		clerk.request("POST", r.path, r.body, "X-Api-Secret", "blue-header")
	}
	r := clerk.api("GET", "/metrics", "")
	r.RemoteAddr = "127.0.0.1:4711" // it is for this machine
	if w := clerk.serveAll(r); !strings.Contains(w.Body.String(), `appos_object_errors_total{app="kept",kind="web_api",object="kept.web_apis.keep"} 2`) {
		t.Errorf("the figures do not have the web API: %s", w.Body)
	}
	lines := s.logged("web_apis")
	if len(lines) != 6 {
		t.Fatalf("%d entries: %v", len(lines), lines)
	}
	for i, want := range []struct {
		object, code    string
		status          int
		request, answer string
	}{
		{"kept.web_apis.keep", "", 200, `{"name":"anchor","below":[{"colour":"red"}],"padding":0}`, `{"said":"heard anchor","below":[{"colour":"red"}],"padding":""}`},
		{"kept.web_apis.keep", "", 200, `{"name":"long","below":[],"padding":100000}`, ""},
		{"kept.web_apis.keep", "conflict", 409, `{"name":"fail","below":[],"padding":0}`, ""},
		{"kept.web_apis.keep", "invalid", 422, "", ""},
		{"kept.web_apis.keep_nothing", "", 200, "", ""},
		{"kept.web_apis.keep_sealed", "", 200, "", ""},
	} {
		l := lines[i]
		if l.Object != want.object || l.Status != want.status || l.Code != want.code || l.DurationMS <= 0 || l.Fields["request"] != want.request || want.answer != "" && l.Fields["answer"] != want.answer {
			t.Errorf("entry %d is %s", i, l.raw)
		}
		if strings.Contains(l.raw, "blue") || strings.Contains(l.raw, clerk.bearer) {
			t.Errorf("entry %d has what nobody may see: %s", i, l.raw)
		}
	}
	if n := len(lines[1].Fields["answer"]); n < 8<<10 || n > 9<<10 || !strings.HasSuffix(lines[1].Fields["answer"], "bytes more]") {
		t.Errorf("of a long answer %d bytes are kept", n)
	}
	if raw := lines[5].raw; strings.Contains(raw, "anchor") || lines[5].Fields["request_sealed"] == "" || lines[5].Fields["answer_sealed"] == "" {
		t.Errorf("the payload is not encrypted: %s", raw)
	}
	for _, l := range s.logged("rules") {
		if !strings.HasPrefix(l.Object, "kept.") {
			continue
		}
		if !strings.HasPrefix(l.Caller, "kept.web_apis.") {
			t.Errorf("a rule does not know who called it: %s", l.raw)
		}
	}
}

func TestSealedPayloadsInTheConsole(t *testing.T) {
	s := serveApps(t, Kept)
	s.as("clerks").do("POST", "/api/kept/v1/sealed", `{"name":"anchor"}`)
	dir, again := s.dir, s.logged("web_apis") // which closes it
	cfg := config.Default()
	cfg.Platform.Data = dir
	next, err := server.Open(t.Context(), cfg, Kept)
	if err != nil {
		t.Fatal(err)
	}
	defer next.Close()
	at := &site{h: next.Handler()}
	for _, c := range at.form("/sign-in", url.Values{"username": {"admin"}, "password": {password}}).Result().Cookies() {
		at.cookie = c
	}
	path := "/admin/logs/entry?" + url.Values{"kind": {"web_apis"}, "category": {"execution"}, "at": {again[0].Time.Format(time.RFC3339Nano)}}.Encode()
	r := at.screen(path)
	w := at.serveAll(r)
	if page := html.UnescapeString(w.Body.String()); !strings.Contains(page, `{"name":"anchor"}`) || !strings.Contains(page, `{"said":"heard anchor"`) {
		t.Errorf("the console does not show the payload: %d %s", w.Code, page)
	}
}

func TestCollidingWebAPIs(t *testing.T) {
	app := appos.NewApp("clash", []byte("app:\n  name: Clash\n  groups: [clerks]\n"))
	type Ping struct {
		appos.Returns[appos.None]
		A, B string
	}
	allow := appos.Allow("clerks")
	appos.Rule(app, func(context.Context, Ping) (appos.None, error) { return appos.None{}, nil })
	appos.WebAPI[Ping](app, "GET /v1/{a}/b", allow, appos.Named("one"))
	appos.WebAPI[Ping](app, "GET /v1/a/{b}", allow, appos.Named("two"))
	appos.WebAPI[Ping](app, "POST /v1/token", allow, appos.Named("token"), appos.At("/api/auth/token"))
	appos.WebAPI[Ping](app, "GET /v1/health", allow, appos.Named("health"), appos.At("/health"))
	appos.WebAPI[Ping](app, "GET /v1/icon", allow, appos.Named("icon"), appos.At("/favicon.ico"))
	appos.WebAPI[Ping](app, "GET /v1/page", allow, appos.Named("page"), appos.At("/admin/users"))
	appos.WebAPI[Ping](app, "GET /v1/fine", allow, appos.Named("fine"), appos.At("/hooks/{a}"))
	cfg := config.Default()
	cfg.Platform.Data = t.TempDir()
	cfg.AdminPassword = config.NewSecret(password)
	s, err := server.Open(t.Context(), cfg, app)
	if err == nil {
		_ = s.Close()
	}
	var faults engine.Faults
	if !errors.As(err, &faults) || len(faults) != 5 {
		t.Fatalf("Open = %v", err)
	}
	for i, want := range []string{
		"clash.web_apis.health: answers GET /health, which collides with GET /health of AppOS; change its path",
		"clash.web_apis.icon: answers GET /favicon.ico, which collides with GET /favicon.ico of AppOS",
		"clash.web_apis.page: answers GET /admin/users, which collides with GET /admin/users of admin.pages.users",
		"clash.web_apis.token: answers POST /api/auth/token, which collides with POST /api/auth/token of AppOS",
		"clash.web_apis.two: answers GET /api/clash/v1/a/{b}, which collides with GET /api/clash/v1/{a}/b of clash.web_apis.one",
	} {
		if got := faults[i].String(); !strings.Contains(got, want) || !strings.Contains(got, "webapi_log_test.go:") {
			t.Errorf("fault %d is %q, want %q", i, got, want)
		}
	}
}
