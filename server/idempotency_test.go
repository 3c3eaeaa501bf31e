package server_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/apposengine/appos"
	"github.com/apposengine/appos/internal/config"
	"github.com/apposengine/appos/internal/idempotency"
	"github.com/apposengine/appos/internal/store"
	"github.com/apposengine/appos/internal/store/storetest"
	"github.com/apposengine/appos/platform"
	"github.com/apposengine/appos/server"
)

// keyed sends a request with an idempotency key.
func (s *site) keyed(method, path, body, key string) *httptest.ResponseRecorder {
	return s.with(method, path, body, http.Header{"Idempotency-Key": {key}, "Content-Type": {"application/json"}})
}

const crates = "/api/depot/crates"

// count is how many crates there are.
func (s *site) count(t *testing.T) int {
	t.Helper()
	w := s.do("GET", crates+"?count=true", "")
	var page struct{ Total int }
	if err := json.Unmarshal(w.Body.Bytes(), &page); err != nil || w.Code != http.StatusOK {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	return page.Total
}

// sameAnswer compares what was answered twice.
func sameAnswer(t *testing.T, first, again *httptest.ResponseRecorder) {
	t.Helper()
	if again.Code != first.Code || again.Body.String() != first.Body.String() {
		t.Errorf("%d %s, and again %d %s", first.Code, first.Body, again.Code, again.Body)
	}
	for _, name := range []string{"Content-Type", "Location", "Etag", "Cache-Control", "Content-Length"} {
		if a, b := first.Header().Get(name), again.Header().Get(name); a != b {
			t.Errorf("%s is %q, and again %q", name, a, b)
		}
	}
	if first.Header().Get("Idempotent-Replayed") != "" || again.Header().Get("Idempotent-Replayed") != "true" {
		t.Errorf("Idempotent-Replayed is %q, and again %q", first.Header().Get("Idempotent-Replayed"), again.Header().Get("Idempotent-Replayed"))
	}
}

// Every request of a record that changes something is done once under its key.
func TestRequestsAreRepeated(t *testing.T) {
	at, tokens := openDepot(t, func(cfg *config.Config) { cfg.API.MaxBody = 100 << 10 })
	reader, writer := at.as(tokens["reader"]), at.as(tokens["writer"])
	for _, tt := range []struct {
		name, method, path, body string
		who                      *site
		status, more             int
	}{
		{"create", "POST", crates, `{"label":"one"}`, reader, 201, 1},
		{"many", "POST", crates + "/bulk", `{"create":[{"label":"two"},{"label":"three"}]}`, reader, 200, 2},
		{"change", "PATCH", crates + "/1", `{"label":"first"}`, reader, 200, 0},
		{"replace", "PUT", crates + "/1", `{"label":"the first"}`, reader, 200, 0},
		{"change without seeing", "PATCH", crates + "/1", `{"label":"hidden"}`, writer, 204, 0},
		{"file", "POST", crates + "/import?format=json", `[{"label":"four"},{"label":"five"},{"label":"six"}]`, reader, 200, 3},
	} {
		t.Run(tt.name, func(t *testing.T) {
			was := reader.count(t)
			first := tt.who.keyed(tt.method, tt.path, tt.body, tt.name)
			if first.Code != tt.status {
				t.Fatalf("%d %s", first.Code, first.Body)
			}
			for _, key := range []string{tt.name, `"` + tt.name + `"`} { // the draft's form is the same key
				sameAnswer(t, first, tt.who.keyed(tt.method, tt.path, tt.body, key))
			}
			if more := reader.count(t) - was; more != tt.more {
				t.Errorf("%d rows more, want %d", more, tt.more)
			}
			if w := tt.who.keyed(tt.method, tt.path, tt.body+" ", tt.name); w.Code != http.StatusConflict || !strings.Contains(w.Body.String(), "was used for another request, "+tt.method) {
				t.Errorf("with another body = %d %s", w.Code, w.Body)
			}
			if w := tt.who.keyed(tt.method, tt.path+"?"+"x=1", tt.body, tt.name); w.Code != http.StatusConflict {
				t.Errorf("with another address = %d %s", w.Code, w.Body)
			}
		})
	}
	var version struct{ Version int }
	if w := reader.do("GET", crates+"/1", ""); json.Unmarshal(w.Body.Bytes(), &version) != nil || version.Version != 4 {
		t.Errorf("the row is %s; it was changed three times", w.Body)
	}
	// the same key of another account is another key
	if w := at.as(tokens["robot"]).keyed("POST", crates, `{"label":"robot's"}`, "create"); w.Code != http.StatusCreated || w.Header().Get("Idempotent-Replayed") != "" {
		t.Errorf("another account's = %d %s", w.Code, w.Body)
	}
}

// A multipart body has a boundary of its own each time; the file is the same.
func TestFilesAreRepeated(t *testing.T) {
	at, tokens := openDepot(t, nil)
	reader := at.as(tokens["reader"])
	send := func(boundary, label string) *httptest.ResponseRecorder {
		body := fmt.Sprintf("--%s\r\nContent-Disposition: form-data; name=\"file\"; filename=\"crates.csv\"\r\n\r\nlabel\n%s\n\r\n--%s--\r\n", boundary, label, boundary)
		return reader.with("POST", crates+"/import", body, http.Header{"Idempotency-Key": {"file"}, "Content-Type": {"multipart/form-data; boundary=" + boundary}})
	}
	first := send("one", "gold")
	if first.Code != http.StatusOK {
		t.Fatalf("%d %s", first.Code, first.Body)
	}
	sameAnswer(t, first, send("two", "gold"))
	if w := send("one", "silver"); w.Code != http.StatusConflict {
		t.Errorf("another file = %d %s", w.Code, w.Body)
	}
	if n := reader.count(t); n != 1 {
		t.Errorf("%d crates", n)
	}
}

// What is refused is not kept: the key is as new.
func TestErrorsAreNotKept(t *testing.T) {
	at, tokens := openDepot(t, nil)
	reader := at.as(tokens["reader"])
	for path, right := range map[string]string{crates: `{"label":"right"}`, crates + "/import?format=json": `[{"label":"right"}]`} {
		for _, wrong := range []string{`[{"label":""}]`, `{`} {
			if w := reader.keyed("POST", path, wrong, path); w.Code/100 != 4 || w.Code == http.StatusConflict {
				t.Fatalf("%s = %d %s", path, w.Code, w.Body)
			}
		}
		if w := reader.keyed("POST", path, right, path); w.Code/100 != 2 || w.Header().Get("Idempotent-Replayed") != "" {
			t.Errorf("%s = %d %s", path, w.Code, w.Body)
		}
	}
	if n := reader.count(t); n != 2 {
		t.Errorf("%d crates", n)
	}
}

func TestKeysThatAreNone(t *testing.T) {
	at, tokens := openDepot(t, nil)
	reader := at.as(tokens["reader"])
	for name, key := range map[string][]string{
		"empty": {""}, "empty in quotes": {`""`}, "two": {"a", "b"}, "long": {strings.Repeat("k", 256)}, "not ASCII": {"clé"},
		"control": {"a\x01b"}, "open": {`"abc`}, "quote inside": {`"a"b"`}, "lone escape": {`"a\b"`}, "escape at the end": {`"a\"`},
	} {
		w := reader.with("POST", crates, `{"label":"x"}`, http.Header{"Idempotency-Key": key})
		if w.Code != http.StatusBadRequest || !strings.Contains(w.Body.String(), "1 to 255 printable ASCII") {
			t.Errorf("%s: %d %s", name, w.Code, w.Body)
		}
	}
	for i, key := range []string{strings.Repeat("k", 255), "a b", `"a\"b\\c"`, `x"y`, "~!"} {
		if w := reader.with("POST", crates, fmt.Sprintf(`{"label":"x%d"}`, i), http.Header{"Idempotency-Key": {key}}); w.Code != http.StatusCreated {
			t.Errorf("%q: %d %s", key, w.Code, w.Body)
		}
	}
	// where nothing changes, and for a token, it is of no account
	for _, w := range []*httptest.ResponseRecorder{
		reader.keyed("GET", crates, "", ""),
		at.keyed("POST", "/api/auth/token", fmt.Sprintf(`{"username":"reader","password":%q}`, password), "t"),
		at.keyed("POST", "/api/auth/token", fmt.Sprintf(`{"username":"writer","password":%q}`, password), "t"),
	} {
		if w.Code != http.StatusOK || w.Header().Get("Idempotent-Replayed") != "" {
			t.Errorf("%d %s", w.Code, w.Body)
		}
	}
}

// Who may less than before is not told what was answered then.
func TestRightsOfRepeats(t *testing.T) {
	cfg := config.Default()
	cfg.Platform.Data = t.TempDir()
	cfg.Database.URL = config.NewSecret(storetest.URL(t))
	s, err := server.Open(t.Context(), cfg, depot)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	system, err := s.As(t.Context(), "system")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := appos.Call(system, platform.CreateUser{Name: "both", Password: password, Groups: []string{"readers", "writers"}}); err != nil {
		t.Fatal(err)
	}
	at := &site{h: s.Handler()}
	both := at.as(token(t, at, "both"))
	first := both.keyed("POST", crates, `{"label":"one"}`, "k")
	sameAnswer(t, first, both.keyed("POST", crates, `{"label":"one"}`, "k"))
	if _, err := appos.Call(system, platform.RemoveUserFromGroup{User: "both", Group: "writers"}); err != nil {
		t.Fatal(err)
	}
	if w := both.keyed("POST", crates, `{"label":"one"}`, "k"); w.Code != http.StatusConflict || strings.Contains(w.Body.String(), `"one"`) || !strings.Contains(w.Body.String(), "what you may do has changed") {
		t.Errorf("with fewer rights = %d %s", w.Code, w.Body)
	}
	if _, err := appos.Call(system, platform.RemoveUserFromGroup{User: "both", Group: "readers"}); err != nil {
		t.Fatal(err)
	}
	if w := both.keyed("POST", crates, `{"label":"one"}`, "k"); w.Code != http.StatusForbidden {
		t.Errorf("without rights = %d %s", w.Code, w.Body)
	}
}

func token(t *testing.T, at *site, user string) string {
	t.Helper()
	w := at.do("POST", "/api/auth/token", fmt.Sprintf(`{"username":%q,"password":%q}`, user, password))
	var made struct{ Token string }
	if err := json.Unmarshal(w.Body.Bytes(), &made); err != nil || made.Token == "" {
		t.Fatalf("no token for %s: %d %s", user, w.Code, w.Body)
	}
	return made.Token
}

// fifty sends the same request fifty times at once, in turns to the sites.
func fifty(t *testing.T, path, body string, sites ...*site) {
	t.Helper()
	answers := make([]*httptest.ResponseRecorder, 50)
	var wg sync.WaitGroup
	for i := range answers {
		wg.Go(func() { answers[i] = sites[i%len(sites)].keyed("POST", path, body, "fifty "+path) })
	}
	wg.Wait()
	replayed := 0
	for i, w := range answers {
		if w.Code/100 != 2 || w.Body.String() != answers[0].Body.String() || w.Header().Get("Location") != answers[0].Header().Get("Location") {
			t.Fatalf("answer %d is %d %s, the first %d %s", i, w.Code, w.Body, answers[0].Code, answers[0].Body)
		}
		if w.Header().Get("Idempotent-Replayed") == "true" {
			replayed++
		}
	}
	if replayed != 49 {
		t.Errorf("%d answers were replayed, want 49", replayed)
	}
}

func TestFiftyAtOnce(t *testing.T) {
	at, tokens := openDepot(t, nil)
	reader := at.as(tokens["reader"])
	fifty(t, crates, `{"label":"one"}`, reader)
	fifty(t, crates+"/bulk", `{"create":[{"label":"two"},{"label":"three"}]}`, reader)
	fifty(t, crates+"/import?format=json", `[{"label":"four"}]`, reader)
	if n := reader.count(t); n != 4 {
		t.Errorf("%d crates, want 4", n)
	}
}

// twoNodes are two servers on one PostgreSQL, as the same reader.
func twoNodes(t *testing.T, change func(*config.Config)) []*site {
	t.Helper()
	if testing.Short() {
		t.Skip("needs PostgreSQL")
	}
	url := config.NewSecret(storetest.Postgres(t))
	var sites []*site
	for i := range 2 {
		cfg := config.Default()
		cfg.Platform.Data = t.TempDir()
		cfg.Database.URL = url
		change(cfg)
		s, err := server.Open(t.Context(), cfg, depot)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = s.Close() })
		at := &site{h: s.Handler()}
		if i == 0 {
			system, err := s.As(t.Context(), "system")
			if err != nil {
				t.Fatal(err)
			}
			if _, err := appos.Call(system, platform.CreateUser{Name: "reader", Password: password, Groups: []string{"readers"}}); err != nil {
				t.Fatal(err)
			}
			at.bearer = token(t, at, "reader")
		} else {
			at.bearer = sites[0].bearer
		}
		sites = append(sites, at)
	}
	return sites
}

func TestFiftyAtOnceAtTwoNodes(t *testing.T) {
	sites := twoNodes(t, func(cfg *config.Config) { cfg.Database.Pool.Max = 4 }) // those that wait must not take all of them
	fifty(t, crates, `{"label":"one"}`, sites...)
	fifty(t, crates+"/import?format=json", `[{"label":"two"}]`, sites...)
	if n := sites[0].count(t); n != 2 {
		t.Errorf("%d crates, want 2", n)
	}
}

// What is known of keys other than an answer.
func TestKeysWithoutAnAnswer(t *testing.T) {
	url := storetest.URL(t)
	at, tokens := openDepot(t, func(cfg *config.Config) { cfg.Database.URL = config.NewSecret(url) })
	reader := at.as(tokens["reader"])
	db := storetest.Open(t, url)
	ctx := context.Background()
	alter := func(set string, args ...any) {
		t.Helper()
		if n, err := db.Exec(ctx, `UPDATE appos_idempotency SET `+set, args...); err != nil || n != 1 {
			t.Fatal(n, err)
		}
	}
	const path, file = crates + "/import?format=json", `[{"label":"one"}]`
	if w := reader.keyed("POST", path, file, "k"); w.Code != http.StatusOK {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	t.Run("too large to be kept", func(t *testing.T) {
		alter(`"large" = ?, "header" = ?`, true, store.JSON(`{"Location":["/there"]}`))
		w := reader.keyed("POST", path, file, "k")
		if w.Code != http.StatusConflict || w.Header().Get("Location") != "/there" || !strings.Contains(w.Body.String(), "was done, with status 200") {
			t.Errorf("%d %s, %v", w.Code, w.Body, w.Header())
		}
	})
	t.Run("of a process that died", func(t *testing.T) {
		alter(`"status" = 0, "body" = '', "alive_until" = ?`, time.Now().Add(-time.Minute))
		for range 2 {
			if w := reader.keyed("POST", path, file, "k"); w.Code != http.StatusConflict || !strings.Contains(w.Body.String(), "its outcome is not known") || w.Header().Get("Retry-After") != "" {
				t.Errorf("%d %s", w.Code, w.Body)
			}
		}
	})
	t.Run("of a process that is at it", func(t *testing.T) {
		alter(`"alive_until" = ?`, time.Now().Add(time.Hour))
		ctx, cancel := context.WithTimeout(ctx, 200*time.Millisecond)
		defer cancel()
		r := httptest.NewRequestWithContext(ctx, "POST", path, strings.NewReader(file))
		r.Header = http.Header{"Idempotency-Key": {"k"}, "Authorization": {"Bearer " + reader.bearer}}
		w := httptest.NewRecorder()
		at.h.ServeHTTP(w, r) // the client gives up first
		if w.Code < 400 {
			t.Errorf("%d %s", w.Code, w.Body)
		}
		done := make(chan *httptest.ResponseRecorder)
		go func() { done <- reader.keyed("POST", path, file, "k") }()
		alter(`"alive_until" = ?`, time.Now().Add(-time.Minute))
		if w := <-done; w.Code != http.StatusConflict || !strings.Contains(w.Body.String(), "its outcome is not known") {
			t.Errorf("%d %s", w.Code, w.Body)
		}
	})
	t.Run("of yesterday", func(t *testing.T) {
		alter(`"created_at" = ?`, time.Now().Add(-25*time.Hour))
		if w := reader.keyed("POST", path, file, "k"); w.Code != http.StatusOK || w.Header().Get("Idempotent-Replayed") != "" {
			t.Errorf("%d %s", w.Code, w.Body)
		}
		if n := reader.count(t); n != 2 {
			t.Errorf("%d crates, want 2", n)
		}
	})
	t.Run("swept", func(t *testing.T) {
		if n, err := idempotency.Sweep(ctx, db, time.Now().Add(-time.Hour)); n != 0 || err != nil {
			t.Error(n, err)
		}
		if n, err := idempotency.Sweep(ctx, db, time.Now().Add(time.Hour)); n != 1 || err != nil {
			t.Error(n, err)
		}
	})
}
