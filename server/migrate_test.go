package server_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/shopspring/decimal"

	"github.com/apposengine/appos"
	"github.com/apposengine/appos/server"
)

// article is the record of the first version of a project.
type article struct {
	appos.Entity[article]
	Title string `validate:"required" appos:"display"`
	Price decimal.Decimal
}

// item is what became of it.
type item struct {
	appos.Entity[item]
	Name  string `validate:"required" appos:"display,was=title"`
	Price decimal.Decimal
	Stock int
}

// broken is what cannot become of it.
type broken struct {
	appos.Entity[broken]
	Title string `validate:"required" appos:"display"`
	Price bool
	Code  string `validate:"required"`
}

var everyone = appos.CRUD{View: appos.Allow("staff"), Create: appos.Allow("staff"), Update: appos.Allow("staff"), Delete: appos.Allow("staff")}

func version[T any](options ...appos.RecordOption) *appos.App {
	app := appos.NewApp("shop", []byte("app:\n  name: Shop\n  groups: [staff]\n"))
	appos.Record[T](app, everyone, options...)
	return app
}

// TestMigrateCommands goes through the life of a project on the command line.
func TestMigrateCommands(t *testing.T) {
	t.Chdir(t.TempDir())
	data := filepath.Join(t.TempDir(), "data")
	run := func(app *appos.App, want int, args ...string) string {
		t.Helper()
		var out bytes.Buffer
		if code := server.Execute(t.Context(), func() {}, args, &out, &out, app); code != want {
			t.Errorf("%s exits with %d, want %d:\n%s", strings.Join(args, " "), code, want, &out)
		}
		return out.String()
	}
	says := func(got string, want ...string) {
		t.Helper()
		for _, w := range want {
			if !strings.Contains(got, w) {
				t.Errorf("it says\n%s\nwant %q", got, w)
			}
		}
	}
	first := version[article](appos.Named("article"))
	t.Setenv("APPOS_ENV", "prod")
	says(run(first, 1, "migrate", "--data", data), `has no migrations in migrations/main`, `"appos migrate new initial"`)
	says(run(first, 0, "migrate", "new", "initial"), "create the table shop_article", "_initial.{sqlite,postgres}.sql")
	says(run(first, 0, "migrate", "new", "initial"), "Nothing to do")
	says(run(first, 0, "check"), "no faults")
	says(run(first, 0, "migrate", "--dry-run", "--data", data), "CREATE TABLE `shop_article`", "-- platform:", "-- queue:", "CREATE TABLE river_job")
	says(run(first, 0, "migrate", "--data", data), "main: ", "done in")
	says(run(first, 0, "migrate", "--data", data), "main: up to date", "platform: up to date")

	second := version[item](appos.Named("item"), appos.Formerly("article"))
	says(run(second, 1, "check"), "the declarations are ahead", "rename the table shop_article to shop_item")
	says(run(second, 1, "migrate", "--data", data), "the declarations are ahead")
	says(run(second, 0, "migrate", "new", "rename articles"), "rename the table shop_article to shop_item", "rename the column shop_item.title to name", "add the column shop_item.stock (integer)")
	says(run(second, 0, "migrate", "status", "--data", data), "pending", "applied")
	var status []struct {
		Database   string
		Migrations []struct{ Name, State string }
	}
	if err := json.Unmarshal([]byte(run(second, 0, "migrate", "status", "--json", "--data", data)), &status); err != nil || len(status) != 3 || status[1].Database != "queue" || status[1].Migrations[0].State != "applied" || status[2].Migrations[1].State != "pending" {
		t.Errorf("%+v %v", status, err)
	}
	run(second, 0, "migrate", "--data", data, "--database", "main")

	says(run(second, 0, "migrate", "new", "--empty", "restock"), "restock")
	files, err := filepath.Glob("migrations/main/*_restock.*")
	if err != nil || len(files) != 2 {
		t.Fatal(files, err)
	}
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, append(text, "UPDATE shop_item SET stock = 1;\n"...), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	says(run(second, 1, "migrate", "--data", data), "was changed after it was written")
	says(run(second, 0, "migrate", "hash", "--data", data), "_restock.sqlite.sql")
	run(second, 0, "migrate", "--data", data)

	third := version[broken](appos.Named("item"))
	says(run(third, 1, "migrate", "new", "x"), "migrate_test.go:44: shop_item.code: rows that exist would have no value", "a decimal(2) cannot be made a bool", "--allow-drop")
	says(run(second, 2, "migrate", "new"), "wants one name")
	says(run(second, 2, "migrate", "--database", "nowhere"), `there is no database "nowhere"`)
	says(run(second, 2, "migrate", "new", "--database", "platform", "x"), "part of AppOS")
	says(run(second, 0, "migrate", "--help"), "--dry-run", "migrate new add_credit")
}
