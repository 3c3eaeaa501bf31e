package server_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/apposengine/appos"
	"github.com/apposengine/appos/internal/config"
	"github.com/apposengine/appos/server"
)

// A bank keeps fields encrypted, in its own database and beside it.
var bank = appos.NewApp("bank", []byte("app:\n  name: Bank\n  groups: [pilots]\n"))

var vaultDB = appos.ConnectedSystem(bank, "cellar", appos.Database{}, appos.Allow())

type Safe struct {
	appos.Entity[Safe]

	Name        string `appos:"display"`
	Combination string `appos:"sensitive"`
}

type Deposit struct {
	appos.Entity[Deposit]

	Name  string `appos:"display"`
	Worth int    `appos:"hidden"`
	Note  string `appos:"hidden"`
}

var (
	_ = appos.Record[Safe](bank, pilots, appos.Audited)
	_ = appos.Record[Deposit](bank, pilots, appos.StoredIn(vaultDB))
)

// TestEncryptedFields follows two values through requests, logs, files, a rotation
// of the keys and the loss of them.
func TestEncryptedFields(t *testing.T) {
	cfg := config.Default()
	cfg.Platform.Data = t.TempDir()
	cfg.AdminPassword = config.NewSecret(password)
	t.Setenv("APPOS_BANK_CELLAR_URL", "sqlite:"+filepath.Join(cfg.Platform.Data, "cellar.db"))
	run := func(args ...string) (int, string) {
		var out bytes.Buffer
		code := server.Execute(context.Background(), func() {}, append(args, "--data", cfg.Platform.Data), &out, &out, bank)
		return code, out.String()
	}
	if code, out := run("keys", "rotate"); code != 0 || !strings.Contains(out, "0 values") {
		t.Fatalf("with nothing there yet: %d %s", code, out)
	}
	s, err := server.Open(t.Context(), cfg, bank)
	if err != nil {
		t.Fatal(err)
	}
	at := &site{h: s.Handler()}
	var token struct{ Token string }
	if err := json.Unmarshal(at.do("POST", "/api/auth/token", `{"username":"admin","password":"`+password+`"}`).Body.Bytes(), &token); err != nil {
		t.Fatal(err)
	}
	at = at.as(token.Token)
	for _, x := range []struct {
		method, path, body string
		want               int
		says               string
	}{
		{"POST", "/api/bank/safes", `{"name":"One","combination":"left-thirty-right-nine"}`, 201, "One"},
		{"POST", "/api/bank/deposits", `{"name":"Ring","note":"left-thirty-right-nine"}`, 201, "Ring"},
		{"PATCH", "/api/bank/deposits/1", `{"worth":1200}`, 200, "Ring"},
		{"GET", "/api/bank/safes/1", "", 200, "One"},
		{"GET", "/api/bank/safes?combination=left-thirty-right-nine", "", 400, "is not a field of safe"},
		{"GET", "/api/bank/deposits?sort=note", "", 400, "is not a field of deposit"},
		{"GET", "/bank/safes/1", "", 200, "One"},
		{"GET", "/bank/deposits", "", 200, "Ring"},
		{"GET", "/admin/records", "", 200, "bank"},
	} {
		w := at.do(x.method, x.path, x.body)
		if w.Code != x.want || !strings.Contains(w.Body.String(), x.says) || strings.Contains(w.Body.String(), "left-thirty") {
			t.Errorf("%s %s = %d %s", x.method, x.path, w.Code, w.Body)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	files := 0
	err = filepath.WalkDir(cfg.Platform.Data, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			files++
			if b, err := os.ReadFile(path); err != nil || bytes.Contains(b, []byte("left-thirty-right-nine")) {
				t.Errorf("%s has the value, %v", path, err)
			}
		}
		return err
	})
	if err != nil || files < 3 {
		t.Errorf("%d files, %v", files, err)
	}

	// a rotation that cannot reach a database does not begin
	cellar := os.Getenv("APPOS_BANK_CELLAR_URL")
	t.Setenv("APPOS_BANK_CELLAR_URL", "sqlite:/proc/none/cellar.db")
	if code, out := run("keys", "rotate"); code == 0 || !strings.Contains(out, "bank.connected_systems.cellar") {
		t.Errorf("without a database: rotate = %d %s", code, out)
	}
	if code, out := run("keys", "status"); code != 0 || strings.Contains(out, "cut off") {
		t.Errorf("without a database: status = %d %s", code, out)
	}
	t.Setenv("APPOS_BANK_CELLAR_URL", cellar)

	// the values of both databases: a combination, a worth and a note
	if code, out := run("keys", "rotate"); code != 0 || !strings.Contains(out, "3 values are encrypted with the new key") {
		t.Errorf("rotate = %d %s", code, out)
	}
	if s, err = server.Open(t.Context(), cfg, bank); err != nil {
		t.Fatal(err)
	}
	system, err := s.As(t.Context(), "system")
	if err != nil {
		t.Fatal(err)
	}
	safe, err := appos.Get(system, appos.ID[Safe](1))
	if err != nil || safe.Combination != "left-thirty-right-nine" {
		t.Errorf("%+v, %v", safe, err)
	}
	deposit, err := appos.Get(system, appos.ID[Deposit](1))
	if err != nil || deposit.Worth != 1200 || deposit.Note != "left-thirty-right-nine" {
		t.Errorf("%+v, %v", deposit, err)
	}
	_, err = appos.Find(system, func(x *Safe, q *appos.Query) { q.Where(appos.Eq(&x.Combination, "left-thirty-right-nine")) })
	if err == nil || !strings.Contains(err.Error(), "combination is kept encrypted") {
		t.Errorf("a condition on it: %v", err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}

	// new keys would open nothing, so there are none
	if err := os.Remove(filepath.Join(cfg.Platform.Data, "keys", "master.json")); err != nil {
		t.Fatal(err)
	}
	if s, err := server.Open(t.Context(), cfg, bank); err == nil || !strings.Contains(err.Error(), "is missing") {
		_ = s.Close()
		t.Errorf("without the keys: %v", err)
	}
}
