package server

import (
	"errors"
	"flag"
	"os"
	"testing"
	"time"

	"github.com/apposengine/appos/internal/migrate"
)

var writeMigration = flag.String("migration", "", "write the next migration of the platform's tables, with this `name`")

// TestPlatformMigrations: the migrations of the platform make the tables that it
// declares. Whoever changes these writes the next one with the command below.
func TestPlatformMigrations(t *testing.T) {
	const dir = "migrations/" + platformSet
	f, err := migrate.Read(os.DirFS("migrations"), platformSet, dir)
	if err != nil {
		t.Fatal(err)
	}
	if *writeMigration != "" {
		v, _, err := migrate.New(dir, f, *writeMigration, platformTables(), migrate.NewOptions{Now: time.Now()})
		if err != nil && !errors.Is(err, migrate.ErrNothing) {
			t.Fatal(err)
		}
		t.Logf("%s: %v", v, err)
		return
	}
	if ahead := (migrate.Set{Folder: f, Tables: platformTables()}).Ahead(); ahead != nil {
		t.Errorf("%v\n\nwrite the next migration:\n\tgo test ./server -run TestPlatformMigrations -migration NAME", ahead.Ahead)
	}
}
