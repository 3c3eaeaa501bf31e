package security_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/apposengine/appos/internal/cache"
	"github.com/apposengine/appos/internal/cache/cachetest"
	"github.com/apposengine/appos/internal/object"
	"github.com/apposengine/appos/internal/security"
)

// sessionStores are the ways to keep sessions; all of them do the same.
func sessionStores(t *testing.T, test func(t *testing.T, open func(t *testing.T) *fixture)) {
	with := func(make func(t *testing.T) cache.Cache) func(t *testing.T) {
		return func(t *testing.T) {
			test(t, func(t *testing.T) *fixture {
				return open(t, func(o *security.Options) { o.Cache, o.CachedSessions = make(t), true })
			})
		}
	}
	t.Run("database", func(t *testing.T) {
		test(t, func(t *testing.T) *fixture { return open(t, nil) })
	})
	t.Run("memory", with(func(t *testing.T) cache.Cache {
		m := cache.NewMemory(cache.MemoryOptions{})
		t.Cleanup(m.Close)
		return m
	}))
	t.Run("redis", with(func(t *testing.T) cache.Cache { return redisOf(t, cachetest.StartRedis(t), 500*time.Millisecond) }))
	t.Run("redis that is down", with(func(t *testing.T) cache.Cache {
		server := cachetest.StartRedis(t)
		c := redisOf(t, server, 50*time.Millisecond)
		server.Kill()
		return c
	}))
}

func redisOf(t *testing.T, server *cachetest.Redis, deadline time.Duration) *cache.Redis {
	t.Helper()
	c, err := cache.NewRedis(cache.RedisOptions{URL: server.URL(), Deadline: deadline, Probe: 50 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	cachetest.Eventually(t, "redis is up", func() bool { return c.Health().State == cache.Up })
	return c
}

func TestSessions(t *testing.T) {
	ctx := context.Background()
	sessionStores(t, func(t *testing.T, open func(t *testing.T) *fixture) {
		f := open(t)
		ana := f.user("ana", "sales")
		f.user("sam", "support")
		alive := func(t *testing.T, in *security.SignedIn, want bool) {
			t.Helper()
			for range 2 { // the second time, a copy may answer
				u, s, err := f.Authenticate(ctx, in.Token)
				if want && (err != nil || u.ID != in.User.ID || s.ID != in.Session.ID || s.User != in.User.Name) {
					t.Errorf("%+v, %+v, %v", u, s, err)
				}
				if !want && (!errors.Is(err, security.ErrNoSession) || codeOf(err) != object.Denied || u != nil) {
					t.Errorf("a session that ended: %+v, %v", u, err)
				}
			}
		}
		t.Run("a session", func(t *testing.T) {
			in := f.signIn("ana")
			if len(in.Token) != 43 || in.User.Name != "ana" || !in.User.Member("sales") || in.Session.Kind != security.Browser ||
				in.Session.Address != "192.0.2.1" || in.Session.ExpiresAt.Sub(in.Session.CreatedAt) != time.Hour {
				t.Errorf("got %+v", in)
			}
			alive(t, in, true)
			f.must(f.SignOut(ctx, in.User, in.Token))
			alive(t, in, false)
			f.must(f.SignOut(ctx, in.User, in.Token))
		})
		t.Run("tokens that never were", func(t *testing.T) {
			in := f.signIn("ana")
			for _, token := range []string{"", "x", in.Token[1:], in.Token + "x", strings.Repeat("a", 43), "' OR 1=1 --", strings.ToUpper(in.Token)} {
				if _, _, err := f.Authenticate(ctx, token); !errors.Is(err, security.ErrNoSession) {
					t.Errorf("%q: %v", token, err)
				}
			}
		})
		t.Run("the token is nowhere in the database", func(t *testing.T) {
			in := f.signIn("ana")
			var hash string
			f.must(f.db.QueryRow(ctx, []any{&hash}, `SELECT token_hash FROM appos_session WHERE id = ?`, in.Session.ID))
			if hash == in.Token || len(hash) != 64 {
				t.Errorf("the hash is %q", hash)
			}
			changes, err := f.Changes(ctx, security.ChangeQuery{})
			f.must(err)
			if all, _ := json.Marshal(changes); strings.Contains(string(all), in.Token) {
				t.Error("the audit has the token")
			}
		})
		t.Run("idle", func(t *testing.T) {
			in, other := f.signIn("ana"), f.signIn("ana")
			for range 2 {
				f.clock.pass(20 * time.Minute)
				alive(t, in, true)
			}
			alive(t, other, false)
			f.clock.pass(31 * time.Minute)
			alive(t, in, false)
		})
		t.Run("absolute", func(t *testing.T) {
			in := f.signIn("ana")
			for range 5 {
				f.clock.pass(10 * time.Minute)
				alive(t, in, true)
			}
			f.clock.pass(10 * time.Minute)
			alive(t, in, false)
		})
		t.Run("at most five, the oldest goes", func(t *testing.T) {
			var all []*security.SignedIn
			for range 7 {
				f.clock.pass(time.Second)
				all = append(all, f.signIn("ana"))
				alive(t, all[len(all)-1], true)
			}
			for i, in := range all {
				alive(t, in, i >= 2)
			}
			if got, err := f.Sessions(ctx, security.SessionQuery{UserID: ana}); err != nil || len(got) != 5 || got[0].User != "ana" {
				t.Errorf("listed %+v, %v", got, err)
			}
			n, err := f.RevokeUser(ctx, f.admin, ana)
			if err != nil || n != 5 {
				t.Errorf("revoked %d, %v", n, err)
			}
			for _, in := range all {
				alive(t, in, false)
			}
		})
		t.Run("revoked", func(t *testing.T) {
			one, two, sam := f.signIn("ana"), f.signIn("ana"), f.signIn("sam")
			alive(t, one, true)
			f.must(f.RevokeSession(ctx, f.admin, one.Session.ID))
			alive(t, one, false)
			alive(t, two, true)
			alive(t, sam, true)
			if err := f.RevokeSession(ctx, f.admin, one.Session.ID); codeOf(err) != object.NotFound {
				t.Errorf("again: %v", err)
			}
			f.must(f.SetPassword(ctx, f.admin, ana, password))
			alive(t, two, false)
			alive(t, sam, true)
		})
		t.Run("deactivated", func(t *testing.T) {
			in := f.signIn("ana")
			alive(t, in, true)
			f.must(f.SetActive(ctx, f.admin, ana, false))
			alive(t, in, false)
			if _, err := f.SignIn(ctx, security.SignIn{Name: "ana", Password: password}); codeOf(err) != object.Denied {
				t.Errorf("an inactive user signs in: %v", err)
			}
			f.must(f.SetActive(ctx, f.admin, ana, true))
			alive(t, in, false)
		})
		t.Run("rotated", func(t *testing.T) {
			old := f.signIn("ana")
			in, err := f.SignIn(ctx, security.SignIn{Name: "ana", Password: password, Previous: old.Token})
			f.must(err)
			alive(t, old, false)
			alive(t, in, true)
			if in.Token == old.Token {
				t.Error("the token is the same")
			}
		})
		t.Run("changes of the user arrive", func(t *testing.T) {
			in := f.signIn("sam")
			f.must(f.AddMember(ctx, f.admin, in.User.ID, "admins"))
			u, _, err := f.Authenticate(ctx, in.Token)
			if err != nil || !u.Member("admins") || !f.may(u, "crm.records.customer", object.Delete) {
				t.Errorf("%+v, %v", u, err)
			}
		})
	})
}

// A user who signs in and out on several devices at once, while an administrator
// ends sessions, waits for nobody for ever.
func TestSessionsTogether(t *testing.T) {
	ctx := context.Background()
	f := open(t, func(o *security.Options) { o.Session.MaxPerUser, o.Login.Attempts, o.Now = 2, 100, time.Now })
	f.user("ana", "sales")
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			for range 5 {
				in, err := f.SignIn(ctx, security.SignIn{Name: "ana", Password: password, Address: "192.0.2.1"})
				if err != nil {
					t.Error(err)
					return
				}
				if err := f.RevokeSession(ctx, f.admin, in.Session.ID); err != nil && !errors.Is(err, object.NotFound) {
					t.Error(err)
				}
			}
		})
		all.Go(func() {
			for range 5 {
				if _, err := f.RevokeUser(ctx, f.admin, f.named("ana").ID); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
}

// A service account signs in nowhere; it has keys.
func TestServiceAccountsDoNotSignIn(t *testing.T) {
	ctx := context.Background()
	f := open(t, func(o *security.Options) { o.Session.Token, o.Login.Attempts = 24*time.Hour, 100 })
	refused := func(name string) {
		t.Helper()
		for _, kind := range []security.SessionKind{security.Browser, security.Token} {
			if _, err := f.SignIn(ctx, security.SignIn{Name: name, Password: password, Kind: kind}); codeOf(err) != object.Denied {
				t.Errorf("a service account has a %s session: %v", kind, err)
			}
		}
	}
	for _, n := range []security.NewUser{{Hash: hashed()}, {Password: password}} {
		n.Name, n.Type = "partner", object.ServiceAccount
		if _, err := f.CreateUser(ctx, f.admin, n); codeOf(err) != object.Invalid {
			t.Errorf("it has a password: %v", err)
		}
	}
	partner, err := f.CreateUser(ctx, f.admin, security.NewUser{Name: "partner", Type: object.ServiceAccount})
	f.must(err)
	if err := f.SetPassword(ctx, f.admin, partner, password); codeOf(err) != object.Invalid {
		t.Errorf("it is given a password: %v", err)
	}
	refused("partner")
	if _, err := f.asks(f.key("partner", nil).Secret); err != nil {
		t.Errorf("its key: %v", err)
	}
	if err := f.AddMember(ctx, f.admin, partner, security.AdminGroup); codeOf(err) != object.Conflict {
		t.Errorf("it becomes an administrator by a group: %v", err)
	}

	// who becomes one has no sign-in any more
	ana := f.user("ana", "sales")
	in, err := f.SignIn(ctx, security.SignIn{Name: "ana", Password: password, Kind: security.Token})
	f.must(err)
	if got := in.Session.ExpiresAt.Sub(f.clock.Now()); got != 24*time.Hour {
		t.Errorf("a token lasts %s", got)
	}
	service, basic := object.ServiceAccount, object.Basic
	f.must(f.UpdateUser(ctx, f.admin, ana, security.UserChange{Type: &service}))
	if _, _, err := f.Authenticate(ctx, in.Token); !errors.Is(err, security.ErrNoSession) {
		t.Errorf("its session: %v", err)
	}
	refused("ana")
	f.must(f.UpdateUser(ctx, f.admin, ana, security.UserChange{Type: &basic}))
	refused("ana")
}

// Keys that were made for all that a user has do not become an administrator's.
func TestKeysOfWhoBecomesAdministrator(t *testing.T) {
	f := open(t, nil)
	id := f.user("ana", "sales")
	whole, part := f.key("ana", nil), f.key("ana", func(n *security.NewKey) { n.Groups = []string{"sales"} })
	admin := object.SystemAdmin
	f.must(f.UpdateUser(context.Background(), f.admin, id, security.UserChange{Type: &admin}))
	if _, err := f.asks(whole.Secret); codeOf(err) != object.Denied {
		t.Errorf("the key without groups: %v", err)
	}
	u, err := f.asks(part.Secret)
	f.must(err)
	if f.may(u, "crm.records.secret", object.View) || !f.may(u, "crm.records.customer", object.View) {
		t.Error("the key with groups has other rights")
	}
}

func TestReadingDoesNotWrite(t *testing.T) {
	f := open(t, nil)
	f.user("ana", "sales")
	in := f.signIn("ana")
	before := f.db.Stats().Execs
	for range 100 {
		f.clock.pass(time.Second)
		if _, _, err := f.Authenticate(context.Background(), in.Token); err != nil {
			t.Fatal(err)
		}
	}
	if n := f.db.Stats().Execs - before; n != 0 {
		t.Errorf("100 requests in 100 seconds wrote %d times", n)
	}
	f.clock.pass(3 * time.Minute)
	if _, _, err := f.Authenticate(security.Unattended(context.Background()), in.Token); err != nil || f.db.Stats().Execs != before {
		t.Errorf("what nobody attends to keeps a session from becoming idle (%v)", err)
	}
	_, s, err := f.Authenticate(context.Background(), in.Token)
	f.must(err)
	if n := f.db.Stats().Execs - before; n != 1 || !s.SeenAt.Equal(f.clock.Now()) {
		t.Errorf("after three minutes it wrote %d times, seen at %s", n, s.SeenAt)
	}
}

func TestCSRF(t *testing.T) {
	a, b := security.CSRFToken("token a"), security.CSRFToken("token b")
	if a == b || strings.Contains(a, "token") || !security.VerifyCSRF("token a", a) {
		t.Errorf("got %q and %q", a, b)
	}
	for _, given := range []string{"", b, a[1:], a + "x", "token a"} {
		if security.VerifyCSRF("token a", given) {
			t.Errorf("%q passes", given)
		}
	}
	if security.VerifyCSRF("", security.CSRFToken("")) {
		t.Error("no session has a CSRF token")
	}
}

// A Redis that was frozen while sessions were revoked thaws with them in it, and
// is never believed; while it is frozen, killed and restarted every request is
// answered, and rightly.
func TestRedisIsNeverBelievedWhenWrong(t *testing.T) {
	ctx := context.Background()
	server := cachetest.StartRedis(t)
	redis := redisOf(t, server, 50*time.Millisecond)
	f := open(t, func(o *security.Options) { o.Cache, o.CachedSessions, o.Now = redis, true, time.Now })
	f.user("ana", "sales")
	f.user("sam", "sales")
	o := f.object("crm.records.customer")

	steady := f.signIn("sam")
	var stop atomic.Bool
	var failed, asked atomic.Int64
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for !stop.Load() {
				u, _, err := f.Authenticate(ctx, steady.Token)
				if err != nil || !f.Permissions().Check(u, o, object.View) {
					failed.Add(1)
				}
				asked.Add(1)
			}
		})
	}
	wrong := 0
	round := func(server func()) {
		in := f.signIn("ana")
		for range 2 { // a copy is made, and used
			if _, _, err := f.Authenticate(ctx, in.Token); err != nil {
				wrong++
			}
		}
		if server != nil {
			server()
		}
		if err := f.RevokeSession(ctx, f.admin, in.Session.ID); err != nil {
			t.Fatal(err)
		}
		for range 3 {
			if _, _, err := f.Authenticate(ctx, in.Token); !errors.Is(err, security.ErrNoSession) {
				wrong++
			}
		}
	}
	for range 3 {
		round(nil)
		in := f.signIn("ana")
		f.Authenticate(ctx, in.Token)
		server.Freeze()
		f.must(f.RevokeSession(ctx, f.admin, in.Session.ID))
		round(nil)
		server.Thaw()
		for up := false; !up; up = redis.Health().State == cache.Up { // wrong answers may come at any moment of the recovery
			if _, _, err := f.Authenticate(ctx, in.Token); !errors.Is(err, security.ErrNoSession) {
				wrong++
			}
		}
		if _, _, err := f.Authenticate(ctx, in.Token); !errors.Is(err, security.ErrNoSession) {
			wrong++
		}
		round(server.Kill)
		server.Start()
		round(nil)
	}
	stop.Store(true)
	wg.Wait()
	if wrong > 0 || failed.Load() > 0 {
		t.Errorf("%d wrong answers, %d of %d requests failed", wrong, failed.Load(), asked.Load())
	}
}

// What somebody writes into the shared cache gives no rights.
func TestForgedCopies(t *testing.T) {
	ctx := context.Background()
	m := &spy{Cache: cache.NewMemory(cache.MemoryOptions{})}
	defer m.Close()
	f := open(t, func(o *security.Options) { o.Cache, o.CachedSessions = m, true })
	f.user("ana", "sales")
	f.user("eve")
	ana, eve := f.signIn("ana"), f.signIn("eve")
	for _, in := range []*security.SignedIn{ana, eve} {
		if _, _, err := f.Authenticate(ctx, in.Token); err != nil {
			t.Fatal(err)
		}
	}
	var keys []string
	cachetest.Eventually(t, "both sessions have a copy", func() bool { // which nobody waits for
		keys = nil
		m.values.Range(func(k, _ any) bool {
			if strings.HasPrefix(k.(string), "session:") {
				keys = append(keys, k.(string))
			}
			return true
		})
		return len(keys) == 2
	})
	m.values.Range(func(_, v any) bool {
		if strings.Contains(string(v.([]byte)), ana.Token) {
			t.Error("the cache has the token")
		}
		return true
	})
	// the copies change places, each with a good seal
	a, _ := m.values.Load(keys[0])
	b, _ := m.values.Load(keys[1])
	m.Set(ctx, keys[0], b.([]byte), time.Hour)
	m.Set(ctx, keys[1], a.([]byte), time.Hour)
	u, _, err := f.Authenticate(ctx, eve.Token)
	if err != nil || u.Name != "eve" {
		t.Errorf("eve is %+v, %v", u, err)
	}
}

// spy remembers what was set.
type spy struct {
	cache.Cache
	values sync.Map
}

func (s *spy) Set(ctx context.Context, key string, value []byte, ttl time.Duration) {
	s.values.Store(key, append([]byte(nil), value...))
	s.Cache.Set(ctx, key, value, ttl)
}
