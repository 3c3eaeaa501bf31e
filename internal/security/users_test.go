package security_test

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/apposengine/appos/internal/object"
	"github.com/apposengine/appos/internal/security"
	"github.com/apposengine/appos/internal/store/storetest"
)

func TestBootstrap(t *testing.T) {
	ctx := context.Background()
	db := openDB(t, storetest.URL(t))
	s, err := security.New(ctx, security.Options{DB: db, Registry: crm(t)})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Bootstrap(ctx, security.Bootstrap{AdminPassword: "short"}); codeOf(err) != object.Invalid {
		t.Errorf("a short password: %v", err)
	}
	generated, err := s.Bootstrap(ctx, security.Bootstrap{Groups: map[string]string{"sales": "Sales"}})
	if err != nil || len(generated) < 26 {
		t.Fatalf("got %d characters, %v", len(generated), err)
	}
	if again, err := s.Bootstrap(ctx, security.Bootstrap{AdminPassword: "another password"}); err != nil || again != "" {
		t.Errorf("the second time: %q, %v", again, err)
	}
	in, err := s.SignIn(ctx, security.SignIn{Name: " Admin", Password: generated})
	if err != nil || in.User.Type != object.SystemAdmin || !in.User.Member(security.AdminGroup) {
		t.Fatalf("signed in as %+v, %v", in, err)
	}
	public, err := s.Anonymous(ctx)
	if err != nil || public.Name != "public" || !slices.Equal(public.Groups, []string{security.PublicGroup}) || public.Type != object.Basic {
		t.Errorf("public is %+v, %v", public, err)
	}
	for _, name := range []string{"public", "system"} {
		for _, pw := range []string{"", "public", generated} {
			if _, err := s.SignIn(ctx, security.SignIn{Name: name, Password: pw, Address: name + pw}); codeOf(err) != object.Denied {
				t.Errorf("%s signs in: %v", name, err)
			}
		}
		a, err := s.AccountNamed(ctx, name)
		if err != nil {
			t.Fatal(err)
		}
		for what, err := range map[string]error{
			"deactivate": s.SetActive(ctx, in.User, a.ID, false),
			"password":   s.SetPassword(ctx, in.User, a.ID, "a long password"),
			"group":      s.AddMember(ctx, in.User, a.ID, "sales"),
		} {
			if codeOf(err) != object.Conflict {
				t.Errorf("%s %s: %v", what, name, err)
			}
		}
	}
	g, err := s.Group(ctx, "sales")
	if err != nil || g.Description != "Sales" || !g.Active || g.Builtin {
		t.Errorf("sales is %+v, %v", g, err)
	}
}

func TestCreateUser(t *testing.T) {
	ctx := context.Background()
	f := open(t, nil)
	for _, tc := range []struct {
		n     security.NewUser
		want  object.Code
		field string
	}{
		{security.NewUser{Name: "ana", FullName: "Ana", Email: "ana@example.com", TimeZone: "Europe/Paris", Groups: []string{"sales", "sales"}}, "", ""},
		{security.NewUser{Name: "ANA "}, object.Conflict, ""},
		{security.NewUser{Name: "x"}, object.Invalid, "name"},
		{security.NewUser{Name: "1ana"}, object.Invalid, "name"},
		{security.NewUser{Name: "ana'; --"}, object.Invalid, "name"},
		{security.NewUser{Name: strings.Repeat("a", 64)}, object.Invalid, "name"},
		{security.NewUser{Name: "bob", Password: "1234567"}, object.Invalid, "password"},
		{security.NewUser{Name: "bob", Password: strings.Repeat("x", 513)}, object.Invalid, "password"},
		{security.NewUser{Name: "bob", TimeZone: "Mars/Olympus"}, object.Invalid, "time_zone"},
		{security.NewUser{Name: "bob", TimeZone: "../../etc/passwd"}, object.Invalid, "time_zone"},
		{security.NewUser{Name: "bob", Type: "root"}, object.Invalid, "type"},
		{security.NewUser{Name: "bob", FullName: "Bob\x00"}, object.Invalid, "full_name"},
		{security.NewUser{Name: "bob", Groups: []string{"strangers"}}, object.NotFound, ""},
		{security.NewUser{Name: "bob", Groups: []string{security.AdminGroup}}, object.Conflict, ""},
	} {
		_, err := f.CreateUser(ctx, f.admin, tc.n)
		if codeOf(err) != tc.want {
			t.Errorf("%+v: %v, want %q", tc.n, err, tc.want)
			continue
		}
		var e *object.Error
		if tc.field != "" && (!errors.As(err, &e) || len(e.Fields) != 1 || e.Fields[0].Field != tc.field) {
			t.Errorf("%+v: %v, want a problem of %s", tc.n, err, tc.field)
		}
	}
	if _, err := f.AccountNamed(ctx, "bob"); codeOf(err) != object.NotFound {
		t.Errorf("a refused user exists: %v", err)
	}
	a, err := f.AccountNamed(ctx, "Ana")
	f.must(err)
	if !a.Active || a.HasPassword || a.Type != object.Basic || !slices.Equal(a.Groups, []string{"sales"}) || !a.CreatedAt.Equal(f.clock.Now()) {
		t.Errorf("ana is %+v", a)
	}
}

func TestChangesCountAtOnce(t *testing.T) {
	ctx := context.Background()
	f := open(t, nil)
	id := f.user("ana")
	ana := f.named("ana") // read once: what follows must reach her all the same
	customer := "crm.records.customer"
	step := func(what string, want bool, err error) {
		t.Helper()
		f.must(err)
		if got := f.may(ana, customer, object.View); got != want {
			t.Errorf("%s: may view is %v", what, got)
		}
	}
	step("at first", false, nil)
	step("joined", true, f.AddMember(ctx, f.admin, id, "sales"))
	step("joined again", true, f.AddMember(ctx, f.admin, id, "sales"))
	step("group inactive", false, f.SetGroupActive(ctx, f.admin, "sales", false))
	step("group active", true, f.SetGroupActive(ctx, f.admin, "sales", true))
	step("inactive", false, f.SetActive(ctx, f.admin, id, false))
	if _, err := f.UserNamed(ctx, "ana"); codeOf(err) != object.Denied {
		t.Errorf("an inactive user runs something: %v", err)
	}
	step("active", true, f.SetActive(ctx, f.admin, id, true))
	step("left", false, f.RemoveMember(ctx, f.admin, id, "sales"))
	admin := object.SystemAdmin
	step("administrator", true, f.UpdateUser(ctx, f.admin, id, security.UserChange{Type: &admin}))
	if !f.named("ana").Member(security.AdminGroup) {
		t.Error("an administrator is not in the group of administrators")
	}
	basic := object.Basic
	step("basic again", false, f.UpdateUser(ctx, f.admin, id, security.UserChange{Type: &basic}))
	if f.named("ana").Member(security.AdminGroup) {
		t.Error("a basic user is in the group of administrators")
	}
	if err := f.AddMember(ctx, f.admin, id, security.AdminGroup); codeOf(err) != object.Conflict {
		t.Errorf("administrator by membership: %v", err)
	}
	for _, err := range []error{
		f.AddMember(ctx, f.admin, 999, "sales"), f.AddMember(ctx, f.admin, id, "strangers"),
		f.SetActive(ctx, f.admin, 999, false), f.SetGroupActive(ctx, f.admin, "strangers", false),
	} {
		if codeOf(err) != object.NotFound {
			t.Errorf("got %v", err)
		}
	}
	french := "fr"
	f.must(f.UpdateUser(ctx, f.admin, id, security.UserChange{Language: &french}))
	if got := f.named("ana").Language; got != "fr" {
		t.Errorf("the language is %q", got)
	}
}

// Whoever was given the rules that change accounts becomes no administrator by them.
func TestAccountsOfAdministrators(t *testing.T) {
	ctx := context.Background()
	f := open(t, nil)
	ana := f.user("ana")
	f.user("helper")
	helper, admin, name := f.named("helper"), object.SystemAdmin, "Ana"
	if err := f.UpdateUser(ctx, helper, ana, security.UserChange{FullName: &name}); err != nil {
		t.Errorf("another's name: %v", err)
	}
	boss := f.admin.ID
	for what, change := range map[string]func(actor *object.User) error{
		"a new one": func(actor *object.User) error {
			_, err := f.CreateUser(ctx, actor, security.NewUser{Name: "second", Type: admin})
			return err
		},
		"to become one": func(actor *object.User) error {
			return f.UpdateUser(ctx, actor, ana, security.UserChange{Type: &admin})
		},
		"the name of one": func(actor *object.User) error {
			return f.UpdateUser(ctx, actor, boss, security.UserChange{FullName: &name})
		},
		"the password of one":     func(actor *object.User) error { return f.SetPassword(ctx, actor, boss, password) },
		"to deactivate one":       func(actor *object.User) error { return f.SetActive(ctx, actor, boss, false) },
		"to put one into a group": func(actor *object.User) error { return f.AddMember(ctx, actor, boss, "sales") },
	} {
		for _, actor := range []*object.User{helper, security.Narrow(f.admin, []string{})} {
			if err := change(actor); codeOf(err) != object.Denied {
				t.Errorf("%s by %s: %v", what, actor.Type, err)
			}
		}
	}
}

func TestTheLastAdministratorStays(t *testing.T) {
	ctx := context.Background()
	f := open(t, nil)
	basic := object.Basic
	refused := func(id int64) {
		t.Helper()
		for _, err := range []error{f.SetActive(ctx, f.admin, id, false), f.UpdateUser(ctx, f.admin, id, security.UserChange{Type: &basic})} {
			if codeOf(err) != object.Conflict {
				t.Errorf("got %v", err)
			}
		}
	}
	refused(f.admin.ID)
	second, err := f.CreateUser(ctx, f.admin, security.NewUser{Name: "second", Type: object.SystemAdmin})
	f.must(err)
	refused(f.admin.ID) // the second cannot sign in
	f.must(f.SetPassword(ctx, f.admin, second, password))
	f.must(f.SetActive(ctx, f.admin, f.admin.ID, false))
	refused(second)
	if a, _ := f.Account(ctx, f.admin.ID); a.Active {
		t.Error("the first is still active")
	}
}

func TestLists(t *testing.T) {
	ctx := context.Background()
	f := open(t, nil)
	for _, n := range []string{"u_1", "u_2", "ux3", "v.4"} {
		f.user(n, "sales")
	}
	page, err := f.Accounts(ctx, security.AccountQuery{Search: "U_", Count: true})
	f.must(err)
	if page.Total != 2 || len(page.Items) != 2 || page.Items[0].Name != "u_1" {
		t.Errorf("an underscore is a wildcard: %+v", page)
	}
	var names []string
	for q := (security.AccountQuery{Group: "sales", Limit: 3, Count: true}); ; {
		page, err := f.Accounts(ctx, q)
		f.must(err)
		if page.Total != 4 {
			t.Errorf("total %d", page.Total)
		}
		for _, a := range page.Items {
			names = append(names, a.Name)
		}
		if q.After = page.Next; q.After == "" {
			break
		}
	}
	if !slices.Equal(names, []string{"u_1", "u_2", "ux3", "v.4"}) {
		t.Errorf("got %v", names)
	}
	inactive := false
	if page, err := f.Accounts(ctx, security.AccountQuery{Active: &inactive}); err != nil || len(page.Items) != 0 {
		t.Errorf("got %+v, %v", page, err)
	}
	groups, err := f.Groups(ctx, security.GroupQuery{Search: "sal", Count: true})
	f.must(err)
	if groups.Total != 1 || groups.Items[0].Members != 4 {
		t.Errorf("got %+v", groups)
	}
}

// sorted is JSON in one form: databases keep it in forms of their own.
func sorted(text []byte) string {
	var fields map[string]any
	if err := json.Unmarshal(text, &fields); err != nil {
		return err.Error()
	}
	out, _ := json.Marshal(fields)
	return string(out)
}

func TestEveryChangeIsAudited(t *testing.T) {
	f := open(t, nil)
	ctx := &object.Frame{Context: context.Background(), Exec: &object.Execution{ID: "the-execution", User: f.admin}}
	id, err := f.CreateUser(ctx, f.admin, security.NewUser{Name: "ana", Password: password})
	f.must(err)
	name := "Ana B"
	f.must(f.UpdateUser(ctx, f.admin, id, security.UserChange{FullName: &name}))
	f.must(f.SetPassword(ctx, f.admin, id, password+"!"))
	f.must(f.CreateGroup(ctx, f.admin, "hr", ""))
	f.must(f.AddMember(ctx, f.admin, id, "hr"))
	f.must(f.RemoveMember(ctx, f.admin, id, "hr"))
	f.must(f.SetGroupActive(ctx, f.admin, "hr", false))
	f.must(f.Permissions().SetPermissions(ctx, f.admin, "crm.records.customer", map[string]object.Permission{"hr": object.View | object.Update}))
	f.must(f.Permissions().RestoreDeclared(ctx, f.admin, "crm.records.customer"))
	f.must(f.SetActive(ctx, f.admin, id, false))
	all, err := f.Changes(ctx, security.ChangeQuery{Actor: "admin"})
	f.must(err)
	var actions []string
	for _, c := range slices.Backward(all) {
		actions = append(actions, c.Action)
		if c.ExecutionID != "the-execution" || !c.At.Equal(f.clock.Now()) {
			t.Errorf("%+v", c)
		}
		for _, text := range []string{string(c.Before), string(c.After)} {
			if strings.Contains(text, password) || strings.Contains(text, "argon2") {
				t.Errorf("%s tells the password: %s", c.Action, text)
			}
		}
		switch c.Action {
		case "user.update":
			if sorted(c.Before) != `{"full_name":""}` || sorted(c.After) != `{"full_name":"Ana B"}` || c.Subject != "user:ana" {
				t.Errorf("%+v", c)
			}
		case "permissions.set":
			if sorted(c.Before) != `{"admins":"admin","sales":"view,create"}` || sorted(c.After) != `{"admins":"none","hr":"view,update","sales":"none"}` {
				t.Errorf("before %s after %s", c.Before, c.After)
			}
		}
	}
	want := []string{"user.create", "user.update", "user.password", "group.create", "group.add_member", "group.remove_member",
		"group.deactivate", "permissions.set", "permissions.restore", "user.deactivate"}
	if !slices.Equal(actions, want) {
		t.Errorf("got %v\nwant %v", actions, want)
	}
	if n := len(f.sink.named(security.EventChanged)); n < len(want) {
		t.Errorf("only %d events", n)
	}
}

func TestChangePassword(t *testing.T) {
	ctx := context.Background()
	f := open(t, nil)
	f.user("ana")
	in := f.signIn("ana")
	if err := f.ChangePassword(ctx, in.User, "192.0.2.9", "wrong password", "a new password"); codeOf(err) != object.Denied {
		t.Errorf("with a wrong password: %v", err)
	}
	f.must(f.ChangePassword(ctx, in.User, "192.0.2.9", password, "a new password"))
	if _, _, err := f.Authenticate(ctx, in.Token); !errors.Is(err, security.ErrNoSession) {
		t.Errorf("the old session lives: %v", err)
	}
	if _, err := f.SignIn(ctx, security.SignIn{Name: "ana", Password: password}); codeOf(err) != object.Denied {
		t.Errorf("the old password is good: %v", err)
	}
	if _, err := f.SignIn(ctx, security.SignIn{Name: "ana", Password: "a new password"}); err != nil {
		t.Error(err)
	}
}

func TestThrottle(t *testing.T) {
	ctx := context.Background()
	f := open(t, nil)
	f.user("ana")
	try := func(name, pw, address string) (retry time.Duration, err error) {
		_, err = f.SignIn(ctx, security.SignIn{Name: name, Password: pw, Address: address})
		var locked *security.Locked
		if errors.As(err, &locked) {
			retry = locked.RetryAfter
		}
		return retry, err
	}
	var texts []string
	for _, name := range []string{"ana", "unknown"} {
		for i := range 5 {
			retry, err := try(name, "wrong password", "192.0.2.1")
			if codeOf(err) != object.Denied || retry != 0 {
				t.Fatalf("%s, attempt %d: %v", name, i, err)
			}
			texts = append(texts, object.AsError(err).Public())
		}
		retry, err := try(name, password, "192.0.2.1")
		if retry != 30*time.Second {
			t.Errorf("%s is refused for %s: %v", name, retry, err)
		}
	}
	if len(slices.Compact(texts)) != 1 {
		t.Errorf("the answer says whether a user exists: %v", texts)
	}
	if _, err := try("ana", password, "192.0.2.2"); err != nil {
		t.Errorf("ana is locked out elsewhere: %v", err)
	}
	for range 5 {
		try("ana", "wrong password", "192.0.2.1")
	}
	f.clock.pass(31 * time.Second)
	try("unknown", "wrong password", "192.0.2.1") // one more guess
	if retry, err := try("unknown", "wrong password", "192.0.2.1"); retry != time.Minute {
		t.Errorf("the delay does not grow: %s, %v", retry, err)
	}
	f.clock.pass(time.Hour)
	for range 4 {
		if retry, err := try("unknown", "wrong password", "192.0.2.1"); retry != 0 {
			t.Errorf("failures of an hour ago count: %v", err)
		}
	}
	// success forgets
	for range 3 {
		for range 4 {
			try("ana", "wrong password", "192.0.2.3")
		}
		if _, err := try("ana", password, "192.0.2.3"); err != nil {
			t.Errorf("refused: %v", err)
		}
	}
	for _, e := range f.sink.all {
		if strings.Contains(e.Detail+e.User, password) || strings.Contains(e.User, "unknown") {
			t.Errorf("an event tells too much: %+v", e)
		}
	}
	if len(f.sink.named(security.EventLockedOut)) == 0 || len(f.sink.named(security.EventSignInFailed)) == 0 {
		t.Error("no events of failures")
	}
	f.must(f.Sweep(ctx))
}

// Many attempts at once get no more guesses than one after the other.
func TestThrottleHoldsUnderAStorm(t *testing.T) {
	f := open(t, nil)
	f.user("ana")
	guesses := make(chan error, 40)
	for range cap(guesses) {
		go func() {
			_, err := f.SignIn(context.Background(), security.SignIn{Name: "ana", Password: "wrong password", Address: "192.0.2.1"})
			guesses <- err
		}()
	}
	looked := 0
	for range cap(guesses) {
		var locked *security.Locked
		if err := <-guesses; !errors.As(err, &locked) {
			looked++
		}
	}
	if looked != 5 {
		t.Errorf("%d guesses were compared, want 5", looked)
	}
}

func TestThrottleOfNetworks(t *testing.T) {
	f := open(t, nil)
	f.user("ana")
	locked := false
	for i := range 6 { // one client can choose any address of its network
		_, err := f.SignIn(context.Background(), security.SignIn{Name: "ana", Password: "wrong password", Address: "2001:db8::" + string('1'+rune(i))})
		var l *security.Locked
		locked = errors.As(err, &l)
	}
	if !locked {
		t.Error("six addresses of one network make six clients")
	}
}
