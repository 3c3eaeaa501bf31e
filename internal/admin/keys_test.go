package admin_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/apposengine/appos"
	"github.com/apposengine/appos/internal/object"
	"github.com/apposengine/appos/internal/security"
	"github.com/apposengine/appos/platform"
	"github.com/apposengine/appos/ui"
)

var wholeKey = regexp.MustCompile(`apposkey_([0-9a-z]{12})_[0-9A-Za-z]{49}`)

// keys are the keys of an account, the newest first.
func (e *env) keys(account string) []security.APIKey {
	e.t.Helper()
	page, err := e.Security.Keys(context.Background(), security.KeyQuery{UserID: e.account(account).ID})
	if err != nil {
		e.t.Fatal(err)
	}
	return page.Items
}

func (e *env) uses(key string) (*object.User, error) {
	u, _, err := e.Security.AuthenticateKey(context.Background(), key, "192.0.2.1")
	return u, err
}

// TestServiceAccount goes from a new service account to its key in use, and back.
func TestServiceAccount(t *testing.T) {
	e := open(t)
	t.Cleanup(func() { _ = e.Security.Close() })
	e.get("/admin/service-accounts").has(t, "partner")
	p := e.post("/admin/service-accounts/new", save("name", "Web_Shop", "full_name", "The web shop", "email", "it@example.com", "group:sales", "on", "group:support", "on")...)
	if p.location != "/admin/api-keys/new?account=web_shop" {
		t.Fatalf("on to %q, error %v", p.location, p.err)
	}
	if a := e.account("web_shop"); a.Type != object.ServiceAccount || a.HasPassword || strings.Join(a.Groups, " ") != "sales support" {
		t.Errorf("the account is %+v", a)
	}
	e.get(p.location).has(t, "sales", "support")
	e.unchanged(func() {
		e.post(p.location, "account", "web_shop", "name", "x", "expires", "never").has(t, "does not expire")
	})
	made := e.post(p.location, save("account", "web_shop", "name", "checkout <b>", "expires", "30", "group:sales", "on")...)
	found := wholeKey.FindStringSubmatch(made.body)
	if made.status != http.StatusOK || found == nil {
		t.Fatalf("status %d, error %v", made.status, made.err)
	}
	key, id := found[0], found[1]
	made.has(t, "Copy the key now", "curl", "/api/shop/customers")
	u, err := e.uses(key)
	if err != nil || u.Name != "web_shop" || len(u.Groups) != 1 {
		t.Errorf("it is %+v, %v", u, err)
	}
	k := e.keys("web_shop")[0]
	if k.ID != id || k.CreatedBy != "admin" || k.ExpiresAt.Sub(noon) != 30*24*time.Hour {
		t.Errorf("the key is %+v", k)
	}
	for _, path := range []string{"/admin/api-keys", "/admin/api-keys?q=checkout", "/admin/users/web_shop?view=keys"} {
		e.get(path).has(t, id, "checkout <b>")
	}
	for _, path := range []string{"/admin/api-keys", "/admin/users/web_shop?view=keys", "/admin/users/web_shop?view=history", "/admin/audit", "/admin/logs"} {
		e.get(path).lacks(t, key, key[22:], "checkout <b>")
	}

	rotated := e.post("/admin/users/web_shop?view=keys", "_do", "rotate_key", "key", id, "grace", "1h")
	next := wholeKey.FindString(rotated.body)
	if next == "" || next == key {
		t.Fatalf("status %d, error %v", rotated.status, rotated.err)
	}
	for _, one := range []string{key, next} {
		if _, err := e.uses(one); err != nil {
			t.Error(err)
		}
	}
	e.passed.Add(int64(time.Hour))
	if _, err := e.uses(key); err == nil {
		t.Error("the old key is good after its grace")
	}
	if p := e.post("/admin/api-keys", "_do", "rotate_key", "key", id, "grace", "1h"); p.location == "" || len(p.toasts) != 1 || p.toasts[0].Tone != ui.Err {
		t.Errorf("a key that has expired: %v, %v", p.toasts, p.err)
	}
	if p := e.post("/admin/api-keys", "_do", "revoke_key", "key", wholeKey.FindStringSubmatch(next)[1]); p.location != "/admin/api-keys" {
		t.Errorf("on to %q, error %v", p.location, p.err)
	}
	if _, err := e.uses(next); err == nil {
		t.Error("a revoked key is good")
	}
	e.get("/admin/api-keys?state=revoked").has(t, "Revoked")
	e.get("/admin/users/web_shop?view=history").has(t, "Api key: create", "Api key: revoke")
}

func TestKeyForms(t *testing.T) {
	e := open(t)
	e.unchanged(func() {
		for name, test := range map[string]struct {
			form []string
			says string
		}{
			"nobody's":         {[]string{"account", "nobody", "name", "x"}, "Enter the name of an account"},
			"the public's":     {[]string{"account", "public", "name", "x"}, "Enter the name of an account"},
			"without a name":   {[]string{"account", "partner", "name", " "}, "Say what the key is for"},
			"for a while":      {[]string{"account", "partner", "name", "x", "expires", "soon"}, "Choose how long"},
			"for less":         {[]string{"account", "partner", "name", "x", "expires", "-5"}, "Choose how long"},
			"for ages":         {[]string{"account", "partner", "name", "x", "expires", "99999"}, "ten years"},
			"with a long name": {[]string{"account", "partner", "name", strings.Repeat("x", 101)}, "100"},
		} {
			p := e.post("/admin/api-keys/new", save(test.form...)...)
			if p.status != http.StatusUnprocessableEntity {
				t.Errorf("%s: status %d, error %v", name, p.status, p.err)
			}
			p.has(t, test.says)
		}
		p := e.post("/admin/service-accounts/new", save("name", "Ana")...)
		p.has(t, "already called")
		for _, path := range []string{"/admin/api-keys", "/admin/users/partner?view=keys"} {
			if p := e.post(path, "_do", "rotate_key", "key", "nosuchkey000", "grace", "99h"); !errors.Is(p.err, appos.Invalid) {
				t.Errorf("a grace that is not offered: %v", p.err)
			}
			if p := e.post(path, "_do", "revoke_key", "key", "nosuchkey000"); len(p.toasts) != 1 || p.toasts[0].Tone != ui.Err {
				t.Errorf("a key that is not there: %v, %v", p.toasts, p.err)
			}
		}
	})
	e.get("/admin/api-keys/new?account=admin").has(t, "is an administrator")
	// somebody else's group is not offered, and so not taken
	p := e.post("/admin/api-keys/new?account=ana", save("account", "ana", "name", "x", "group:support", "on")...)
	if wholeKey.FindString(p.body) == "" || e.keys("ana")[0].Groups != nil {
		t.Errorf("status %d, %+v", p.status, e.keys("ana"))
	}
}

// TestManyKeys walks through lists of keys.
func TestManyKeys(t *testing.T) {
	e := open(t)
	for i := range 30 {
		name := []string{"ana", "partner"}[i%2]
		n := security.NewKey{UserID: e.account(name).ID, Name: fmt.Sprintf("key %d", i), Lifetime: time.Duration(i+1) * 24 * time.Hour}
		if _, err := e.Security.CreateKey(context.Background(), nil, n); err != nil {
			t.Fatal(err)
		}
	}
	row := regexp.MustCompile(`<tr id="keys-(\w+)"`)
	for path, want := range map[string]int{"/admin/api-keys?size=7": 30, "/admin/users/ana?view=keys&size=4": 15, "/admin/api-keys?state=expiring&size=5": 13, "/admin/api-keys?q=partner": 15} {
		pages, _ := e.walk(path, "Next page", row)
		seen := map[string]bool{}
		for _, p := range pages {
			for _, id := range p {
				seen[id] = true
			}
		}
		if len(seen) != want {
			t.Errorf("%s: %d keys on %d pages, want %d", path, len(seen), len(pages), want)
		}
	}
	e.get("/admin/api-keys").has(t, "13 keys expire within two weeks")
}

// TestPublicAccess: what everybody may do is told, and loudly when it writes.
func TestPublicAccess(t *testing.T) {
	e := open(t)
	everywhere := func(says string) {
		t.Helper()
		for _, path := range []string{"/admin/public", "/admin/users/public", "/admin/groups/public_access"} {
			e.get(path).has(t, says)
		}
	}
	everywhere("Nothing is public")
	give := func(permissions ...string) {
		t.Helper()
		if _, err := appos.Call(e.as("admin"), platform.SetPermissions{Ref: "shop.records.customer", Grants: map[string][]string{"public_access": permissions}}); err != nil {
			t.Fatal(err)
		}
	}
	give("view")
	everywhere("Open to everybody")
	e.get("/admin/public").has(t, "may do this", "shop.records.customer")
	give("view", "create")
	e.get("/admin/public").has(t, "may change data")
}
