package admin_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/apposengine/appos"
	"github.com/apposengine/appos/internal/object"
	"github.com/apposengine/appos/internal/security"
	"github.com/apposengine/appos/ui"
)

// TestFormsRefuse posts what is wrong: the form says so, keeps what was typed,
// and nothing changes.
func TestFormsRefuse(t *testing.T) {
	for _, test := range []struct {
		name, path string
		form       []string
		says       string
		keeps      string
	}{
		{"a user without a name", "/users/new", []string{"full_name", "Bo Berg", "type", "basic"}, "Enter a sign-in name", "Bo Berg"},
		{"a name with spaces", "/users/new", []string{"name", "bo berg", "type", "basic"}, "Must begin with a letter", "bo berg"},
		{"a name that is taken", "/users/new", []string{"name", "Ana", "type", "basic"}, "already called", "Ana"},
		{"an address that is none", "/users/new", []string{"name", "bo", "type", "basic", "email", "bo@"}, "Enter an address", "bo@"},
		{"a zone that is none", "/users/new", []string{"name", "bo", "type", "basic", "time_zone", "Mars/Olympus"}, "Enter a time zone", "Mars/Olympus"},
		{"two passwords", "/users/new", []string{"name", "bo", "type", "basic", "password", "long enough 1", "repeat", "long enough 2"}, "same password again", "bo"},
		{"a short password", "/users/new", []string{"name", "bo", "type", "basic", "password", "short", "repeat", "short"}, "at least 8 characters", "bo"},
		{"a type that is none", "/users/new", []string{"name", "bo", "type", "god"}, "Type", "bo"},
		{"an address of a known user", "/users/ana", []string{"full_name", "Ana F", "email", "nowhere", "type", "basic"}, "Enter an address", "nowhere"},
		{"a text that is too long", "/users/ana", []string{"full_name", strings.Repeat("long", 40), "type", "basic"}, "Full name", strings.Repeat("long", 40)},
		{"the last administrator", "/users/admin", []string{"full_name", "Root", "type", "basic"}, "last active administrator", "Root"},
		{"no password", "/users/ana?view=password", nil, "Enter a password", ""},
		{"a short new password", "/users/ana?view=password", []string{"password", "short", "repeat", "short"}, "at least 8 characters", ""},
		{"a group without a name", "/groups/new", []string{"description", "Who pays"}, "Enter a name", "Who pays"},
		{"a group that exists", "/groups/new", []string{"name", "sales", "description", "Again"}, "already called", "Again"},
		{"a long description", "/groups/sales?view=settings", []string{"description", strings.Repeat("long", 100)}, "Description", strings.Repeat("long", 100)},
		{"no wildcard", "/permissions", []string{"ref", "shop.rules.price"}, "ends in an asterisk", "shop.rules.price"},
		{"a broken wildcard", "/permissions", []string{"ref", "Shop rules*"}, "is not a reference", "Shop rules*"},
	} {
		t.Run(test.name, func(t *testing.T) {
			e := open(t)
			e.unchanged(func() {
				p := e.post("/admin"+test.path, save(test.form...)...)
				if p.status != http.StatusUnprocessableEntity {
					t.Fatalf("status %d, error %v", p.status, p.err)
				}
				p.has(t, test.says)
				if !strings.Contains(p.body, test.keeps) {
					t.Errorf("%q is lost", test.keeps)
				}
				if !strings.Contains(p.body, `name="_csrf" value="the-token"`) {
					t.Error("the form has no CSRF token")
				}
			})
		})
	}
}

// TestFormsCheckWhileTyping posts a form without saving it.
func TestFormsCheckWhileTyping(t *testing.T) {
	e := open(t)
	e.unchanged(func() {
		for _, path := range []string{"/users/new", "/users/ana", "/users/ana?view=password", "/groups/new", "/groups/sales?view=settings", "/permissions?ref=shop.rules.price"} {
			p := e.post("/admin"+path, "name", "bo", "type", "basic", "full_name", "Other", "description", "Other", "password", "long enough", "repeat", "long enough", "support:use", "on")
			if p.status != http.StatusOK || p.location != "" {
				t.Errorf("%s: status %d, on to %q, error %v", path, p.status, p.location, p.err)
			}
		}
	})
}

func TestCreateUser(t *testing.T) {
	e := open(t)
	p := e.post("/admin/users/new", save("name", "Bo", "full_name", "Bo Berg", "email", "bo@example.com", "language", "fr", "time_zone", "Europe/Oslo", "type", "basic",
		"password", " spaces count ", "repeat", " spaces count ")...)
	if p.location != "/admin/users/bo?view=groups" || p.err != nil {
		t.Fatalf("on to %q, status %d, error %v", p.location, p.status, p.err)
	}
	bo := e.account("bo")
	if bo.FullName != "Bo Berg" || bo.Language != "fr" || bo.TimeZone != "Europe/Oslo" || !bo.HasPassword || !bo.Active {
		t.Errorf("the account is %+v", bo)
	}
	if _, err := e.Security.SignIn(context.Background(), security.SignIn{Name: "bo", Password: " spaces count ", Kind: security.Browser}); err != nil {
		t.Errorf("the password is not the one typed: %v", err)
	}
	e.get("/admin/users/bo?view=history").has(t, "User: create", "bo@example.com", "admin")
}

func TestChangeUser(t *testing.T) {
	e := open(t)
	if p := e.post("/admin/users/ana", save("full_name", "Ana Sousa", "email", "", "language", "", "time_zone", "UTC", "type", "system_admin")...); p.location != "/admin/users/ana" {
		t.Fatalf("on to %q, error %v", p.location, p.err)
	}
	if a := e.account("ana"); a.FullName != "Ana Sousa" || a.Type != object.SystemAdmin || a.TimeZone != "UTC" {
		t.Errorf("the account is %+v", a)
	}
	e.get("/admin/users/ana?view=history").has(t, "User: update", "Ana Ferreira → Ana Sousa")
	e.get("/admin/users/ana?view=rights").has(t, "System administrators have every permission")
}

// TestMembership adds and removes from both sides, and counts at once for a user
// who is at work.
func TestMembership(t *testing.T) {
	e := open(t)
	ctx := e.as("sam")
	if e.may(ctx, "shop.rules.price", object.Use) {
		t.Fatal("sam may use the rule already")
	}
	for _, step := range []struct {
		path, action, with, who string
		may                     bool
	}{
		{"/admin/users/sam?view=groups", "join", "group", "sales", true},
		{"/admin/groups/sales", "leave", "user", "sam", false},
		{"/admin/groups/sales?view=add&q=sa", "join", "user", "sam", true},
		{"/admin/users/sam?view=groups", "leave", "group", "sales", false},
	} {
		p := e.post(step.path, "_do", step.action, step.with, step.who)
		if p.location != step.path || len(p.toasts) != 1 || p.toasts[0].Tone != ui.OK {
			t.Fatalf("%s: on to %q, toasts %v, error %v", step.action, p.location, p.toasts, p.err)
		}
		if got := e.may(e.as("sam"), "shop.rules.price", object.Use); got != step.may {
			t.Errorf("after %s sam may: %v", step.action, got)
		}
	}
	for _, path := range []string{"/admin/users/ana?view=groups", "/admin/groups/system_admin?view=add"} {
		e.unchanged(func() {
			p := e.post(path, "_do", "join", "group", "system_admin", "user", "ana")
			if len(p.toasts) != 1 || p.toasts[0].Tone != ui.Err || !strings.Contains(p.toasts[0].Text, "type") {
				t.Errorf("%s: toasts %v, error %v", path, p.toasts, p.err)
			}
		})
	}
}

func TestDeactivate(t *testing.T) {
	e := open(t)
	if p := e.post("/admin/users/ana", "_do", "deactivate"); p.location != "/admin/users/ana" {
		t.Fatalf("on to %q, error %v", p.location, p.err)
	}
	if e.account("ana").Active {
		t.Error("ana is active")
	}
	if _, err := e.Security.UserNamed(context.Background(), "ana"); !errors.Is(err, appos.Denied) {
		t.Errorf("ana can still run something: %v", err)
	}
	e.get("/admin/users/ana?view=rights").has(t, "The account is not active")
	e.get("/admin/permissions?ref=shop.rules.price&view=who&user=ana").has(t, "ana may do nothing")
	e.post("/admin/users/ana", "_do", "activate")
	if !e.account("ana").Active {
		t.Error("ana is not active again")
	}
	for _, name := range []string{"admin", "public"} {
		e.unchanged(func() {
			if p := e.post("/admin/users/"+name, "_do", "deactivate"); len(p.toasts) != 1 || p.toasts[0].Tone != ui.Err {
				t.Errorf("%s: toasts %v, error %v", name, p.toasts, p.err)
			}
		})
	}
}

func TestGroups(t *testing.T) {
	e := open(t)
	if p := e.post("/admin/groups/new", save("name", "Payroll", "description", "Who pays")...); p.location != "/admin/groups/payroll?view=add" {
		t.Fatalf("on to %q, error %v", p.location, p.err)
	}
	e.post("/admin/groups/payroll?view=settings", save("description", "Who pays <all>")...)
	e.get("/admin/groups/payroll").has(t, "Who pays <all>", "No members yet")

	if !e.may(e.as("ana"), "shop.rules.price", object.Use) {
		t.Fatal("ana may not use the rule")
	}
	e.post("/admin/groups/sales", "_do", "deactivate")
	if e.may(e.as("ana"), "shop.rules.price", object.Use) {
		t.Error("an inactive group still gives")
	}
	e.get("/admin/groups?state=inactive").has(t, "sales", "Inactive")
	e.get("/admin/groups/sales?view=grants").has(t, "The group is not active", "shop.rules.price")
	e.post("/admin/groups/sales", "_do", "activate")
	if !e.may(e.as("ana"), "shop.rules.price", object.Use) {
		t.Error("an active group gives nothing")
	}
}

// TestSessions ends sessions, one and all, and shows no token.
func TestSessions(t *testing.T) {
	e := open(t)
	const agent = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
	var tokens []string
	for range 3 {
		in, err := e.Security.SignIn(context.Background(), security.SignIn{Name: "admin", Password: "matterhorn at dawn", Kind: security.Browser, Address: "192.0.2.7", UserAgent: agent})
		if err != nil {
			t.Fatal(err)
		}
		tokens = append(tokens, in.Token)
	}
	for _, path := range []string{"/admin/sessions", "/admin/users/admin?view=sessions"} {
		p := e.get(path)
		p.has(t, "192.0.2.7", "Firefox on Linux", "Browser")
		p.lacks(t, tokens...)
	}
	alive := func() int {
		all, err := e.Security.Sessions(context.Background(), security.SessionQuery{})
		if err != nil {
			t.Fatal(err)
		}
		return len(all)
	}
	if p := e.post("/admin/sessions", "_do", "revoke", "session", "2"); p.location != "/admin/sessions" || alive() != 2 {
		t.Errorf("on to %q, %d sessions, error %v", p.location, alive(), p.err)
	}
	if p := e.post("/admin/sessions", "_do", "revoke", "session", "2"); len(p.toasts) != 1 || p.toasts[0].Tone != ui.Err {
		t.Errorf("a session that is gone: toasts %v, error %v", p.toasts, p.err)
	}
	e.post("/admin/users/admin?view=sessions", "_do", "revoke_all")
	if alive() != 0 {
		t.Errorf("%d sessions are left", alive())
	}
	e.get("/admin/sessions").has(t, "No sessions yet")
}
