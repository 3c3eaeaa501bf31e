package server_test

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/apposengine/appos"
	"github.com/apposengine/appos/internal/config"
	"github.com/apposengine/appos/internal/store/storetest"
	"github.com/apposengine/appos/server"
)

// An app of which one record is in a database beside the platform's.
var harbour = appos.NewApp("harbour", []byte("app:\n  name: Harbour\n  groups: [pilots]\n"))

var quay = appos.ConnectedSystem(harbour, "quay", appos.Database{}, appos.Allow("pilots"))

type Ship struct {
	appos.Entity[Ship]

	Name string `validate:"required" appos:"display"`
	Tug  *appos.ID[Tug]
}

type Tug struct {
	appos.Entity[Tug]

	Name string `validate:"required" appos:"display"`
}

var (
	pilots = appos.CRUD{View: appos.Allow("pilots"), Create: appos.Allow("pilots"), Update: appos.Allow("pilots"), Delete: appos.Allow("pilots")}
	_      = appos.Record[Ship](harbour, pilots, appos.StoredIn(quay), appos.Audited)
	_      = appos.Record[Tug](harbour, pilots)
)

// TestDatabaseThatGoesDown kills the database of one record: its requests are
// answered 503 with the name of the system, all others as ever, and it comes
// back by itself.
func TestDatabaseThatGoesDown(t *testing.T) {
	if testing.Short() {
		t.Skip("needs PostgreSQL")
	}
	cluster, err := storetest.StartCluster()
	if err != nil {
		t.Fatal(err)
	}
	defer cluster.Stop()
	t.Setenv("APPOS_HARBOUR_QUAY_URL", strings.Replace(cluster.URL, "postgres@", "postgres:hunter22@", 1))
	cfg := config.Default()
	cfg.Platform.Data = t.TempDir()
	cfg.AdminPassword = config.NewSecret(password)
	s, err := server.Open(t.Context(), cfg, harbour)
	if err != nil {
		t.Fatal(err)
	}
	at := &site{h: s.Handler()}
	w := at.do("POST", "/api/auth/token", `{"username":"admin","password":"`+password+`"}`)
	var token struct{ Token string }
	if err := json.Unmarshal(w.Body.Bytes(), &token); err != nil {
		t.Fatal(err)
	}
	at = at.as(token.Token)
	var said bytes.Buffer
	do := func(method, path, body string, want int) string {
		t.Helper()
		w := at.do(method, path, body)
		said.WriteString(w.Body.String())
		if w.Code != want {
			t.Errorf("%s %s = %d %s, want %d", method, path, w.Code, w.Body, want)
		}
		if want == http.StatusServiceUnavailable && (w.Header().Get("Retry-After") == "" || !strings.Contains(w.Body.String(), "harbour.connected_systems.quay")) {
			t.Errorf("%s %s: Retry-After %q, %s", method, path, w.Header().Get("Retry-After"), w.Body)
		}
		return w.Body.String()
	}
	do("POST", "/api/harbour/tugs", `{"name":"Samson"}`, 201)
	do("POST", "/api/harbour/ships", `{"name":"Erika","tug_id":1}`, 201)
	for _, path := range []string{"/harbour/ships", "/harbour/ships/1", "/admin/systems", "/admin/systems/harbour.connected_systems.quay"} {
		do("GET", path, "", 200)
	}
	if err := cluster.Kill(); err != nil {
		t.Fatal(err)
	}
	// a process of the database may answer its last question before it notices
	for end := time.Now().Add(20 * time.Second); at.do("GET", "/api/harbour/ships", "").Code == 200 && time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
	}
	for range 3 {
		do("GET", "/api/harbour/ships", "", 503)
		do("POST", "/api/harbour/ships", `{"name":"Olga"}`, 503)
		do("GET", "/harbour/ships", "", 503)
		do("GET", "/api/harbour/tugs", "", 200)
		do("POST", "/api/harbour/tugs", `{"name":"Goliath"}`, 201)
		do("DELETE", "/api/harbour/tugs/1", "", 503) // whether a ship refers to it cannot be told
	}
	if ready := do("GET", "/ready", "", 200); !strings.Contains(ready, "connected_systems") {
		t.Errorf("/ready says %s", ready)
	}
	for _, path := range []string{"/admin/systems", "/admin/systems/harbour.connected_systems.quay", "/admin/records"} {
		do("GET", path, "", 200)
	}
	if err := cluster.Start(); err != nil {
		t.Fatal(err)
	}
	for end := time.Now().Add(20 * time.Second); at.do("GET", "/api/harbour/ships", "").Code != 200; time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("it does not come back")
		}
	}
	if ships := do("GET", "/api/harbour/ships", "", 200); !strings.Contains(ships, "Erika") || strings.Contains(ships, "Olga") {
		t.Errorf("the ships are %s", ships)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	_ = filepath.WalkDir(cfg.Platform.Data, func(path string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			b, _ := os.ReadFile(path)
			said.Write(b)
		}
		return nil
	})
	if strings.Contains(said.String(), "hunter22") {
		t.Error("the password is in an answer, a log or a file")
	}
}

// A yacht club keeps all its records beside the platform's database, seeds too.
var club = appos.NewApp("club", []byte("app:\n  name: Club\n  groups: [pilots]\n"))

var moorings = appos.ConnectedSystem(club, "moorings", appos.Database{}, appos.Allow())

type Yacht struct {
	appos.Entity[Yacht]

	Name string `appos:"display"`
}

var (
	_ = appos.Record[Yacht](club, pilots)
	_ = appos.RecordDefaults(club, appos.StoredIn(moorings))
	_ = appos.Seed(club, func(ctx context.Context) error {
		_, err := appos.Create(ctx, Yacht{Name: "Gipsy Moth"})
		return err
	})
)

// TestSeedsBesideThePlatform starts without the database of an app, then with it.
func TestSeedsBesideThePlatform(t *testing.T) {
	cfg := config.Default()
	cfg.Platform.Data = t.TempDir()
	for _, start := range []struct {
		url    string
		yachts int
	}{{"sqlite:/proc/none/club.db", -1}, {"sqlite:" + filepath.Join(t.TempDir(), "club.db"), 1}, {"", 1}} {
		if start.url != "" {
			t.Setenv("APPOS_CLUB_MOORINGS_URL", start.url)
		}
		s, err := server.Open(t.Context(), cfg, club)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.FirstStart(t.Context(), true); err != nil {
			t.Fatal(err)
		}
		system, err := s.As(t.Context(), "system")
		if err != nil {
			t.Fatal(err)
		}
		n, err := appos.Count[Yacht](system, nil)
		if (err != nil) != (start.yachts < 0) || err == nil && n != start.yachts {
			t.Errorf("with %s there are %d yachts, %v", start.url, n, err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

func TestKeysCommands(t *testing.T) {
	dir := t.TempDir()
	run := func(args ...string) (int, string) {
		var out bytes.Buffer
		code := server.Execute(context.Background(), func() {}, append(args, "--data", dir), &out, &out)
		return code, out.String()
	}
	code, first := run("keys", "status")
	if code != 0 || !strings.Contains(first, "encrypts and decrypts") {
		t.Fatalf("status = %d %s", code, first)
	}
	if code, out := run("keys", "rotate"); code != 0 || !strings.Contains(out, "0 values are encrypted with the new key") {
		t.Fatalf("rotate = %d %s", code, out)
	}
	code, second := run("keys", "status")
	if code != 0 || !strings.Contains(second, "disabled") || strings.Contains(second, "cut off") {
		t.Errorf("status = %d %s", code, second)
	}
	if err := os.Remove(filepath.Join(dir, "keys", "master.json")); err != nil {
		t.Fatal(err)
	}
	if code, out := run("keys", "status"); code != 1 || !strings.Contains(out, "is missing") {
		t.Errorf("without the file: %d %s", code, out)
	}
}
