package server_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/apposengine/appos"
	"github.com/apposengine/appos/internal/config"
	"github.com/apposengine/appos/internal/security"
	"github.com/apposengine/appos/internal/store"
	"github.com/apposengine/appos/internal/store/storetest"
	"github.com/apposengine/appos/platform"
	"github.com/apposengine/appos/server"
)

// TestAPIKeyCommands makes, lists, rotates and revokes keys on the command line.
func TestAPIKeyCommands(t *testing.T) {
	t.Setenv("APPOS_DATABASE_URL", storetest.URL(t)) // which looks above the folder for its script
	t.Chdir(t.TempDir())
	data := t.TempDir()
	run := func(want int, args ...string) (out, errs string) {
		t.Helper()
		var o, e bytes.Buffer
		if args[1] != "--help" {
			args = append(args, "--data", data)
		}
		if code := server.Execute(t.Context(), func() {}, args, &o, &e, depot); code != want {
			t.Errorf("%s exits with %d, want %d:\n%s%s", strings.Join(args, " "), code, want, &o, &e)
		}
		return o.String(), e.String()
	}
	key, said := run(0, "api-key", "create", "--account", "robot", "--service", "--groups", "readers", "--name", "ci", "--expires", "30d")
	key = strings.TrimSpace(key)
	if !strings.HasPrefix(key, "apposkey_") || strings.Contains(said, key) || !strings.Contains(said, "not shown again") {
		t.Fatalf("it prints %q and says %q", key, said)
	}
	out, _ := run(0, "key", "create", "--account", "robot", "--name", "other", "--expires", "never", "--json")
	var second struct {
		Key, Secret, Account string
		Groups               []string
		ExpiresAt            *string `json:"expires_at"`
	}
	if err := json.Unmarshal([]byte(out), &second); err != nil || second.Account != "robot" || second.Groups == nil || len(second.Groups) != 0 || second.ExpiresAt != nil {
		t.Fatalf("JSON %s: %v", out, err)
	}
	id := strings.Split(key, "_")[1]
	rotated, _ := run(0, "api-key", "rotate", id, "--grace", "0")
	run(0, "api-key", "revoke", second.Key)
	if out, _ := run(0, "api-key", "list", "--account", "robot"); strings.Count(out, "\n") != 4 || !strings.Contains(out, id) || strings.Contains(out, key) {
		t.Errorf("the list is\n%s", out)
	}
	out, _ = run(0, "api-key", "list", "--state", "active", "--json")
	var active []struct{ Key, Account string }
	if err := json.Unmarshal([]byte(out), &active); err != nil || len(active) != 1 || !strings.Contains(rotated, active[0].Key) {
		t.Errorf("active are %s: %v", out, err)
	}
	for _, tt := range []struct {
		code int
		args []string
	}{
		{2, []string{"api-key", "create", "--name", "x"}},
		{2, []string{"api-key", "create", "--account", "robot"}},
		{2, []string{"api-key", "create", "--account", "robot", "--name", "x", "--expires", "soon"}},
		{2, []string{"api-key", "create", "--account", "robot", "--name", "x", "--expires", "-3d"}},
		{2, []string{"api-key", "create", "--account", "robot", "--name", "x", "--expires", "99999999999d"}},
		{1, []string{"api-key", "create", "--account", "nobody", "--name", "x"}},
		{1, []string{"api-key", "create", "--account", "robot", "--name", "x", "--groups", "writers"}},
		{1, []string{"api-key", "list", "--state", "odd"}},
		{1, []string{"api-key", "revoke", "nosuchkey000"}},
		{2, []string{"api-key", "revoke"}},
		{2, []string{"api-key", "revoke", key}},
		{2, []string{"api-key", "destroy"}},
	} {
		if out, errs := run(tt.code, tt.args...); strings.Contains(out+errs, "apposkey_"+id) {
			t.Errorf("%v repeats the key", tt.args[:2])
		}
	}
}

// Keys in every form that a client could send them in.
func TestKeysOverHTTP(t *testing.T) {
	var cfg *config.Config
	at, keys := openDepot(t, func(c *config.Config) { cfg = c })
	robot, reader := keys["robot"], keys["reader"]
	const path = "/api/depot/crates"
	ask := func(method, path string, header http.Header) (int, http.Header, string) {
		r := httptest.NewRequest(method, path, nil)
		for k, v := range header {
			r.Header[k] = v
		}
		w := httptest.NewRecorder()
		at.h.ServeHTTP(w, r)
		return w.Code, w.Header(), w.Body.String()
	}
	bearer := func(v ...string) http.Header {
		h := http.Header{}
		for _, x := range v {
			h.Add("Authorization", x)
		}
		return h
	}
	both := func(auth, key string) http.Header {
		return http.Header{"Authorization": {auth}, "X-Api-Key": {key}}
	}
	wrong := robot[:len(robot)-1] + "~"
	for name, tt := range map[string]struct {
		header http.Header
		want   int
		says   string
	}{
		"a bearer":                 {bearer("Bearer " + robot), 200, ""},
		"in small letters":         {bearer("bearer  " + robot + " "), 200, ""},
		"a header":                 {http.Header{"X-Api-Key": {robot}}, 200, ""},
		"a token":                  {bearer("Bearer " + reader), 200, ""},
		"beside a cookie":          {http.Header{"X-Api-Key": {robot}, "Cookie": {"appos_session=" + reader}}, 200, ""},
		"a token as a cookie":      {http.Header{"Cookie": {"appos_session=" + reader}}, 401, "unknown or over"},
		"both headers":             {both("Bearer "+robot, robot), 400, "several credentials"},
		"a token and a key":        {both("Bearer "+reader, robot), 400, "several credentials"},
		"an empty one and a key":   {both("", robot), 400, "several credentials"},
		"two bearers":              {bearer("Bearer "+robot, "Bearer "+robot), 400, "several credentials"},
		"two keys":                 {http.Header{"X-Api-Key": {robot, robot}}, 400, "several credentials"},
		"an empty key":             {http.Header{"X-Api-Key": {" "}}, 401, "is empty"},
		"a wrong check":            {bearer("Bearer " + wrong), 401, "the API key is not valid"},
		"a token as a key":         {http.Header{"X-Api-Key": {reader}}, 401, "the API key is not valid"},
		"a long one":               {bearer("Bearer apposkey_" + strings.Repeat("x", 50_000)), 401, "the API key is not valid"},
		"with a NUL":               {http.Header{"X-Api-Key": {robot[:30] + "\x00" + robot[31:]}}, 401, "the API key is not valid"},
		"of other letters":         {http.Header{"X-Api-Key": {"apposkey_ключ_ключ"}}, 401, "the API key is not valid"},
		"another scheme":           {bearer("Basic " + robot), 401, "not of the form"},
		"no scheme":                {bearer(robot), 401, "not of the form"},
		"a name and a password":    {bearer("Basic cm9ib3Q6cm9ib3Q="), 401, "not of the form"},
		"a bearer that is nothing": {bearer("Bearer "), 401, ""},
	} {
		t.Run(name, func(t *testing.T) {
			code, header, body := ask("GET", path, tt.header)
			if code != tt.want || !strings.Contains(body, tt.says) {
				t.Fatalf("%d %s, want %d with %q", code, body, tt.want, tt.says)
			}
			if code == 401 && !strings.HasPrefix(header.Get("WWW-Authenticate"), "Bearer") {
				t.Error("there is no WWW-Authenticate")
			}
			if code != 200 && strings.Contains(body, robot[22:]) {
				t.Errorf("the answer has the key: %s", body)
			}
		})
	}

	t.Run("in the address", func(t *testing.T) {
		if code, _, _ := ask("GET", path+"?api_key="+robot, nil); code != http.StatusUnauthorized {
			t.Errorf("%d", code)
		}
	})
	t.Run("no screens", func(t *testing.T) {
		for _, page := range []string{"/depot/crates", "/account", "/account/keys", "/"} {
			if code, _, _ := ask("GET", page, bearer("Bearer "+robot)); code != http.StatusForbidden {
				t.Errorf("%s = %d", page, code)
			}
		}
	})
	t.Run("no session", func(t *testing.T) {
		if code, _, _ := ask("DELETE", "/api/auth/token", bearer("Bearer "+robot)); code != http.StatusForbidden {
			t.Errorf("signing out by key = %d", code)
		}
	})
	t.Run("a password of a service account", func(t *testing.T) {
		if w := at.do("POST", "/api/auth/token", `{"username":"robot","password":"anything at all"}`); w.Code != 401 || !strings.Contains(w.Body.String(), "API keys") {
			t.Errorf("%d %s", w.Code, w.Body)
		}
	})

	secrets := map[string]string{}
	for name, key := range keys {
		secrets[name] = key[max(0, len(key)-40):]
	}
	keptNowhere(t, cfg, secrets)
}

// Figures are for administrators, by a key as by a session, and for no others.
func TestFiguresByKey(t *testing.T) {
	at, keys := openDepot(t, func(cfg *config.Config) { cfg.Monitoring.Metrics.Access = "admin" })
	admin, err := appos.Call(at.system, platform.CreateAPIKey{Account: "admin", Name: "prometheus"})
	if err != nil {
		t.Fatal(err)
	}
	narrowed, err := appos.Call(at.system, platform.CreateAPIKey{Account: "admin", Name: "less", Groups: []string{security.AdminGroup}})
	if err != nil {
		t.Fatal(err)
	}
	for key, want := range map[string]int{"": 401, "nonsense": 401, keys["robot"]: 403, keys["reader"]: 403, narrowed.Secret: 403, admin.Secret: 200} {
		if w := at.as(key).do("GET", "/metrics", ""); w.Code != want {
			t.Errorf("%.12s: %d, want %d", key, w.Code, want)
		}
	}
}

// An app whose rule remembers what it answered.
var memory = appos.NewApp("memory", []byte("app:\n  name: Memory\n  groups: [readers, writers]\n"))

type Reads struct{ appos.Returns[Reading] }
type Reading struct{ Reader, Administrator bool }

var (
	_ = appos.Rule(memory, func(ctx context.Context, _ Reads) (Reading, error) {
		return Reading{appos.Member(ctx, "readers"), appos.Member(ctx, "nobody_is_in_this")}, nil
	}, appos.CacheFor(time.Hour), appos.Allow("readers", "writers"))
	_ = appos.WebAPI[Reads](memory, "GET /v1/reads", appos.Allow("readers", "writers"))
)

// What is kept for a key with some groups is not answered to one with others, nor
// to the account itself.
func TestAnswersKeptForNarrowedKeys(t *testing.T) {
	at, _ := openDepotOf(t, memory, nil)
	for _, u := range []platform.CreateUser{{Name: "both", Groups: []string{"readers", "writers"}}, {Name: "root", Type: "system_admin", Password: password}} {
		if _, err := appos.Call(at.system, u); err != nil {
			t.Fatal(err)
		}
	}
	for _, m := range []platform.AddUserToGroup{{User: "root", Group: "readers"}, {User: "root", Group: "writers"}} {
		if _, err := appos.Call(at.system, m); err != nil {
			t.Fatal(err)
		}
	}
	key := func(account string, groups ...string) string {
		t.Helper()
		k, err := appos.Call(at.system, platform.CreateAPIKey{Account: account, Name: "x", Groups: groups})
		if err != nil {
			t.Fatal(err)
		}
		return k.Secret
	}
	whole, reads, writes := key("both"), key("both", "readers"), key("both", "writers")
	root, rootWrites := key("root"), key("root", "writers")
	for range 2 { // the second time from memory
		for _, tt := range []struct{ key, want string }{
			{whole, `{"reader":true,"administrator":false}`}, {reads, `{"reader":true,"administrator":false}`}, {writes, `{"reader":false,"administrator":false}`},
			{root, `{"reader":true,"administrator":true}`}, {rootWrites, `{"reader":false,"administrator":false}`},
		} {
			if w := at.as(tt.key).do("GET", "/api/memory/v1/reads", ""); w.Code != http.StatusOK || strings.TrimSpace(w.Body.String()) != tt.want {
				t.Errorf("%d %s, want %s", w.Code, w.Body, tt.want)
			}
		}
	}
}

// keptNowhere reads every file of the data folder and every row of the database,
// and finds no secret in them.
func keptNowhere(t *testing.T, cfg *config.Config, secrets map[string]string) {
	t.Helper()
	look := func(where string, content []byte) {
		for name, secret := range secrets {
			if bytes.Contains(content, []byte(secret)) {
				t.Errorf("%s has the secret of %s", where, name)
			}
		}
	}
	files := 0
	roots := []string{cfg.Platform.Data}
	url := cfg.Database.URL.Reveal()
	if path, ok := strings.CutPrefix(url, "sqlite:"); ok {
		roots = append(roots, filepath.Dir(path))
	} else {
		db, err := store.Open(t.Context(), url, store.Options{MaxConns: 2})
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		for _, table := range append(security.Tables(), store.Table{Name: "appos_secret"}) {
			rows, err := db.Query(t.Context(), `SELECT x::text FROM `+table.Name+` x`)
			if err != nil {
				t.Fatal(err)
			}
			for rows.Next() {
				var row string
				if err := rows.Scan(&row); err != nil {
					t.Fatal(err)
				}
				look(table.Name, []byte(row))
			}
			if err := errors.Join(rows.Err(), rows.Close()); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, root := range roots {
		if err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			files++
			content, err := os.ReadFile(path)
			look(path, content)
			return err
		}); err != nil {
			t.Fatal(err)
		}
	}
	if files == 0 {
		t.Error("there are no files to look into")
	}
}
