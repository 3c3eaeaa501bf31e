package server

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"os/user"
	"path/filepath"
	"slices"
	"time"

	"github.com/apposengine/appos/internal/admin"
	"github.com/apposengine/appos/internal/config"
	"github.com/apposengine/appos/internal/engine"
	"github.com/apposengine/appos/internal/logs"
	"github.com/apposengine/appos/internal/migrate"
	"github.com/apposengine/appos/internal/object"
	"github.com/apposengine/appos/internal/queue"
	"github.com/apposengine/appos/internal/secret"
	"github.com/apposengine/appos/internal/security"
	"github.com/apposengine/appos/internal/store"
	"github.com/apposengine/appos/internal/system"
	"github.com/apposengine/appos/internal/webhook"
	"github.com/apposengine/appos/platform"
)

// The sets of migrations in the platform's own database.
const (
	platformSet  = "platform"  // the platform's tables; their files are part of AppOS
	queueSet     = "queue"     // those of River beneath background jobs; likewise
	connectedSet = "connected" // the platform's tables in the databases of connected systems
	mainSet      = "main"      // those of the project's records
)

//go:embed migrations
var platformMigrations embed.FS

// projectMigrations are those that the program brings with it.
var projectMigrations fs.FS

// Migrations gives the program the migrations of its project, so that it can be
// deployed without their folder. Call it before Main:
//
//	//go:embed migrations
//	var migrations embed.FS
//
//	func main() {
//		server.Migrations(migrations)
//		server.Main(apps.All...)
//	}
//
// A folder beside appos.yaml goes before them: there the next ones are written.
func Migrations(files fs.FS) { projectMigrations = files }

// platformTables are the tables that the platform keeps for itself in its database.
func platformTables() []store.Table {
	tables := append(security.Tables(), connectedTables()...)
	tables = append(tables, secret.Tables()...)
	tables = append(tables, system.Tables()...)
	tables = append(tables, queue.Tables()...)
	tables = append(tables, settingTables()...)
	tables = append(tables, webhook.Tables()...)
	return append(tables, engine.EventLog(platform.Name), engine.EventLog(admin.Name))
}

// connectedTables are those that it keeps in every database with records.
func connectedTables() []store.Table {
	return append(engine.ConnectedTables(), firstStartTable, webhook.OutboxTable)
}

// projectTables leaves the tables of a project's records.
func projectTables(tables []store.Table) []store.Table {
	own := platformTables()
	return slices.DeleteFunc(tables, func(t store.Table) bool {
		return slices.ContainsFunc(own, func(o store.Table) bool { return o.Name == t.Name })
	})
}

// systemSet is the name of the set of a connected system.
func systemSet(o *object.Object) string { return o.App.Name + "_" + o.Name }

// migrationFolder is where the migrations of a database are.
func migrationFolder(cfg *config.Config, database string) (*migrate.Folder, error) {
	dir := cfg.Database.Migrations
	shown := filepath.Join(dir, database)
	if i, err := os.Stat(dir); err == nil && i.IsDir() || projectMigrations == nil {
		return migrate.Read(os.DirFS(dir), database, shown)
	}
	files := projectMigrations
	if inner, err := fs.Sub(files, "migrations"); err == nil {
		if _, err := fs.Stat(inner, "."); err == nil {
			files = inner
		}
	}
	return migrate.Read(files, database, shown+" (in the program)")
}

// platformMigrationSet is the platform's own set in its database.
func platformMigrationSet(db store.DB) (migrate.Set, error) {
	f, err := migrate.Read(platformMigrations, "migrations/"+platformSet, "of the platform")
	return migrate.Set{Name: platformSet, DB: db, Folder: f, Tables: platformTables()}, err
}

// connectedMigrationSet is the platform's own set in the database of a connected system.
func connectedMigrationSet(db store.DB) (migrate.Set, error) {
	f, err := migrate.Read(platformMigrations, "migrations/"+connectedSet, "of the platform in connected systems")
	return migrate.Set{Name: connectedSet, DB: db, Folder: f, Tables: connectedTables()}, err
}

// migrationSet is the set of a database of the project.
func migrationSet(cfg *config.Config, database string, db store.DB, tables []store.Table) (migrate.Set, error) {
	f, err := migrationFolder(cfg, database)
	return migrate.Set{Name: database, DB: db, Folder: f, Tables: tables}, err
}

// migratesItself says whether databases follow files and declarations by
// themselves: in development and tests, unless the configuration says otherwise.
func migratesItself(cfg *config.Config) bool {
	switch cfg.Database.Migrate {
	case "auto":
		return true
	case "manual":
		return false
	}
	return cfg.Platform.Environment == "dev" || cfg.Platform.Environment == "test"
}

// runner applies migrations in the name of who runs the program.
func runner(cfg *config.Config) migrate.Runner {
	by := "unknown"
	if u, err := user.Current(); err == nil {
		by = u.Username
	}
	if host, err := os.Hostname(); err == nil {
		by += "@" + host
	}
	return migrate.Runner{Direct: migratesItself(cfg), By: by, Now: time.Now}
}

// migrate makes sure of the schema of one set before the server uses it.
func (s *Server) migrate(ctx context.Context, set migrate.Set, err error) error {
	if s.throwaway { // whatever the files are
		return migrate.Create(ctx, set.DB, set.Tables...)
	}
	if err != nil {
		return err
	}
	r := runner(s.cfg)
	r.Progress = func(step migrate.Step) {
		if step.Done {
			s.logs.Log(logs.Entry{Kind: logs.System, Level: slog.LevelInfo, Message: fmt.Sprintf("migrated %s: %s (%s, %s)", step.Set, step.Version, step.Kind, step.Took.Round(time.Millisecond))})
		}
	}
	if err := r.Start(ctx, set); err != nil {
		var refusal *migrate.Refusal
		if errors.As(err, &refusal) {
			s.locate(refusal)
			if refusal.Loses() {
				return fmt.Errorf("%w\nthe declarations are followed without a file here; to lose the data all the same: appos migrate --allow-drop", err)
			}
		}
		return err
	}
	return nil
}

// checkMigrations says whether the declarations are ahead of the project's
// migrations. A project that has none yet needs none until it leaves development.
func (s *Server) checkMigrations() error {
	sets := []migrate.Set{{Name: mainSet, Tables: projectTables(s.engine.Tables())}}
	for _, o := range s.engine.Registry().Of("", object.KindConnectedSystem) {
		sets = append(sets, migrate.Set{Name: systemSet(o), Tables: projectTables(s.engine.TablesIn(o))})
	}
	var errs []error
	for _, set := range sets {
		var err error
		if set.Folder, err = migrationFolder(s.cfg, set.Name); err != nil {
			errs = append(errs, err)
			continue
		}
		if ahead := set.Ahead(); ahead != nil && !ahead.First {
			errs = append(errs, ahead)
		}
	}
	return errors.Join(errs...)
}
