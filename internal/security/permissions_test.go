package security_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/apposengine/appos/internal/object"
	"github.com/apposengine/appos/internal/security"
	"github.com/apposengine/appos/internal/store/storetest"
)

func TestDeclaredPermissions(t *testing.T) {
	f := open(t, nil)
	f.user("ana", "sales")
	f.user("sam", "support")
	f.user("cora", "admins")
	f.user("nobody")
	for _, tc := range []struct {
		user, ref string
		want      object.Permission
	}{
		{"ana", "crm.records.customer", object.View | object.Create},
		{"ana", "crm.records.secret", 0},
		{"ana", "crm.rules.calculate_discount", object.View | object.Use},
		{"ana", "crm.rules.calculate_tax", 0}, // declares its own, and so inherits nothing
		{"ana", "crm.pages.dashboard", object.View | object.Use},
		{"sam", "crm.pages.dashboard", object.View | object.Use},
		{"sam", "crm.rules.calculate_discount", 0},
		{"cora", "crm.records.customer", object.View | object.Create | object.Update | object.Delete | object.Admin},
		{"cora", "crm.rules.calculate_tax", object.Use},
		{"nobody", "crm.pages.dashboard", 0},
		{"public", "crm.pages.dashboard", 0},
		{"admin", "crm.records.secret", object.AllPermissions},
		{"system", "crm.records.secret", object.AllPermissions},
	} {
		u := f.named(tc.user)
		for _, p := range object.AllPermissions.Split() {
			if got, want := f.may(u, tc.ref, p), tc.want&p != 0; got != want {
				t.Errorf("%s on %s: %s is %v", tc.user, tc.ref, p, got)
			}
		}
		if f.may(u, tc.ref, 0) {
			t.Errorf("%s on %s: no permission at all is granted", tc.user, tc.ref)
		}
	}
	if f.Permissions().ByGroup(f.admin, f.object("crm.records.secret"), object.View) {
		t.Error("no group of the administrator has rows on secret")
	}
	if f.may(f.named("ana"), "crm.records.customer", object.View|object.Delete) {
		t.Error("a part of the permissions is not all of them")
	}
	if f.Permissions().Check(nil, f.object("crm.records.customer"), object.View) ||
		f.Permissions().Check(f.admin, nil, object.View) ||
		f.Permissions().Check(&object.User{ID: 999, Type: object.SystemAdmin}, f.object("crm.records.customer"), object.View) {
		t.Error("nobody may something")
	}
}

func TestMostSpecificDecides(t *testing.T) {
	ctx := context.Background()
	f := open(t, nil)
	f.user("ana", "sales")
	ana := f.named("ana")
	set := func(ref string, p object.Permission) {
		t.Helper()
		f.must(f.Permissions().SetPermissions(ctx, f.admin, ref, map[string]object.Permission{"sales": p}))
	}
	check := func(ref string, p object.Permission, want bool) {
		t.Helper()
		if got := f.may(ana, ref, p); got != want {
			t.Errorf("%s on %s is %v", p, ref, got)
		}
	}
	set("*", object.Admin)
	check("crm.records.secret", object.Delete, true)
	check("crm.records.secret", object.Use, false) // means nothing for a record
	check("crm.records.customer", object.Delete, false)
	set("crm.records.*", object.View)
	check("crm.records.secret", object.Delete, false)
	check("crm.records.secret", object.View, true)
	set("crm.records.s*", 0)
	check("crm.records.secret", object.View, false)
	set("crm.records.secret", object.Update)
	check("crm.records.secret", object.Update, true)
	check("crm.records.secret", object.View, false)
	// the exact ref wins over a wildcard that ends nowhere
	set("crm.records.secret*", object.View)
	check("crm.records.secret", object.View, false)

	f.must(f.Permissions().SetPermissions(ctx, f.admin, "crm.records.secret", nil))
	check("crm.records.secret", object.View, true) // nothing was declared: the wildcard speaks again
	f.must(f.Permissions().SetPermissions(ctx, f.admin, "crm.records.customer", nil))
	check("crm.records.customer", object.View, false) // declared, and taken away
	x, err := f.Permissions().Explain(ctx, ana, f.object("crm.records.customer"), object.View)
	f.must(err)
	if x.Allowed || !strings.Contains(x.Text, "group sales has none by admin rows on crm.records.customer") {
		t.Errorf("explained as %+v", x)
	}
	f.must(f.Permissions().RestoreDeclared(ctx, f.admin, "crm.records.customer"))
	check("crm.records.customer", object.View, true)
	x, err = f.Permissions().Explain(ctx, ana, f.object("crm.records.customer"), object.View)
	f.must(err)
	if !x.Allowed || x.Text != "ana has view on crm.records.customer through group sales by declared rows on crm.records.customer" {
		t.Errorf("explained as %+v", x)
	}
}

func TestSetPermissionsRefuses(t *testing.T) {
	f := open(t, nil)
	before := f.epoch()
	for _, tc := range []struct {
		ref, group string
		p          object.Permission
		want       object.Code
	}{
		{"crm.records.customer", "sales", object.Use, object.Invalid},
		{"crm.records.customer", "strangers", object.View, object.NotFound},
		{"crm.records.missing", "sales", object.View, object.NotFound},
		{"", "sales", object.View, object.Invalid},
		{"crm.*.customer", "sales", object.View, object.Invalid},
		{"crm.records.customer'; --", "sales", object.View, object.Invalid},
		{"**", "sales", object.View, object.Invalid},
		{"crm.records.customer", "sales", 1 << 7, object.Invalid},
	} {
		err := f.Permissions().SetPermissions(context.Background(), f.admin, tc.ref, map[string]object.Permission{tc.group: tc.p})
		if codeOf(err) != tc.want {
			t.Errorf("%q: %v, want %s", tc.ref, err, tc.want)
		}
	}
	if f.epoch() != before {
		t.Error("a refused change moved the epoch")
	}
}

func TestSync(t *testing.T) {
	ctx := context.Background()
	f := open(t, nil)
	f.user("ana", "sales")
	before := f.epoch()
	if changed, err := f.Permissions().Sync(ctx, crmDefaults); err != nil || changed {
		t.Errorf("the second sync: %v, %v", changed, err)
	}
	if f.epoch() != before {
		t.Error("a sync of nothing moved the epoch")
	}
	f.must(f.Permissions().SetPermissions(ctx, f.admin, "crm.records.customer", map[string]object.Permission{"support": object.View}))

	// the next version: customer is called client, a rule is gone, a default is another
	app := &object.App{Name: "crm"}
	declare(app, object.KindRecord, "client", grant("sales", object.View))
	app.Objects[0].Formerly = []string{"customer"}
	declare(app, object.KindRecord, "secret", grant("sales", object.View))
	declare(app, object.KindPage, "dashboard")
	reg, faults := object.NewRegistry(app)
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	next, err := security.New(ctx, security.Options{DB: f.db, Registry: reg, Now: f.clock.Now})
	f.must(err)
	if changed, err := next.Permissions().Sync(ctx, map[string]security.Defaults{"crm": {UI: []string{"support"}}}); err != nil || !changed {
		t.Fatalf("sync: %v, %v", changed, err)
	}
	got := map[string]string{}
	rows, err := f.db.Query(ctx, `SELECT object_ref, group_name, permission, source FROM appos_object_permission ORDER BY 1, 2, 3`)
	f.must(err)
	defer rows.Close()
	for rows.Next() {
		var ref, group, permission, source string
		f.must(rows.Scan(&ref, &group, &permission, &source))
		got[ref+" "+group] += permission + "/" + source + " "
	}
	want := map[string]string{
		"crm.records.client support":  "view/admin ",
		"crm.records.client sales":    "none/admin ",
		"crm.records.client admins":   "none/admin ",
		"crm.records.secret sales":    "view/declared ",
		"crm.pages.dashboard support": "use/declared view/declared ",
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("rows are\n%v, want\n%v", got, want)
	}
	ana, err := next.UserNamed(ctx, "ana")
	f.must(err)
	if next.Permissions().Check(ana, reg.ByRef("crm.records.client"), object.View) {
		t.Error("what the administrator took away came back with the new name")
	}
}

// The compiled snapshot answers as the rules read, whatever the rows.
func TestSnapshotEqualsOracle(t *testing.T) {
	f := open(t, func(o *security.Options) {
		app := &object.App{Name: "crm"}
		for _, name := range []string{"a", "ab", "abc", "b", "ba"} {
			for _, kind := range []object.Kind{object.KindRecord, object.KindRule, object.KindPage} {
				declare(app, kind, name)
			}
		}
		reg, faults := object.NewRegistry(app)
		if len(faults) > 0 {
			t.Fatal(faults)
		}
		o.Registry = reg
	})
	ctx := context.Background()
	groups := []string{"sales", "support", "admins"}
	id := f.user("ana")
	var refs []string
	for _, o := range f.reg.Objects {
		refs = append(refs, o.Ref)
		for n := range len(o.Ref) + 1 {
			refs = append(refs, o.Ref[:n]+"*")
		}
	}
	type rowT struct {
		group, ref, permission string
	}
	rapid.Check(t, func(rt *rapid.T) {
		var rows []rowT
		seen := map[rowT]bool{}
		for range rapid.IntRange(0, 25).Draw(rt, "rows") {
			r := rowT{rapid.SampledFrom(groups).Draw(rt, "group"), rapid.SampledFrom(refs).Draw(rt, "ref"),
				rapid.SampledFrom([]string{"none", "view", "use", "create", "update", "delete", "admin"}).Draw(rt, "permission")}
			if !seen[r] {
				seen[r] = true
				rows = append(rows, r)
			}
		}
		member := rapid.SliceOfDistinct(rapid.SampledFrom(groups), rapid.ID).Draw(rt, "member")
		f.must(f.db.Tx(ctx, func(ctx context.Context) error {
			run := func(sql string, args ...any) {
				if _, err := f.db.Exec(ctx, sql, args...); err != nil {
					rt.Fatal(err)
				}
			}
			run(`DELETE FROM appos_object_permission`)
			run(`DELETE FROM appos_membership WHERE user_id = ?`, id)
			for _, r := range rows {
				run(`INSERT INTO appos_object_permission (group_name, object_ref, permission, source) VALUES (?, ?, ?, 'admin')`, r.group, r.ref, r.permission)
			}
			for _, g := range member {
				run(`INSERT INTO appos_membership (user_id, group_name, created_at) VALUES (?, ?, ?)`, id, g, time.Now())
			}
			run(`UPDATE appos_security_epoch SET epoch = epoch + 1`)
			return nil
		}))
		u, err := f.UserByID(ctx, id)
		f.must(err)
		for _, o := range f.reg.Objects {
			var has object.Permission
			for _, g := range member {
				best := -1
				var mask object.Permission
				for _, r := range rows {
					score := -1
					if r.ref == o.Ref {
						score = 1000
					} else if strings.HasSuffix(r.ref, "*") && strings.HasPrefix(o.Ref, strings.TrimSuffix(r.ref, "*")) {
						score = len(r.ref)
					}
					if r.group != g || score < 0 || score < best {
						continue
					}
					if score > best {
						best, mask = score, 0
					}
					p, _ := object.ParsePermission(r.permission)
					mask |= p
				}
				if mask&object.Admin != 0 {
					mask = object.AllPermissions
				}
				has |= mask & o.Kind.Permissions()
			}
			for _, p := range object.AllPermissions.Split() {
				want := has&p != 0
				if got := f.Permissions().Check(u, o, p); got != want {
					rt.Errorf("%s on %s is %v, want %v; member of %v, rows %v", p, o.Ref, got, want, member, rows)
				}
				x, err := f.Permissions().Explain(ctx, u, o, p)
				if err != nil || x.Allowed != want {
					rt.Errorf("%s on %s is explained as %+v (%v), want %v", p, o.Ref, x, err, want)
				}
			}
		}
	})
}

// Two nodes on one database: after a change has returned on one, the next request
// on the other knows, whatever other requests read meanwhile.
func TestTwoNodes(t *testing.T) {
	ctx := context.Background()
	url := storetest.URL(t)
	a := open(t, func(o *security.Options) { o.DB = openDB(t, url); o.Now = time.Now })
	id := a.user("ana", "sales")
	b, err := security.New(ctx, security.Options{DB: openDB(t, url), Registry: a.reg})
	a.must(err)
	in := a.signIn("ana")
	o := a.object("crm.records.customer")

	var requests, failed atomic.Int64
	var wg sync.WaitGroup
	begin := make(chan struct{}, 4)
	for range 2 {
		wg.Go(func() { // other requests, whose loads race with the changes
			for range begin {
				u, _, err := b.Authenticate(ctx, in.Token)
				if err != nil {
					failed.Add(1)
					continue
				}
				b.Permissions().Check(u, o, object.Delete)
				requests.Add(1)
			}
		})
	}
	toggles := 10_000
	if testing.Short() {
		toggles = 1_000
	}
	wrong := 0
	long := a.named("ana") // somebody who signed in long ago and keeps running
	for i := range toggles {
		want := i%2 == 0
		for range cap(begin) {
			select {
			case begin <- struct{}{}:
			default:
			}
		}
		if i%4 < 2 {
			p := object.View
			if want {
				p |= object.Delete
			}
			err = a.Permissions().SetPermissions(ctx, a.admin, o.Ref, map[string]object.Permission{"sales": p})
		} else if want {
			err = errors.Join(a.Permissions().SetPermissions(ctx, a.admin, o.Ref, map[string]object.Permission{"sales": object.Delete}),
				a.AddMember(ctx, a.admin, id, "sales"))
		} else {
			err = a.RemoveMember(ctx, a.admin, id, "sales")
		}
		if err != nil {
			t.Fatal(err)
		}
		if i%4 == 0 {
			if err := a.AddMember(ctx, a.admin, id, "sales"); err != nil {
				t.Fatal(err)
			}
		}
		u, _, err := b.Authenticate(ctx, in.Token)
		if err != nil {
			t.Fatal(err)
		}
		if b.Permissions().Check(u, o, object.Delete) != want {
			wrong++
		}
		if a.Permissions().Check(long, o, object.Delete) != want {
			wrong++
		}
	}
	close(begin)
	wg.Wait()
	if wrong > 0 || failed.Load() > 0 {
		t.Errorf("%d wrong answers after %d toggles, %d of %d requests failed", wrong, toggles, failed.Load(), requests.Load())
	}
	t.Logf("%d toggles, %d requests meanwhile", toggles, requests.Load())
}

// What is read inside a transaction that is rolled back never becomes what is known.
func TestRollbackLeavesNoTrace(t *testing.T) {
	ctx := context.Background()
	f := open(t, nil)
	id := f.user("ana", "sales")
	undone := errors.New("undone")
	err := f.db.Tx(ctx, func(ctx context.Context) error {
		if err := f.AddMember(ctx, f.admin, id, "admins"); err != nil {
			return err
		}
		u, err := f.UserByID(ctx, id)
		if err != nil {
			return err
		}
		if f.may(u, "crm.records.customer", object.Delete) {
			t.Error("a change that is not stored yet counts")
		}
		return undone
	})
	if !errors.Is(err, undone) {
		t.Fatal(err)
	}
	if u := f.named("ana"); u.Member("admins") || f.may(u, "crm.records.customer", object.Delete) {
		t.Error("a change that was rolled back counts")
	}
}

func TestCheckDoesNotAllocate(t *testing.T) {
	f := open(t, nil)
	u, o := many(f)
	if n := testing.AllocsPerRun(1000, func() { f.Permissions().Check(u, o, object.Update) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// many is a user of 20 groups, all of which have rows on the object.
func many(f *fixture) (*object.User, *object.Object) {
	ctx := context.Background()
	grants := map[string]object.Permission{}
	var groups []string
	for i := range 20 {
		name := fmt.Sprintf("group_%d", i)
		f.must(f.CreateGroup(ctx, f.admin, name, ""))
		grants[name] = object.View
		groups = append(groups, name)
	}
	f.must(f.Permissions().SetPermissions(ctx, f.admin, "crm.records.customer", grants))
	f.user("busy", groups...)
	return f.named("busy"), f.object("crm.records.customer")
}

func BenchmarkCheck(b *testing.B) {
	f := open(b, nil)
	u, o := many(f)
	if !f.Permissions().Check(u, o, object.View) || f.Permissions().Check(u, o, object.Update) {
		b.Fatal("wrong answer")
	}
	b.ReportAllocs()
	for b.Loop() {
		f.Permissions().Check(u, o, object.Update)
	}
}

// BenchmarkAuthenticate is what a request pays for being somebody: by a session's
// token, by an API key, and by one that is narrowed to a group.
func BenchmarkAuthenticate(b *testing.B) {
	f := open(b, nil)
	f.user("ana", "sales")
	in := f.signIn("ana")
	key := f.key("ana", nil).Secret
	narrowed := f.key("ana", func(n *security.NewKey) { n.Groups = []string{"sales"} }).Secret
	ctx := context.Background()
	byKey := func(key string) func() error {
		return func() error { _, _, err := f.AuthenticateKey(ctx, key, home); return err }
	}
	for name, ask := range map[string]func() error{
		"session":      func() error { _, _, err := f.Authenticate(ctx, in.Token); return err },
		"key":          byKey(key),
		"narrowed_key": byKey(narrowed),
		"slip":         func() error { _ = byKey(key[:len(key)-1] + "~")(); return nil },
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			from := cpu(b)
			for b.Loop() {
				if err := ask(); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64((cpu(b)-from).Nanoseconds())/float64(b.N)/1000, "cpu-µs/op")
		})
	}
}

// cpu is the time that the process has computed for.
func cpu(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
