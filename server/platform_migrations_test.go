package server

import (
	"errors"
	"flag"
	"os"
	"testing"
	"time"

	"github.com/apposengine/appos/internal/migrate"
	"github.com/apposengine/appos/internal/store"
)

var writeMigration = flag.String("migration", "", "write the next migration of the platform's tables, with this `name`")

// TestPlatformMigrations: the migrations of the platform make the tables that it
// declares. Whoever changes these writes the next ones with the command below.
func TestPlatformMigrations(t *testing.T) {
	for set, tables := range map[string][]store.Table{platformSet: platformTables(), connectedSet: connectedTables()} {
		dir := "migrations/" + set
		f, err := migrate.Read(os.DirFS("migrations"), set, dir)
		if err != nil {
			t.Fatal(err)
		}
		if *writeMigration != "" {
			v, _, err := migrate.New(dir, f, *writeMigration, tables, migrate.NewOptions{Now: time.Now()})
			if err != nil && !errors.Is(err, migrate.ErrNothing) {
				t.Fatal(err)
			}
			t.Logf("%s: %s: %v", set, v, err)
			continue
		}
		if ahead := (migrate.Set{Folder: f, Tables: tables}).Ahead(); ahead != nil {
			t.Errorf("%s: %v\n\nwrite the next migration:\n\tgo test ./server -run TestPlatformMigrations -migration NAME", set, ahead.Ahead)
		}
	}
}
