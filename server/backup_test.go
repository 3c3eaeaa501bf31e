package server_test

import (
	"bytes"
	"context"
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"

	"github.com/apposengine/appos"
	"github.com/apposengine/appos/internal/backup"
	"github.com/apposengine/appos/internal/config"
	"github.com/apposengine/appos/internal/store/storetest"
	"github.com/apposengine/appos/server"
)

// command runs a command of a project in the working directory.
func command(t *testing.T, args ...string) (code int, out, errs string) {
	t.Helper()
	return commandOf(t, depot, args...)
}

func commandOf(t *testing.T, app *appos.App, args ...string) (code int, out, errs string) {
	t.Helper()
	var o, e bytes.Buffer
	code = server.Execute(t.Context(), func() {}, args, &o, &e, app)
	return code, o.String(), e.String()
}

// TestBackupOfConnectedDatabases moves a project whose records are in a PostgreSQL
// database beside the platform's to another machine.
func TestBackupOfConnectedDatabases(t *testing.T) {
	here, there := storetest.Postgres(t), storetest.Postgres(t)
	t.Chdir(t.TempDir())
	t.Setenv("APPOS_ADMIN_PASSWORD", password)
	open := func() (*server.Server, context.Context) {
		cfg, err := config.Load(config.Options{})
		if err != nil {
			t.Fatal(err)
		}
		s, err := server.Open(t.Context(), cfg, harbour)
		if err != nil {
			t.Fatal(err)
		}
		system, err := s.As(t.Context(), "system")
		if err != nil {
			t.Fatal(err)
		}
		return s, system
	}
	t.Setenv("APPOS_HARBOUR_QUAY_URL", here)
	s, system := open()
	tug, err := appos.Create(system, Tug{Name: "Hercules"})
	if err != nil {
		t.Fatal(err)
	}
	ship, err := appos.Create(system, Ship{Name: "Argo", Tug: &tug.ID})
	if err != nil {
		t.Fatal(err)
	}
	code, out, errs := commandOf(t, harbour, "backup", "-o", "both.tar.gz")
	if code != 0 || !strings.Contains(out, "main:") || !strings.Contains(out, "harbour_quay:") {
		t.Fatalf("exit %d: %s%s", code, out, errs)
	}
	if code, _, errs := commandOf(t, harbour, "backup", "-o", "none.tar.gz", "--database", "quay"); code != 2 || !strings.Contains(errs, "harbour_quay") {
		t.Errorf("of a database that is not there: exit %d: %s", code, errs)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}

	t.Setenv("APPOS_DATA", t.TempDir())
	t.Setenv("APPOS_HARBOUR_QUAY_URL", there)
	if code, out, errs := commandOf(t, harbour, "restore", "both.tar.gz", "--database", "main"); code != 0 || strings.Contains(out, "harbour_quay") {
		t.Fatalf("main: exit %d: %s%s", code, out, errs)
	}
	if code, out, errs := commandOf(t, harbour, "restore", "both.tar.gz", "--database", "harbour_quay"); code != 0 || strings.Contains(out, "main:") {
		t.Fatalf("quay: exit %d: %s%s", code, out, errs)
	}
	if code, out, errs := commandOf(t, harbour, "restore", "both.tar.gz", "--verify", "--json"); code != 0 || !strings.HasPrefix(out, "{\n  \"manifest\": {") {
		t.Errorf("verified as JSON: exit %d: %s%s", code, out, errs)
	}
	s, system = open()
	defer s.Close()
	got, err := appos.Get(system, ship.ID)
	if err != nil || got.Name != "Argo" || got.Tug == nil || *got.Tug != tug.ID {
		t.Errorf("%+v, %v", got, err)
	}
	if _, err := appos.Get(system, tug.ID); err != nil {
		t.Error(err)
	}
}

// TestBackupAndRestore backs a server up that runs, and brings back what was
// deleted since.
func TestBackupAndRestore(t *testing.T) {
	t.Chdir(t.TempDir())
	t.Setenv("APPOS_ADMIN_PASSWORD", password)
	open := func() *server.Server {
		cfg, err := config.Load(config.Options{})
		if err != nil {
			t.Fatal(err)
		}
		s, err := server.Open(t.Context(), cfg, depot)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	s := open()
	system, err := s.As(t.Context(), "system")
	if err != nil {
		t.Fatal(err)
	}
	crate, err := appos.Create(system, Crate{Label: "kept"})
	if err != nil {
		t.Fatal(err)
	}
	code, out, errs := command(t, "backup", "--output", "one.tar.gz", "--json")
	if code != 0 {
		t.Fatalf("exit %d: %s", code, errs)
	}
	var m backup.Manifest
	if err := json.Unmarshal([]byte(out), &m); err != nil || m.Databases[0].Tables["depot_crate"] != 1 {
		t.Fatalf("%v: %s", err, out)
	}
	if err := appos.Delete(system, crate.ID); err != nil {
		t.Fatal(err)
	}
	if code, _, errs := command(t, "restore", "one.tar.gz", "--replace"); code != 1 || !strings.Contains(errs, "stop the server") {
		t.Errorf("beside a running server: exit %d, %s", code, errs)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if code, out, _ := command(t, "restore", "one.tar.gz", "--verify"); code != 0 || !strings.Contains(out, "undamaged") {
		t.Errorf("verify: exit %d, %s", code, out)
	}
	if code, _, errs := command(t, "restore", "one.tar.gz"); code != 1 || !strings.Contains(errs, "--replace") {
		t.Errorf("over a database: exit %d, %s", code, errs)
	}
	if code, out, errs := command(t, "restore", "one.tar.gz", "--replace"); code != 0 || !strings.Contains(out, "what was there is now") {
		t.Fatalf("exit %d, %s%s", code, out, errs)
	}
	s = open()
	defer s.Close()
	if system, err = s.As(t.Context(), "system"); err != nil {
		t.Fatal(err)
	}
	if got, err := appos.Get(system, crate.ID); err != nil || got.Label != "kept" {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestBackupNamesItsFile(t *testing.T) {
	t.Chdir(t.TempDir())
	if code, _, errs := command(t, "backup"); code != 1 || !strings.Contains(errs, "cannot be read") {
		t.Errorf("of no database: exit %d, %s", code, errs)
	}
	if code, _, errs := command(t, "restore"); code != 2 || !strings.Contains(errs, "one file") {
		t.Errorf("without a file: exit %d, %s", code, errs)
	}
	if code, _, errs := command(t, "restore", "missing.tar.gz"); code != 1 || !strings.Contains(errs, "missing.tar.gz") {
		t.Errorf("of no file: exit %d, %s", code, errs)
	}
	if left, err := filepath.Glob(filepath.Join(".appos", "backups", "*")); err != nil || len(left) > 0 {
		t.Errorf("left %v, %v", left, err)
	}
}
