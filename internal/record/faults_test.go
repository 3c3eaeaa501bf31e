package record_test

import (
	"context"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/apposengine/appos"
	"github.com/apposengine/appos/internal/migrate"
	"github.com/apposengine/appos/internal/object"
	"github.com/apposengine/appos/internal/record"
	"github.com/apposengine/appos/internal/store"
	"github.com/apposengine/appos/internal/store/storetest"
)

func TestFaults(t *testing.T) {
	db := storetest.New(t)
	type nowhere struct{}
	for want, change := range map[string]func(r *object.Record){
		"has type complex128, which cannot be stored": func(r *object.Record) { r.Fields[6].Type = reflect.TypeFor[complex128]() },
		"no declared record":                          func(r *object.Record) { field(r, "region_id").Target = reflect.TypeFor[nowhere]() },
		"fields Code and Name have the same column":   func(r *object.Record) { field(r, "name").Column = "code" },
		`keeps for deleted rows`:                      func(r *object.Record) { field(r, "name").Column = "deleted_at" },
		`default "x", which must be a whole number`:   func(r *object.Record) { field(r, "stars").Default = "x" },
		`default "tin", which must be one of`:         func(r *object.Record) { field(r, "tier").Default = "tin" },
		"could never be stored":                       func(r *object.Record) { field(r, "active").Default = "true" },
		"scale 16":                                    func(r *object.Record) { field(r, "credit").Scale = 16 },
		"cannot be unique":                            func(r *object.Record) { field(r, "tags").Unique = true },
		"only texts are searched":                     func(r *object.Record) { field(r, "score").Search = true },
		"fields that refer here are Customer":         func(r *object.Record) { r.Relations[0].By = "Client" },
		"does not refer to crm.records.customer":      func(r *object.Record) { r.Relations[0].By = "Number" },
		"relation Orders leads to":                    func(r *object.Record) { r.Relations[0].Target = reflect.TypeFor[nowhere]() },
		"field Code is sensitive, so it is kept encrypted and the database cannot tell whether two values are the same; remove the word unique or sensitive": func(r *object.Record) { field(r, "code").Secret = true },
		"field Code is hidden, so it is kept encrypted and the database cannot find words in it; remove the word search or hidden":                           func(r *object.Record) { field(r, "code").Hidden = true },
		"the database cannot sort or filter by it; remove the word index or hidden":                                                                          func(r *object.Record) { field(r, "stars").Hidden, field(r, "stars").Indexed = true, true },
		"field Name is hidden and cannot name the row; remove the word display or hidden":                                                                    func(r *object.Record) { field(r, "name").Hidden = true },
		"field Region is a reference, which the database follows, so it cannot be sensitive":                                                                 func(r *object.Record) { field(r, "region_id").Secret = true },
		"must begin with appos.Entity": func(r *object.Record) { r.Fields = r.Fields[:3] },
		"is no field of appos.Entity":  func(r *object.Record) { r.Fields = r.Fields[1:] },
	} {
		reg, _ := object.NewRegistry(App.Descriptor())
		o := reg.ByRef("crm.records.customer")
		changed := *o.Record
		changed.Fields = append([]object.Field(nil), changed.Fields...)
		changed.Relations = append([]object.Relation(nil), changed.Relations...)
		change(&changed)
		o.Record = &changed
		_, faults := record.New(db, reg, nil)
		if text := fmt.Sprint(faults); !strings.Contains(text, want) || len(faults) > 0 && (faults[0].Source.Line == 0 || faults[0].Object == "") {
			t.Errorf("faults %v, want %q", text, want)
		}
	}
}

type Plain struct{ appos.Entity[Plain] }
type Other struct{ appos.Entity[Other] }

// Records of different names may still meet in a table or at an address.
func TestRecordsThatMeet(t *testing.T) {
	for _, tt := range []struct{ apps, names [2]string }{
		{[2]string{"shop", "shop_old"}, [2]string{"old_sale", "sale"}}, // the table shop_old_sale
		{[2]string{"shop", "shop"}, [2]string{"sale", "sale_audit_log"}},
		{[2]string{"shop", "shop"}, [2]string{"sale", "event_log"}},
		{[2]string{"shop", "shop"}, [2]string{"status", "statuse"}}, // the address shop/statuses
	} {
		apps := map[string]*appos.App{}
		for _, name := range tt.apps {
			apps[name] = appos.NewApp(name, nil)
		}
		appos.Record[Plain](apps[tt.apps[0]], everybody, appos.Named(tt.names[0]), appos.Audited)
		appos.Record[Other](apps[tt.apps[1]], everybody, appos.Named(tt.names[1]))
		var all []*object.App
		for _, a := range apps {
			all = append(all, a.Descriptor())
		}
		reg, faults := object.NewRegistry(all...)
		if len(faults) > 0 {
			t.Fatal(faults)
		}
		if _, faults := record.New(nil, reg, nil); len(faults) != 1 {
			t.Errorf("%s of %s and %s of %s: faults %v, want one", tt.names[0], tt.apps[0], tt.names[1], tt.apps[1], faults)
		}
	}
}

func field(r *object.Record, column string) *object.Field { return r.Field(column) }

func ExamplePlan_Update() {
	ctx := context.Background()
	db, err := store.Open(ctx, "sqlite::memory:", store.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer db.Close()
	reg, _ := object.NewRegistry(App.Descriptor())
	records, faults := record.New(db, reg, nil)
	if err := migrate.Create(ctx, db, records.Tables()...); err != nil || len(faults) > 0 {
		fmt.Println(err, faults)
		return
	}
	regions := records.Plan(reflect.TypeFor[Region]())
	ana := &record.Access{User: "ana"}

	row := Region{Name: "Nroth"}
	if err := regions.Create(ctx, ana, &row); err != nil {
		fmt.Println(err)
	}
	if err := regions.Update(ctx, ana, 1, row.Version, &row, func() error { row.Name = "North"; return nil }); err != nil {
		fmt.Println(err)
	}
	err = regions.Update(ctx, ana, 1, 1, &row, func() error { row.Name = "South"; return nil })
	fmt.Println(row.Name, row.Version, row.UpdatedBy)
	fmt.Println(object.AsError(err).Public())
	// Output:
	// North 2 ana
	// region 1 was changed by somebody else: version 1 was expected, it has version 2
}
