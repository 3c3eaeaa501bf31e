package record_test

import (
	"context"
	"reflect"
	"strings"
	"testing"

	"github.com/apposengine/appos"
	"github.com/apposengine/appos/internal/migrate"
	"github.com/apposengine/appos/internal/object"
	"github.com/apposengine/appos/internal/record"
	"github.com/apposengine/appos/internal/store/storetest"
)

type Lamp struct {
	appos.Entity[Lamp]
	Name  string
	Watts int
}

type Light struct {
	appos.Entity[Light]
	Title string `appos:"was=name"`
	Watts int
}

type DarkLight struct {
	appos.Entity[DarkLight]
	Title string `appos:"hidden,was=name"`
	Watts int
}

// A field that is renamed keeps its history: it is read, asked for and brought
// back under the new name, and is as secret as the field is now.
func TestHistoryOfRenamedFields(t *testing.T) {
	storetest.Each(t, func(t *testing.T, url string) {
		ctx, db := context.Background(), storetest.Open(t, url)
		must := func(err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
		}
		declared := func(declare func(*appos.App)) (*record.Records, *record.Plan) {
			app := appos.NewApp("attic", nil)
			declare(app)
			reg, _ := object.NewRegistry(app.Descriptor())
			records, faults := record.New(db, reg, nil)
			if len(faults) > 0 {
				t.Fatal(faults)
			}
			return records, records.Plans()[0]
		}
		before, lamps := declared(func(a *appos.App) { appos.Record[Lamp](a, everybody, appos.Audited) })
		after, lights := declared(func(a *appos.App) { appos.Record[Light](a, everybody, appos.Audited, appos.Formerly("lamp")) })
		_, dark := declared(func(a *appos.App) { appos.Record[DarkLight](a, everybody, appos.Audited, appos.Named("light")) })
		must(migrate.Create(ctx, db, before.Tables()...))
		must(lamps.Create(ctx, nil, &Lamp{Name: "one", Watts: 5}))
		var lamp Lamp
		must(lamps.Update(ctx, nil, 1, 0, &lamp, func() error { lamp.Name, lamp.Watts = "two", 6; return nil }))
		change, err := migrate.Plan(db.Dialect(), before.Tables(), after.Tables(), migrate.Options{})
		must(err)
		for _, s := range change.Statements {
			_, err := db.Exec(ctx, s.SQL)
			must(err)
		}
		var light Light
		must(lights.Update(ctx, nil, 1, 0, &light, func() error { light.Title = "three"; return nil }))

		lines := func(p *record.Plan, a *record.Access, fields ...string) (all []string) {
			t.Helper()
			q := &object.HistoryQuery{Row: 1}
			for _, name := range fields {
				q.Fields = append(q.Fields, p.Object().Record.Field(name))
			}
			entries, _, err := p.History(ctx, a, q)
			must(err)
			for i := range entries {
				_, line, _ := strings.Cut(told(&entries[i]), ": ")
				all = append(all, line)
			}
			return all
		}
		for _, tt := range []struct {
			name string
			got  []string
			want []string
		}{
			{"all", lines(lights, nil), []string{"title two→three", "title one→two, watts 5→6", "title -→one, watts -→5"}},
			{"of the field", lines(lights, nil, "title"), []string{"title two→three", "title one→two", "title -→one"}},
			{"of another", lines(lights, nil, "watts"), []string{"watts 5→6", "watts -→5"}},
			{"from whom it is hidden", lines(lights, &record.Access{Hidden: mask(lights, "title")}), []string{"watts 5→6", "watts -→5"}},
			{"hidden now", lines(dark, nil), []string{"watts 5→6", "watts -→5"}},
		} {
			if !reflect.DeepEqual(tt.got, tt.want) {
				t.Errorf("%s: %q, want %q", tt.name, tt.got, tt.want)
			}
		}
		light = Light{}
		lost, err := lights.Restore(ctx, nil, 1, 1, 0, &light, nil)
		if must(err); len(lost) != 0 || light.Title != "one" || light.Watts != 5 {
			t.Errorf("restored %+v without %v", light, lost)
		}
	})
}
