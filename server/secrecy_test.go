package server_test

import (
	"context"
	"fmt"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/apposengine/appos"
	"github.com/apposengine/appos/internal/config"
	"github.com/apposengine/appos/internal/store/storetest"
	"github.com/apposengine/appos/platform"
	"github.com/apposengine/appos/server"
)

// An app whose rows and fields are for some only. What the others must not see
// has "leak" in it.
var vault = appos.NewApp("vault", []byte("app:\n  name: Vault\n  groups: [staff, hr]\n"))

type Dept struct {
	appos.Entity[Dept]

	Code   string `validate:"required" appos:"unique,display,search"`
	Hush   string `appos:"view=hr"`
	Open   bool
	People appos.Many[Person] `appos:"by=Dept"`
	Bosses appos.Many[Person] `appos:"by=Shadow"`
}

type Person struct {
	appos.Entity[Person]

	Name   string  `validate:"required" appos:"display,search"`
	Badge  *string `appos:"unique,search,view=hr,update=hr"`
	Salary int     `appos:"view=hr,update=hr"`
	Pass   string  `appos:"sensitive"`
	Token  string  `appos:"hidden"`
	Open   bool
	Dept   *appos.ID[Dept]
	Shadow *appos.ID[Dept] `appos:"view=hr,update=hr"`
	Peer   *appos.ID[Person]
}

// A Drop is for those who put something in and may not look.
type Drop struct {
	appos.Entity[Drop]

	Code string `validate:"required" appos:"unique"`
	Text string
}

var (
	vaultCRUD = appos.CRUD{View: appos.Allow("staff", "hr"), Create: appos.Allow("staff", "hr"), Update: appos.Allow("staff", "hr"), Delete: appos.Allow("staff", "hr")}
	_         = appos.Record[Dept](vault, vaultCRUD, appos.Audited)
	_         = appos.Record[Person](vault, vaultCRUD, appos.Audited, appos.SoftDeleted)
	_         = appos.Record[Drop](vault, appos.CRUD{View: appos.Allow("hr"), Create: appos.Allow("staff", "hr"), Update: appos.Allow("staff", "hr"), Delete: appos.Allow("hr")})
	_         = appos.Rows(vault, func(ctx context.Context, d *Dept, q *appos.Query) {
		if !appos.Member(ctx, appos.Group("hr")) {
			q.Where(appos.Eq(&d.Open, true))
		}
	})
	_ = appos.Rows(vault, func(ctx context.Context, p *Person, q *appos.Query) {
		if !appos.Member(ctx, appos.Group("hr")) {
			q.Where(appos.Eq(&p.Open, true))
		}
	})
)

var executionID = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}`)

// TestNobodyIsTold asks for what a user must not see in every way there is.
func TestNobodyIsTold(t *testing.T) {
	cfg := config.Default()
	cfg.Platform.Data = t.TempDir()
	cfg.Database.URL = config.NewSecret(storetest.URL(t))
	cfg.AdminPassword = config.NewSecret(password)
	s, err := server.Open(t.Context(), cfg, vault)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	system, err := s.As(t.Context(), "system")
	if err != nil {
		t.Fatal(err)
	}
	at := &site{h: s.Handler()}
	users := map[string]*site{}
	for _, group := range []string{"staff", "hr"} {
		if _, err := appos.Call(system, platform.CreateUser{Name: "of_" + group, Groups: []string{group}, Password: password}); err != nil {
			t.Fatal(err)
		}
		w := at.do("POST", "/api/auth/token", fmt.Sprintf(`{"username":"of_%s","password":%q}`, group, password))
		_, rest, _ := strings.Cut(w.Body.String(), `"token":"`)
		token, _, _ := strings.Cut(rest, `"`)
		users[group] = at.as(token)
	}
	hr, staff := users["hr"], users["staff"]
	create := func(path, body string) {
		t.Helper()
		if w := hr.do("POST", "/api/vault/"+path, body); w.Code != http.StatusCreated {
			t.Fatalf("%s: %d %s", body, w.Code, w.Body)
		}
	}
	create("depts", `{"code":"open","hush":"leak-hush","open":true}`)
	create("depts", `{"code":"leak-dept","hush":"leak-hush","open":false}`)
	create("persons", `{"name":"ann","badge":"leak-badge","salary":777001,"pass":"leak-pass","token":"leak-token","open":true,"dept_id":2,"shadow_id":1}`)
	create("persons", `{"name":"leak-bob","badge":"leak-bob","salary":777002,"open":false,"dept_id":1}`)
	create("persons", `{"name":"leak-cut","badge":"leak-cut","open":false}`)
	create("persons", `{"name":"eve","open":true,"dept_id":1,"peer_id":2}`)
	hr.do("PATCH", "/api/vault/persons/1", `{"salary":777003,"badge":"leak-badge2"}`)
	hr.do("DELETE", "/api/vault/persons/3", "")

	leaks := []string{"leak-", "7770"}
	tell := func(what string, code int, body string) {
		body = executionID.ReplaceAllString(body, "") // its digits are anyone's
		for _, leak := range leaks {
			if i := strings.Index(body, leak); i >= 0 {
				t.Errorf("%s (%d) tells %q", what, code, body[max(0, i-80):min(len(body), i+60)])
			}
		}
		if code >= 500 {
			t.Errorf("%s = %d %s", what, code, body)
		}
	}
	people, depts := "/api/vault/persons", "/api/vault/depts"
	q := url.QueryEscape
	for _, path := range []string{
		people, people + "?count=true", people + "/1", people + "/2", people + "/3", people + "/4?expand=peer,dept", people + "/1?expand=dept,shadow",
		people + "?sort=salary", people + "?sort=badge", people + "?sort=token", people + "?salary__gt=1", people + "?badge__is_null=false", people + "?pass__contains=a",
		people + "?fields=id,salary", people + "?fields=name,badge", people + "?fields=name,dept.hush&expand=dept", people + "?expand=dept.people.peer",
		people + "?dept__hush__contains=a", people + "?dept__bosses__name=ann", people + "?shadow__code=open", people + "?where=" + q(`{"or":[{"salary__gt":1},{"name":"x"}]}`),
		people + "?where=" + q(`{"not":{"dept":{"not":{"hush":"x"}}}}`), people + "?q=leak", people + "?q=lea", people + "?q=" + q(`"leak-badge"`),
		people + "/aggregate?max=salary", people + "/aggregate?group=badge&count=true", people + "/aggregate?group=dept.code&count=true", people + "/aggregate?group=dept.hush&count=true",
		people + "/aggregate?group=shadow.code&count=true", people + "/aggregate?max=name&min=name&group=dept_id", people + "/aggregate?group=peer.name&count=true", people + "/aggregate?group=peer.badge&count=true",
		people + "/export", people + "/export?format=json&names=true", people + "/export?format=ndjson&fields=name,salary", people + "/export?names=true", people + "/export?sort=salary", people + "/export?q=leak",
		people + "/history", people + "/1/history", people + "/2/history", people + "/3/history", people + "/1/history?field=salary", people + "/history?operation=delete", people + "/history?user=of_hr&limit=200",
		depts, depts + "/1?expand=people", depts + "/1?expand=bosses", depts + "/2?expand=people", depts + "?expand=people.peer", depts + "?people__name__contains=leak", depts + "?bosses__name=ann", depts + "?hush=x",
		depts + "/export?names=true", depts + "/history", depts + "/2/history",
		"/vault/persons", "/vault/persons/1", "/vault/persons/2", "/vault/persons/3", "/vault/persons/4", "/vault/persons/1/edit", "/vault/persons/2/edit", "/vault/persons/1/history", "/vault/persons/2/history", "/vault/persons/3/history",
		"/vault/persons/1/history?field=salary", "/vault/persons/1/restore?version=1", "/vault/persons/3/restore?version=1", "/vault/persons?q=leak", "/vault/persons?sort=salary", "/vault/persons?f.salary=777003", "/vault/persons?f.dept_id=2", "/vault/persons/new?f.dept_id=2",
		"/vault/depts/1", "/vault/depts/2", "/vault/persons/import", "/vault/persons/import?job=1", "/admin/systems", "/admin/records", "/admin/records/vault.records.person", "/admin/imports", "/admin/audit",
	} {
		w := staff.do("GET", path, "")
		body := w.Body.String()
		if w.Code >= 400 || strings.Contains(path, "q=") || strings.Contains(path, "777003") { // what was asked comes back
			body = strings.ReplaceAll(strings.ReplaceAll(body, "leak-badge", ""), "777003", "")
		}
		if strings.HasPrefix(path, "/admin") && w.Code != http.StatusForbidden {
			t.Errorf("%s = %d", path, w.Code)
		}
		tell(path, w.Code, body)
	}
	for _, x := range []struct{ method, path, body string }{
		{"PATCH", people + "/1", `{"name":"ann2"}`}, {"PATCH", people + "/1", `{"salary":1}`}, {"PATCH", people + "/1", `{"open":false}`}, {"PATCH", people + "/1", `{"peer_id":2}`}, {"PATCH", people + "/1", `{"dept_id":2}`},
		{"PATCH", people + "/2", `{"name":"x"}`}, {"PUT", people + "/1", `{"name":"ann","open":true}`}, {"DELETE", people + "/2", ""}, {"DELETE", depts + "/1", ""}, {"DELETE", depts + "/2", ""},
		{"POST", people, `{"name":"n","open":true,"badge":"x"}`}, {"POST", people, `{"name":"n","open":false}`}, {"POST", people, `{"name":"n","open":true,"dept_id":2}`}, {"POST", depts, `{"code":"n","open":true,"hush":"mine"}`},
		{"POST", people + "/bulk", `{"update":[{"id":2,"name":"x"}]}`}, {"POST", people + "/bulk", `{"update":[{"id":1,"salary":3}]}`}, {"POST", people + "/bulk", `{"delete":[2]}`}, {"POST", people + "/bulk", `{"delete":[3]}`},
		{"POST", people + "/1/restore", `{"version":1}`}, {"POST", people + "/2/restore", `{"version":1}`}, {"POST", people + "/3/restore", `{"version":1}`},
	} {
		w := staff.do(x.method, x.path, x.body)
		tell(x.method+" "+x.path+" "+x.body, w.Code, w.Body.String())
	}
	for _, x := range []struct{ query, file string }{
		{"upsert=badge&dry_run=true", "badge,name,open\nx,y,true\n"}, {"upsert=salary&dry_run=true", "salary,name\n777003,y\n"}, {"upsert=pass&dry_run=true", "pass,name\nx,y\n"},
		{"upsert=id&dry_run=true", "id,name\n2,y\n"}, {"upsert=id&dry_run=true", "id,salary\n1,777003\n"}, {"dry_run=true", "name,open,dept.code\ny,true,open\n"}, {"dry_run=true", "name,open,dept.hush\ny,true,z\n"},
		{"dry_run=true", "name,open,peer.badge\ny,true,z\n"}, {"dry_run=true", "name,open,shadow.code\ny,true,open\n"}, {"on_error=continue", "name,open\nz1,false\nz2,true\n"},
	} {
		w := staff.send(people+"/import?format=csv&"+x.query, "text/csv", strings.NewReader(x.file))
		tell("import "+x.query+" "+x.file, w.Code, strings.ReplaceAll(w.Body.String(), "777003", ""))
	}
	// to find rows is to look
	create("drops", `{"code":"c1","text":"x"}`)
	for _, key := range []string{"code", "id"} {
		if w := staff.send("/api/vault/drops/import?format=csv&dry_run=true&upsert="+key, "text/csv", strings.NewReader("id,code,text\n1,c1,x\n")); w.Code != http.StatusForbidden {
			t.Errorf("found by %s: %d %s", key, w.Code, w.Body)
		}
	}
	if w := staff.send("/api/vault/drops/import?format=csv", "text/csv", strings.NewReader("code,text\nc2,x\n")); w.Code != http.StatusOK {
		t.Errorf("put in: %d %s", w.Code, w.Body)
	}
	// the hidden stays as it is, whoever else writes
	w := hr.do("GET", people+"/1", "")
	if body := w.Body.String(); !strings.Contains(body, `"salary":777003`) || !strings.Contains(body, "leak-badge2") || !strings.Contains(body, `"shadow_id":1`) {
		t.Errorf("ann is %s", body)
	}
	if w := hr.do("GET", people+"?count=true&fields=name", ""); !strings.Contains(w.Body.String(), "leak-bob") {
		t.Errorf("bob is gone: %s", w.Body)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	_ = filepath.WalkDir(cfg.Platform.Data, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && strings.Contains(path, "log") {
			data, _ := os.ReadFile(path)
			for _, leak := range []string{"leak-pass", "leak-token"} {
				if strings.Contains(string(data), leak) {
					t.Errorf("%s has %q", path, leak)
				}
			}
		}
		return nil
	})
}
