package security_test

import (
	"context"
	"errors"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/apposengine/appos/internal/object"
	"github.com/apposengine/appos/internal/security"
)

const home = "192.0.2.7"

// key makes a key of a user.
func (f *fixture) key(user string, change func(*security.NewKey)) security.IssuedKey {
	f.t.Helper()
	n := security.NewKey{UserID: f.named(user).ID, Name: "ci"}
	if change != nil {
		change(&n)
	}
	k, err := f.CreateKey(context.Background(), f.admin, n)
	f.must(err)
	return k
}

// asks authenticates by a key from home.
func (f *fixture) asks(key string) (*object.User, error) {
	u, _, err := f.AuthenticateKey(context.Background(), key, home)
	return u, err
}

func (f *fixture) keyOf(id string) security.APIKey {
	f.t.Helper()
	k, err := f.Key(context.Background(), id)
	f.must(err)
	return k
}

var keyForm = regexp.MustCompile(`^apposkey_[0-9a-z]{12}_[0-9A-Za-z]{49}$`)

func TestKey(t *testing.T) {
	f := open(t, nil)
	f.user("ana", "sales", "support")
	k := f.key("ana", nil)
	if !keyForm.MatchString(k.Secret) || !strings.HasPrefix(k.Secret, security.KeyPrefix+k.ID+"_") {
		t.Errorf("the key is %q with the id %q", k.Secret, k.ID)
	}
	if got := k.ExpiresAt.Sub(f.clock.Now()); got != 90*24*time.Hour {
		t.Errorf("it is good for %s", got)
	}
	u, err := f.asks(k.Secret)
	f.must(err)
	if u.Name != "ana" || u.Scope != nil || !slices.Equal(u.Groups, []string{"sales", "support"}) {
		t.Errorf("it is %+v", u)
	}
	if !f.may(u, "crm.records.customer", object.View) {
		t.Error("it may not what ana may")
	}
	seen := map[string]bool{}
	for range 200 {
		k := f.keyOf(f.key("admin", func(n *security.NewKey) { n.Lifetime = time.Hour }).ID)
		if seen[k.ID] {
			t.Fatal("the same id twice")
		}
		seen[k.ID] = true
		f.must(f.RevokeKey(context.Background(), f.admin, k.ID))
	}
}

// What is not a key is refused alike, whatever is wrong with it.
func TestKeysThatAreNone(t *testing.T) {
	f := open(t, func(o *security.Options) { o.Login.Attempts = 100 })
	f.user("ana")
	f.user("bo")
	ana, bo := f.key("ana", nil).Secret, f.key("bo", nil).Secret
	mixed := ana[:22] + bo[22:] // the id of one, the secret of the other
	for name, key := range map[string]string{
		"nothing":         "",
		"a prefix":        security.KeyPrefix,
		"a session":       f.signIn("ana").Token,
		"a slip":          ana[:30] + swapped(ana[30]) + ana[31:],
		"a wrong check":   ana[:len(ana)-1] + swapped(ana[len(ana)-1]),
		"cut":             ana[:len(ana)-1],
		"longer":          ana + "x",
		"very long":       security.KeyPrefix + strings.Repeat("a", 1<<20),
		"another's":       mixed,
		"of another case": strings.ToUpper(ana),
		"a NUL":           ana[:30] + "\x00" + ana[31:],
		"other letters":   ana[:30] + "é" + ana[32:],
		"SQL":             security.KeyPrefix + "' OR '1'='1",
		"spaces":          " " + ana[1:],
	} {
		u, err := f.asks(key)
		if codeOf(err) != object.Denied || u != nil {
			t.Errorf("%s: %v, %v", name, u, err)
			continue
		}
		if got := object.AsError(err).Public(); got != "the API key is not valid" {
			t.Errorf("%s is told %q", name, got)
		}
	}
	for _, e := range f.sink.named(security.EventKeyRefused) {
		if strings.Contains(e.Detail, ana[22:40]) || strings.Contains(e.Detail, bo[22:40]) {
			t.Errorf("the event %q has the secret", e.Detail)
		}
	}
}

func swapped(b byte) string {
	if b == 'a' {
		return "b"
	}
	return "a"
}

// A slip of the pen asks no database; there is none any more.
func TestSlipsAskNobody(t *testing.T) {
	f := open(t, nil)
	key := f.key("admin", nil).Secret
	f.must(f.Close())
	f.must(f.db.Close())
	if _, err := f.asks(key[:40] + swapped(key[40]) + key[41:]); codeOf(err) != object.Denied {
		t.Errorf("a slip: %v", err)
	}
	if _, err := f.asks(key); err == nil || codeOf(err) == object.Denied {
		t.Errorf("a database that is gone is %v", err)
	}
}

// Who holds the key is told why it is not good; a stranger with its id is not.
func TestKeysThatEnded(t *testing.T) {
	ctx := context.Background()
	for _, test := range []struct {
		name, says string
		end        func(f *fixture, id string)
		state      security.KeyState
	}{
		{"expired", "is expired", func(f *fixture, _ string) { f.clock.pass(time.Hour) }, security.KeyExpired},
		{"revoked", "is revoked", func(f *fixture, id string) { f.must(f.RevokeKey(ctx, f.admin, id)) }, security.KeyRevoked},
		{"revoked, then expired", "is revoked", func(f *fixture, id string) {
			f.must(f.RevokeKey(ctx, f.admin, id))
			f.clock.pass(time.Hour)
		}, security.KeyRevoked},
		{"of an inactive account", "is not active", func(f *fixture, _ string) {
			f.must(f.SetActive(ctx, f.admin, f.named("ana").ID, false))
		}, security.KeyDisabled},
	} {
		t.Run(test.name, func(t *testing.T) {
			f := open(t, nil)
			f.user("ana", "sales")
			k := f.key("ana", func(n *security.NewKey) { n.Lifetime = time.Hour })
			other := f.key("admin", nil)
			if _, err := f.asks(k.Secret); err != nil {
				t.Fatal(err)
			}
			test.end(f, k.ID)
			if _, err := f.asks(k.Secret); codeOf(err) != object.Denied || !strings.Contains(object.AsError(err).Public(), test.says) {
				t.Errorf("who holds it is told %v", err)
			}
			if _, err := f.asks(k.Secret[:22] + other.Secret[22:]); err == nil || strings.Contains(err.Error(), k.ID) {
				t.Errorf("a stranger is told %v", err)
			}
			got := f.keyOf(k.ID)
			if state := got.State(f.clock.Now()); state != test.state {
				t.Errorf("it is %s", state)
			}
			for _, state := range []security.KeyState{security.KeyActive, security.KeyExpiring, security.KeyDisabled, security.KeyExpired, security.KeyRevoked} {
				page, err := f.Keys(ctx, security.KeyQuery{UserID: got.UserID, State: state, Count: true})
				f.must(err)
				if found := len(page.Items) == 1 && page.Total == 1; found != (state == test.state) {
					t.Errorf("among those that are %s: %v", state, page)
				}
			}
		})
	}
}

// A key has its groups as far as the account has them, and an administrator's with
// groups is none of an administrator.
func TestScope(t *testing.T) {
	ctx := context.Background()
	f := open(t, nil)
	f.user("ana", "sales", "support")
	f.must(f.AddMember(ctx, f.admin, f.admin.ID, "support"))
	sales := f.key("ana", func(n *security.NewKey) { n.Groups = []string{"Sales", "sales"} })
	support := f.key("ana", func(n *security.NewKey) { n.Groups = []string{"support"} })
	whole := f.key("admin", nil)
	part := f.key("admin", func(n *security.NewKey) { n.Groups = []string{"support"} })
	may := func(k security.IssuedKey, ref string, p object.Permission, want bool) {
		t.Helper()
		u, err := f.asks(k.Secret)
		f.must(err)
		if got := f.may(u, ref, p); got != want {
			t.Errorf("the key in %v may %s on %s: %v", k.Groups, p, ref, got)
		}
	}
	const customer, dashboard = "crm.records.customer", "crm.pages.dashboard"
	may(sales, customer, object.Create, true)
	may(support, customer, object.View, false)
	may(support, dashboard, object.Use, true)
	may(whole, "crm.records.secret", object.Delete, true)
	may(part, "crm.records.secret", object.View, false)
	may(part, customer, object.View, false)
	may(part, dashboard, object.Use, true)

	// what runs for long is narrowed again when it is read again
	u, err := f.asks(part.Secret)
	f.must(err)
	if u.Type == object.SystemAdmin || u.Member(security.AdminGroup) {
		t.Errorf("it is %+v", u)
	}
	f.must(f.CreateGroup(ctx, f.admin, "fresh", ""))
	if u.Epoch == f.epoch() {
		t.Fatal("the epoch has not moved")
	}
	if f.may(u, "crm.records.secret", object.View) || !f.may(u, dashboard, object.Use) {
		t.Error("a narrowed user is whole after a change of permissions")
	}

	f.must(f.RemoveMember(ctx, f.admin, f.named("ana").ID, "sales"))
	may(sales, customer, object.View, false)
	f.must(f.AddMember(ctx, f.admin, f.named("ana").ID, "sales"))
	may(sales, customer, object.View, true)
	f.must(f.SetGroupActive(ctx, f.admin, "sales", false))
	may(sales, customer, object.View, false)
}

func TestKeysThatAreNotMade(t *testing.T) {
	ctx := context.Background()
	f := open(t, func(o *security.Options) { o.Keys.MaxPerUser = 2 })
	ana := f.user("ana", "sales")
	gone := f.user("gone")
	f.must(f.SetActive(ctx, f.admin, gone, false))
	public, err := f.AccountNamed(ctx, security.PublicUser)
	f.must(err)
	for name, test := range map[string]struct {
		n    security.NewKey
		code object.Code
	}{
		"no name":            {security.NewKey{UserID: ana, Name: "  "}, object.Invalid},
		"a long name":        {security.NewKey{UserID: ana, Name: strings.Repeat("x", 101)}, object.Invalid},
		"a name of two":      {security.NewKey{UserID: ana, Name: "a\nb"}, object.Invalid},
		"another's group":    {security.NewKey{UserID: ana, Name: "x", Groups: []string{"sales", "support"}}, object.Invalid},
		"the administrators": {security.NewKey{UserID: ana, Name: "x", Groups: []string{security.AdminGroup}}, object.Invalid},
		"a second":           {security.NewKey{UserID: ana, Name: "x", Lifetime: time.Second}, object.Invalid},
		"a century":          {security.NewKey{UserID: ana, Name: "x", Lifetime: 100 * 365 * 24 * time.Hour}, object.Invalid},
		"less than nothing":  {security.NewKey{UserID: ana, Name: "x", Lifetime: -time.Hour}, object.Invalid},
		"nobody":             {security.NewKey{UserID: 987654321, Name: "x"}, object.NotFound},
		"the public":         {security.NewKey{UserID: public.ID, Name: "x"}, object.Conflict},
		"inactive":           {security.NewKey{UserID: gone, Name: "x"}, object.Conflict},
	} {
		if k, err := f.CreateKey(ctx, f.admin, test.n); codeOf(err) != test.code || k.Secret != "" {
			t.Errorf("%s: %v", name, err)
		}
	}
	first := f.key("ana", nil)
	f.key("ana", func(n *security.NewKey) { n.Lifetime = security.Forever })
	if _, err := f.CreateKey(ctx, f.admin, security.NewKey{UserID: ana, Name: "third"}); codeOf(err) != object.Conflict {
		t.Errorf("one too many: %v", err)
	}
	f.must(f.RevokeKey(ctx, f.admin, first.ID))
	f.key("ana", nil)
	if err := f.RevokeKey(ctx, f.admin, "nosuchkey000"); codeOf(err) != object.NotFound {
		t.Errorf("a key that is not there: %v", err)
	}
}

func TestRotate(t *testing.T) {
	ctx := context.Background()
	f := open(t, nil)
	f.user("ana", "sales")
	old := f.key("ana", func(n *security.NewKey) { n.Groups, n.Lifetime = []string{"sales"}, 30*24*time.Hour })
	f.clock.pass(20 * 24 * time.Hour)
	k, err := f.RotateKey(ctx, f.admin, old.ID, time.Hour)
	f.must(err)
	if k.Name != old.Name || !slices.Equal(k.Groups, old.Groups) || k.Replaces != old.ID || k.ExpiresAt.Sub(k.CreatedAt) != 30*24*time.Hour {
		t.Errorf("%+v follows %+v", k.APIKey, old.APIKey)
	}
	for _, key := range []string{old.Secret, k.Secret} {
		if _, err := f.asks(key); err != nil {
			t.Errorf("within the grace: %v", err)
		}
	}
	f.clock.pass(time.Hour)
	if _, err := f.asks(old.Secret); codeOf(err) != object.Denied {
		t.Errorf("after the grace: %v", err)
	}
	if _, err := f.RotateKey(ctx, f.admin, old.ID, time.Hour); codeOf(err) != object.Conflict {
		t.Errorf("a key that has expired is rotated: %v", err)
	}
	if _, err := f.RotateKey(ctx, f.admin, k.ID, -time.Hour); codeOf(err) != object.Invalid {
		t.Errorf("a grace in the past: %v", err)
	}
	// the grace does not make a life longer
	f.clock.pass(30*24*time.Hour - 2*time.Hour)
	last := f.keyOf(k.ID).ExpiresAt
	if _, err := f.RotateKey(ctx, f.admin, k.ID, 24*time.Hour); err != nil {
		t.Fatal(err)
	}
	if got := f.keyOf(k.ID).ExpiresAt; !got.Equal(last) {
		t.Errorf("it ends at %s, not at %s", got, last)
	}
	forever := f.key("ana", func(n *security.NewKey) { n.Lifetime = security.Forever })
	next, err := f.RotateKey(ctx, f.admin, forever.ID, 0)
	f.must(err)
	if !next.ExpiresAt.IsZero() {
		t.Errorf("it expires at %s", next.ExpiresAt)
	}
	if _, err := f.asks(forever.Secret); codeOf(err) != object.Denied {
		t.Errorf("without a grace: %v", err)
	}
}

// 50 clients use a key while it is revoked: none is let in that asks afterwards.
func TestRevokedWhileUsed(t *testing.T) {
	f := open(t, nil)
	other := f.node(nil)
	f.user("robot", "sales")
	k := f.key("robot", nil)
	var revoked atomic.Bool
	var let, late atomic.Int64
	var wg sync.WaitGroup
	started := make(chan struct{}, 50)
	for i := range 50 {
		node := f.Service
		if i%2 == 1 {
			node = other
		}
		wg.Go(func() {
			for first := true; ; first = false {
				after := revoked.Load()
				_, _, err := node.AuthenticateKey(context.Background(), k.Secret, home)
				if first {
					started <- struct{}{}
				}
				switch {
				case err == nil && after:
					late.Add(1)
					return
				case err == nil:
					let.Add(1)
				case codeOf(err) != object.Denied:
					t.Errorf("asking: %v", err)
					return
				default:
					return
				}
			}
		})
	}
	for range 50 {
		<-started
	}
	f.must(f.RevokeKey(context.Background(), f.admin, k.ID))
	revoked.Store(true)
	wg.Wait()
	if late.Load() > 0 || let.Load() == 0 {
		t.Errorf("%d were let in, %d after it was revoked", let.Load(), late.Load())
	}
}

// What one node decides about an account, the other knows of its keys.
func TestKeysOnTwoNodes(t *testing.T) {
	ctx := context.Background()
	f := open(t, nil)
	other := f.node(nil)
	robot := f.user("robot", "sales")
	k := f.key("robot", nil)
	at := func(want object.Code, what string) {
		t.Helper()
		for name, node := range map[string]*security.Service{"this": f.Service, "the other": other} {
			if _, _, err := node.AuthenticateKey(ctx, k.Secret, home); codeOf(err) != want {
				t.Errorf("%s, on %s node: %v", what, name, err)
			}
		}
	}
	for range 3 {
		at("", "active")
		f.must(f.SetActive(ctx, f.admin, robot, false))
		at(object.Denied, "deactivated")
		f.must(other.SetActive(ctx, f.admin, robot, true))
	}
	at("", "activated")
	f.must(other.RevokeKey(ctx, f.admin, k.ID))
	at(object.Denied, "revoked")
}

// node is another node on the same database.
func (f *fixture) node(change func(*security.Options)) *security.Service {
	f.t.Helper()
	o := security.Options{DB: f.db, Registry: f.reg, Now: f.clock.Now, Sink: f.sink}
	if change != nil {
		change(&o)
	}
	s, err := security.New(context.Background(), o)
	f.must(err)
	f.t.Cleanup(func() { f.must(s.Close()) })
	return s
}

// An address that fails too often is refused, and logged no more; a good key from
// there passes all the same.
func TestFailedKeys(t *testing.T) {
	f := open(t, nil)
	f.user("ana")
	good, other := f.key("ana", nil), f.key("ana", nil)
	bad := good.Secret[:22] + other.Secret[22:]
	// with a check that is right: the secret is another's, and the check covers the id
	forged := security.ForgeKey(good.ID)
	locked := func(err error) bool {
		var l *security.Locked
		return errors.As(err, &l) && l.RetryAfter > 0
	}
	for i := range 5 {
		if _, err := f.asks(forged); codeOf(err) != object.Denied || locked(err) {
			t.Fatalf("failure %d: %v", i+1, err)
		}
	}
	if _, err := f.asks(forged); !locked(err) {
		t.Errorf("one too many: %v", err)
	}
	if _, err := f.asks(good.Secret); err != nil {
		t.Errorf("the key itself: %v", err)
	}
	if _, _, err := f.AuthenticateKey(context.Background(), forged, "198.51.100.9"); locked(err) {
		t.Errorf("from elsewhere: %v", err)
	}
	for range 200 {
		_, _ = f.asks(bad)
	}
	if _, err := f.asks(bad); !locked(err) {
		t.Errorf("anything from there: %v", err)
	}
	if _, err := f.asks(other.Secret); err != nil {
		t.Errorf("a good key from there: %v", err)
	}
	if n := len(f.sink.named(security.EventKeyRefused)); n > 60 {
		t.Errorf("%d events", n)
	}
	f.clock.pass(time.Hour)
	if _, err := f.asks(forged); locked(err) {
		t.Errorf("later: %v", err)
	}
}

// A use is written down, once a minute at most and beside the request, and a place
// that is new is told.
func TestUses(t *testing.T) {
	ctx := context.Background()
	f := open(t, nil)
	f.user("ana")
	k := f.key("ana", nil)
	use := func(address string) {
		t.Helper()
		_, _, err := f.AuthenticateKey(ctx, k.Secret, address)
		f.must(err)
		f.must(f.Close()) // waits for what is being written
	}
	use(home)
	first := f.clock.Now()
	if got := f.keyOf(k.ID); !got.UsedAt.Equal(first) || got.UsedFrom != home {
		t.Errorf("used at %s from %s", got.UsedAt, got.UsedFrom)
	}
	f.clock.pass(50 * time.Second)
	use(home)
	if got := f.keyOf(k.ID); !got.UsedAt.Equal(first) {
		t.Errorf("written again at %s", got.UsedAt)
	}
	if n := len(f.sink.named(security.EventKeyMoved)); n != 0 {
		t.Errorf("%d news", n)
	}
	use("198.51.100.9")
	f.clock.pass(2 * time.Minute)
	use("198.51.100.9")
	use(home)
	if n := len(f.sink.named(security.EventKeyMoved)); n != 1 {
		t.Errorf("%d news of one place", n)
	}
	if got := f.keyOf(k.ID); !got.UsedAt.Equal(f.clock.Now()) {
		t.Errorf("used at %s", got.UsedAt)
	}
}

func TestSweepKeys(t *testing.T) {
	ctx := context.Background()
	f := open(t, nil)
	f.user("ana")
	short := f.key("ana", func(n *security.NewKey) { n.Lifetime = time.Hour })
	revoked := f.key("ana", func(n *security.NewKey) { n.Lifetime = security.Forever })
	kept := f.key("ana", func(n *security.NewKey) { n.Lifetime = security.Forever })
	for _, k := range []security.IssuedKey{short, kept} {
		_, err := f.asks(k.Secret)
		f.must(err)
	}
	f.must(f.Close())
	f.must(f.RevokeKey(ctx, f.admin, revoked.ID))
	left := func() int {
		page, err := f.Keys(ctx, security.KeyQuery{})
		f.must(err)
		return len(page.Items)
	}
	f.clock.pass(80 * 24 * time.Hour)
	f.must(f.Sweep(ctx))
	if n := left(); n != 3 {
		t.Errorf("%d keys are left after 80 days", n)
	}
	f.clock.pass(20 * 24 * time.Hour)
	f.must(f.Sweep(ctx))
	if n := left(); n != 1 {
		t.Errorf("%d keys are left after 100 days", n)
	}
	if _, err := f.asks(kept.Secret); err != nil {
		t.Error(err)
	}
}

// Lists are in pages, and every key is in one.
func TestListOfKeys(t *testing.T) {
	ctx := context.Background()
	f := open(t, nil)
	f.user("ana")
	f.user("bo")
	want := map[string]bool{}
	for i := range 23 {
		user := "ana"
		if i%3 == 0 {
			user = "bo"
		}
		want[f.key(user, func(n *security.NewKey) { n.Name = "job " + user }).ID] = true
		if i%5 == 0 {
			f.clock.pass(time.Second)
		}
	}
	q := security.KeyQuery{Limit: 5, Count: true}
	var last security.APIKey
	for pages := 0; ; pages++ {
		page, err := f.Keys(ctx, q)
		f.must(err)
		if page.Total != 23 {
			t.Fatalf("%d of 23", page.Total)
		}
		for _, k := range page.Items {
			if !want[k.ID] || !last.CreatedAt.IsZero() && k.CreatedAt.After(last.CreatedAt) {
				t.Errorf("%+v after %+v", k, last)
			}
			delete(want, k.ID)
			last = k
		}
		if q.After = page.Next; q.After == "" {
			break
		}
	}
	if len(want) > 0 {
		t.Errorf("%d keys are in no page", len(want))
	}
	page, err := f.Keys(ctx, security.KeyQuery{Search: "B bo", Count: true})
	f.must(err)
	if page.Total != 8 {
		t.Errorf("%d keys of bo are found", page.Total)
	}
}

// Every change is in the audit, and no secret is.
func TestKeysInTheAudit(t *testing.T) {
	ctx := context.Background()
	f := open(t, nil)
	f.user("ana", "sales")
	k := f.key("ana", func(n *security.NewKey) { n.Groups = []string{"sales"} })
	next, err := f.RotateKey(ctx, f.admin, k.ID, time.Hour)
	f.must(err)
	f.must(f.RevokeKey(ctx, f.admin, next.ID))
	f.must(f.RevokeKey(ctx, f.admin, next.ID)) // again is nothing
	changes, err := f.Changes(ctx, security.ChangeQuery{Subject: "user:ana"})
	f.must(err)
	var actions []string
	for _, c := range changes {
		actions = append(actions, c.Action)
		for _, secret := range []string{k.Secret[22:], next.Secret[22:]} {
			if strings.Contains(string(c.Before)+string(c.After), secret) {
				t.Errorf("%s has the secret", c.Action)
			}
		}
	}
	if got := strings.Join(actions, " "); got != "api_key.revoke api_key.create api_key.create user.create" {
		t.Errorf("the audit has %s", got)
	}
}

// Whoever was given the making of keys makes none that pass every check, also of an
// account that is an administrator's only since it was looked up.
func TestKeysOfAdministrators(t *testing.T) {
	ctx := context.Background()
	f := open(t, nil)
	ana := f.user("ana")
	f.user("helper")
	k := f.key("ana", nil)
	helper := f.named("helper")
	if _, err := f.RotateKey(ctx, helper, k.ID, 0); err != nil {
		t.Error(err)
	}
	admin := object.SystemAdmin
	f.must(f.UpdateUser(ctx, f.admin, ana, security.UserChange{Type: &admin}))
	if _, err := f.CreateKey(ctx, helper, security.NewKey{UserID: ana, Name: "x"}); codeOf(err) != object.Denied {
		t.Errorf("a key of an administrator: %v", err)
	}
	narrow := f.key("ana", func(n *security.NewKey) { n.Groups = []string{security.AdminGroup} })
	if _, err := f.RotateKey(ctx, helper, narrow.ID, 0); codeOf(err) != object.Denied {
		t.Errorf("another for it: %v", err)
	}
	if _, err := f.CreateKey(ctx, security.Narrow(f.admin, []string{}), security.NewKey{UserID: ana, Name: "x"}); codeOf(err) != object.Denied {
		t.Errorf("by a narrowed key: %v", err)
	}
	if _, err := f.CreateKey(ctx, f.named("ana"), security.NewKey{UserID: ana, Name: "x"}); err != nil {
		t.Errorf("by an administrator: %v", err)
	}
}

// Sessions of screens and tokens do not push each other out.
func TestTokensHaveTheirOwnLimit(t *testing.T) {
	ctx := context.Background()
	f := open(t, func(o *security.Options) { o.Session.MaxPerUser, o.Session.MaxTokens = 2, 3 })
	f.user("ana")
	begin := func(kind security.SessionKind) string {
		in, err := f.SignIn(ctx, security.SignIn{Name: "ana", Password: password, Address: home, Kind: kind})
		f.must(err)
		f.clock.pass(time.Second)
		return in.Token
	}
	alive := func(tokens ...string) (n int) {
		for _, token := range tokens {
			if _, _, err := f.Authenticate(ctx, token); err == nil {
				n++
			}
		}
		return n
	}
	screen, tool := begin(security.Browser), begin(security.Token)
	var tools, screens []string
	for range 3 {
		tools = append(tools, begin(security.Token))
	}
	if alive(screen) != 1 || alive(tool) != 0 || alive(tools...) != 3 {
		t.Errorf("after four tokens: screen %d, first %d, others %d", alive(screen), alive(tool), alive(tools...))
	}
	for range 2 {
		screens = append(screens, begin(security.Browser))
	}
	if alive(screen) != 0 || alive(screens...) != 2 || alive(tools...) != 3 {
		t.Errorf("after three screens: first %d, others %d, tokens %d", alive(screen), alive(screens...), alive(tools...))
	}
}
