package record_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math"
	"net/url"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/shopspring/decimal"

	"github.com/apposengine/appos"
	"github.com/apposengine/appos/internal/migrate"
	"github.com/apposengine/appos/internal/object"
	"github.com/apposengine/appos/internal/record"
	"github.com/apposengine/appos/internal/secret"
	"github.com/apposengine/appos/internal/store"
	"github.com/apposengine/appos/internal/store/storetest"
)

// Locker has a field of every type that is kept encrypted, and each once more
// where it may be null.
type Locker struct {
	appos.Entity[Locker]
	Name string `appos:"display"`

	Text   string            `appos:"sensitive" validate:"max=100"`
	Kind   Tier              `appos:"hidden,default=bronze" validate:"omitempty,oneof=bronze silver gold"`
	Int    int64             `appos:"sensitive" validate:"gte=-7"`
	Small  int32             `appos:"hidden"`
	Float  float64           `appos:"sensitive"`
	Bool   bool              `appos:"hidden"`
	Money  decimal.Decimal   `appos:"sensitive,scale=2"`
	At     time.Time         `appos:"hidden"`
	On     appos.Date        `appos:"sensitive"`
	Takes  time.Duration     `appos:"hidden"`
	Words  []string          `appos:"sensitive"`
	Place  Address           `appos:"hidden"`
	Free   map[string]any    `appos:"sensitive"`
	Amount []decimal.Decimal `appos:"hidden"`

	MaybeText  *string          `appos:"hidden"`
	MaybeInt   *int             `appos:"sensitive"`
	MaybeSmall *int32           `appos:"hidden"`
	MaybeFloat *float64         `appos:"sensitive"`
	MaybeBool  *bool            `appos:"hidden"`
	MaybeMoney *decimal.Decimal `appos:"sensitive,scale=2"`
	MaybeAt    *time.Time       `appos:"hidden"`
	MaybeOn    *appos.Date      `appos:"sensitive"`
	MaybeTakes *time.Duration   `appos:"hidden"`
	MaybeWords *[]string        `appos:"sensitive"`
	MaybePlace *Address         `appos:"hidden"`
}

var (
	Lockers = appos.NewApp("gym", []byte("name: gym\n"))
	_       = appos.Record[Locker](Lockers, everybody, appos.Audited, appos.SoftDeleted)
)

const passphrase = "correct horse battery staple"

func fullLocker(name string) Locker {
	day, took := appos.NewDate(2024, 2, 29), -90*time.Second
	return Locker{
		Name: name, Text: passphrase, Kind: "gold", Int: math.MaxInt64, Small: math.MinInt32, Float: -0.1, Bool: true, Money: decimal.RequireFromString("-92233720368547758.08"),
		At: time.Date(9999, 12, 31, 23, 59, 59, 999999000, time.UTC), On: appos.NewDate(9999, 12, 31), Takes: math.MaxInt64 / 1000 * 1000,
		Words: []string{"a", "b c", passphrase}, Place: Address{"Main", passphrase}, Free: map[string]any{"a": []any{1.5, nil, passphrase}},
		MaybeText: ptr(""), MaybeInt: ptr(0), MaybeSmall: ptr(int32(-1)), MaybeFloat: ptr(0.0), MaybeBool: ptr(false), MaybeMoney: ptr(decimal.RequireFromString("0.50")),
		MaybeAt: ptr(time.Date(1, 1, 1, 0, 0, 0, 1000, time.UTC)), MaybeOn: &day, MaybeTakes: &took, MaybeWords: &[]string{}, MaybePlace: &Address{Zip: passphrase},
	}
}

// gym is a database with lockers and the keys of their fields.
type gym struct {
	testing.TB
	ctx     context.Context
	db      store.DB
	path    string // of the keys
	ring    *secret.Ring
	records *record.Records
	lockers *record.Plan
}

func openGym(t testing.TB, url string) *gym {
	t.Helper()
	g := &gym{TB: t, ctx: context.Background(), db: storetest.Open(t, url), path: filepath.Join(t.TempDir(), "keys.json")}
	reg, faults := object.NewRegistry(Lockers.Descriptor())
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	g.records, faults = record.New(g.db, reg, func() time.Time { return start })
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	g.must(migrate.Create(g.ctx, g.db, append(secret.Tables(), g.records.Tables()...)...))
	var err error
	g.ring, err = secret.Open(g.ctx, secret.Options{DB: g.db, Path: g.path})
	g.must(err)
	g.records.SealWith(g.ring)
	g.lockers = g.records.PlanOf(reg.ByRef("gym.records.locker"))
	return g
}

func (g *gym) must(err error) {
	g.Helper()
	if err != nil {
		g.Fatal(err)
	}
}

func (g *gym) create(l Locker) *Locker {
	g.Helper()
	g.must(g.lockers.Create(g.ctx, nil, &l))
	return &l
}

func (g *gym) get(id appos.ID[Locker]) *Locker {
	g.Helper()
	var l Locker
	g.must(g.lockers.Get(g.ctx, nil, int64(id), &l))
	return &l
}

// raw are the bytes of a column, nil where it is null.
func (g *gym) raw(id appos.ID[Locker], column string) (b []byte) {
	g.Helper()
	g.must(g.db.QueryRow(g.ctx, []any{&b}, `SELECT "`+column+`" FROM "gym_locker" WHERE "id" = ?`, int64(id)))
	return b
}

// text is a row for comparisons, its sealed fields and all.
func (g *gym) text(l *Locker) string {
	var b strings.Builder
	for _, f := range g.lockers.Object().Record.Fields {
		if v := g.lockers.Value(l, f.Column); !f.System {
			fmt.Fprintf(&b, "%s=%s %t\n", f.Column, record.FormatValue(&f, v), v == nil)
		}
	}
	return b.String()
}

func sealedFields(p *record.Plan) (all []*object.Field) {
	fields := p.Object().Record.Fields
	for i := range fields {
		if fields[i].Hidden || fields[i].Secret {
			all = append(all, &fields[i])
		}
	}
	return all
}

func TestSealedFieldsComeBack(t *testing.T) {
	storetest.Each(t, func(t *testing.T, url string) {
		g := openGym(t, url)
		many := []Locker{{Name: "zero"}, fullLocker("full"), {Name: "lists", Words: []string{}, Free: map[string]any{}}, fullLocker("again")}
		g.must(g.lockers.CreateAll(g.ctx, nil, len(many), func(i int) any { return &many[i] }))
		for _, made := range append(many, *g.create(Locker{Name: "alone"}), *g.create(fullLocker("alone, full"))) {
			got := g.get(made.ID)
			if a, b := g.text(got), g.text(&made); a != b {
				t.Errorf("%s came back as\n%s\nnot\n%s", made.Name, a, b)
			}
			for _, f := range sealedFields(g.lockers) {
				raw := g.raw(made.ID, f.Column)
				if null := g.lockers.Value(&made, f.Column) == nil; null != (raw == nil) {
					t.Errorf("%s of %s: null is %t, in the database %t", f.Column, made.Name, null, raw == nil)
				}
				if _, sealed := secret.KeyOf(raw); raw != nil && !sealed || bytes.Contains(raw, []byte(passphrase)) {
					t.Errorf("%s of %s can be read in the database: %q", f.Column, made.Name, raw)
				}
			}
		}
		if one, other := g.raw(many[1].ID, "text"), g.raw(many[3].ID, "text"); bytes.Equal(one, other) {
			t.Error("the same values are the same in the database")
		}
	})
}

// What AppOS keeps beside the rows has nothing of the values either.
func TestSealedFieldsChange(t *testing.T) {
	storetest.Each(t, func(t *testing.T, url string) {
		g := openGym(t, url)
		l := g.create(fullLocker("one"))
		before := g.raw(l.ID, "text")
		var row Locker
		g.must(g.lockers.Update(g.ctx, nil, int64(l.ID), 0, &row, func() error { row.Name = "two"; return nil }))
		if !bytes.Equal(before, g.raw(l.ID, "text")) {
			t.Error("a value that did not change was sealed anew")
		}
		g.must(g.lockers.Update(g.ctx, nil, int64(l.ID), 0, &row, func() error { row.Text, row.MaybeInt, row.Words = passphrase+"!", nil, nil; return nil }))
		if got := g.get(l.ID); got.Text != passphrase+"!" || got.MaybeInt != nil || got.Words != nil || got.Version != 3 || g.raw(l.ID, "maybe_int") != nil {
			t.Errorf("stored %+v", got)
		}
		n, err := g.lockers.UpdateAll(g.ctx, nil, &object.Query{}, func(row any) error { row.(*Locker).Small = 9; return nil })
		if got := g.get(l.ID); err != nil || n != 1 || got.Small != 9 {
			t.Errorf("%d rows, %v, %+v", n, err, got)
		}
		g.must(g.lockers.Delete(g.ctx, nil, int64(l.ID), 0))
		lost, err := g.lockers.Restore(g.ctx, nil, int64(l.ID), 1, 0, &row, func() error { return nil })
		if got := g.get(l.ID); err != nil || got.Name != "one" || got.Text != passphrase+"!" || !reflect.DeepEqual(lost, []string{"maybe_int", "small", "text", "words"}) {
			t.Errorf("restored %+v without %v, %v", got, lost, err)
		}
		// the user who gives a value that is there already does not learn that it is
		ana := open("ana")
		set := mask(g.lockers, "text")
		g.must(g.lockers.UpdateSet(g.ctx, ana, int64(l.ID), 0, &row, func() (record.Mask, error) { return set, nil }))
		if bytes.Equal(before, g.raw(l.ID, "text")) || g.get(l.ID).Text != passphrase+"!" {
			t.Error("the value is not sealed anew")
		}
		var log []string
		rows, err := g.db.Query(g.ctx, `SELECT coalesce("old_value", '') || coalesce("new_value", '') FROM "gym_locker_audit_log"`)
		g.must(err)
		defer rows.Close()
		for rows.Next() {
			var s string
			g.must(rows.Scan(&s))
			log = append(log, s)
		}
		if all := strings.Join(log, "\n"); strings.Contains(all, "staple") || !strings.Contains(all, "(hidden)") {
			t.Errorf("the audit log has\n%s", all)
		}
	})
}

// What no column of the type would hold is not sealed either, where the number that
// it is sealed as would be another one.
func TestSealedTimesHaveBounds(t *testing.T) {
	storetest.Each(t, func(t *testing.T, url string) {
		g := openGym(t, url)
		for _, year := range []int{-4712, 10_000, 300_000} {
			at := time.Date(year, 1, 1, 0, 0, 0, 0, time.UTC)
			wantError(t, g.lockers.Create(g.ctx, nil, &Locker{Name: "late", At: at}), object.Invalid, "at", "type")
			wantError(t, g.lockers.Create(g.ctx, nil, &Locker{Name: "late", MaybeAt: &at}), object.Invalid, "maybe_at", "type")
		}
	})
}

// The log has the values of a field that was not secret yet, which are not told.
func TestPastOfASealedFieldIsNotQuoted(t *testing.T) {
	storetest.Each(t, func(t *testing.T, url string) {
		g := openGym(t, url)
		l := g.create(Locker{Name: "one"})
		var row Locker
		g.must(g.lockers.Update(g.ctx, nil, int64(l.ID), 0, &row, func() error { row.Name = "two"; return nil }))
		_, err := g.db.Exec(g.ctx, `UPDATE "gym_locker_audit_log" SET "field" = 'int', "old_value" = ? WHERE "version" = 2`, passphrase)
		g.must(err)
		_, err = g.lockers.Restore(g.ctx, nil, int64(l.ID), 1, 0, &row, func() error { return nil })
		if e := wantError(t, err, object.Invalid, "int", "type"); strings.Contains(fmt.Sprint(e, e.Fields), "staple") {
			t.Error(err, e.Fields)
		}
	})
}

// A number that takes memory without bounds to round is none of the field's.
func TestSealedTextsThatBecomeDecimals(t *testing.T) {
	storetest.Each(t, func(t *testing.T, url string) {
		g := openGym(t, url)
		for _, text := range []string{"1e999999999", "1e-999999999", "-92233720368547758.085"} {
			l := g.create(Locker{Name: text, Text: text})
			_, err := g.db.Exec(g.ctx, `UPDATE "gym_locker" SET "money" = "text"`)
			g.must(err)
			err = g.lockers.Get(g.ctx, nil, int64(l.ID), &Locker{})
			if e := wantError(t, err, object.RecordFault); !strings.Contains(e.Error(), "holds a value of another type") {
				t.Error(err)
			}
		}
	})
}

// A row that existed before the field has no value there: null is the zero value.
func TestSealedFieldsThatWereAdded(t *testing.T) {
	storetest.Each(t, func(t *testing.T, url string) {
		g := openGym(t, url)
		l := g.create(fullLocker("old"))
		var set []string
		for _, f := range sealedFields(g.lockers) {
			set = append(set, `"`+f.Column+`" = NULL`)
		}
		_, err := g.db.Exec(g.ctx, `UPDATE "gym_locker" SET `+strings.Join(set, ", "))
		g.must(err)
		if got, want := g.text(g.get(l.ID)), g.text(&Locker{Name: "old"}); got != want {
			t.Errorf("read\n%s\nwant\n%s", got, want)
		}
		var row Locker
		g.must(g.lockers.Update(g.ctx, nil, int64(l.ID), 0, &row, func() error { row.Text = "new"; return nil }))
		if got := g.get(l.ID); got.Text != "new" || g.raw(l.ID, "bool") != nil {
			t.Errorf("stored %+v", got)
		}
		columns := map[string]store.Column{}
		for _, c := range g.records.Tables()[0].Columns {
			columns[c.Name] = c
		}
		for _, f := range sealedFields(g.lockers) {
			if c := columns[f.Column]; c.Type != store.Bytes || !c.Null || c.Default != nil {
				t.Errorf("the column is %+v", c)
			}
		}
		if checks := g.records.Tables()[0].Checks; len(checks) > 0 {
			t.Errorf("the database checks what it cannot read: %v", checks)
		}
	})
}

func TestSealedFieldsAreNotCompared(t *testing.T) {
	storetest.Each(t, func(t *testing.T, at string) {
		g := openGym(t, at)
		g.create(fullLocker("one"))
		for _, f := range sealedFields(g.lockers) {
			eq := object.Cond{Op: object.OpEq, Field: f, Value: "x"}
			for name, q := range map[string]*object.Query{
				"where": {Where: []object.Cond{eq}}, "null": {Where: []object.Cond{{Op: object.OpIsNull, Field: f, Value: true}}},
				"not": {Where: []object.Cond{{Op: object.OpNot, Kids: []object.Cond{eq}}}}, "order": {Order: []object.Order{{Field: f}}},
			} {
				_, err := g.lockers.Find(g.ctx, nil, q, func() any { return &Locker{} })
				if e := wantError(t, err, object.Invalid, f.Column, "encrypted"); !strings.Contains(e.Error(), "kept encrypted") {
					t.Errorf("%s: %v", name, err)
				}
			}
			_, err := g.lockers.IDsBy(g.ctx, nil, f, []any{"x"})
			wantError(t, err, object.Invalid, f.Column, "encrypted")
			for _, figure := range []*object.Aggregate{
				{Groups: []*object.Figure{{Field: f, Name: f.Column}}}, {Figures: []*object.Figure{{Func: object.FuncMax, Field: f, Name: "max"}}},
			} {
				_, err = g.lockers.Aggregate(g.ctx, nil, figure, func([]any) error { return nil })
				wantError(t, err, object.Invalid, f.Column, "encrypted")
			}
			// row security is the app's: whoever is held to it learns nothing of the field
			err = g.lockers.Get(g.ctx, &record.Access{User: "ana", Rows: []object.Cond{eq}}, 1, &Locker{})
			if e := wantError(t, err, object.Internal); len(e.Fields) > 0 || e.Public() != "internal error" || !strings.Contains(err.Error(), f.Column+", which is kept encrypted") {
				t.Errorf("row security: %v", err)
			}
			// a request learns nothing either
			for _, params := range []url.Values{{f.Column: {"1"}}, {f.Column + "__is_null": {"true"}}, {"sort": {f.Column}}} {
				if _, err := g.lockers.ParseFilter(nil, params); err == nil || !strings.Contains(err.Error(), "not a field of") {
					t.Errorf("%v: %v", params, err)
				}
			}
		}
	})
}

func TestSealedValuesThatDoNotOpen(t *testing.T) {
	storetest.Each(t, func(t *testing.T, url string) {
		g := openGym(t, url)
		many := make([]Locker, 50)
		for i := range many {
			many[i] = fullLocker(fmt.Sprint("locker ", i))
		}
		many[0].Words = []string{passphrase} // which no decimals are
		g.must(g.lockers.CreateAll(g.ctx, nil, len(many), func(i int) any { return &many[i] }))
		bad := many[31].ID
		sealed := g.raw(bad, "maybe_text")
		sealed[len(sealed)-1] ^= 1
		put := func(column string, value any) {
			_, err := g.db.Exec(g.ctx, `UPDATE "gym_locker" SET "`+column+`" = ? WHERE "id" = ?`, value, int64(bad))
			g.must(err)
		}
		list := func() error {
			_, err := g.lockers.Find(g.ctx, open("ana"), &object.Query{Limit: 50}, func() any { return &Locker{} })
			return err
		}
		for name, damage := range map[string]struct {
			column string
			value  any
			says   string
		}{
			"a bit":        {"maybe_text", sealed, "was changed outside of the platform"},
			"cut off":      {"maybe_text", sealed[:20], "was changed outside of the platform"},
			"nothing":      {"maybe_text", []byte{}, "was changed outside of the platform"},
			"in clear":     {"maybe_text", []byte(passphrase), "was changed outside of the platform"},
			"another type": {"small", g.raw(many[0].ID, "text"), "another type"},
			"another list": {"amount", g.raw(many[0].ID, "words"), "another type"},
			"too large":    {"small", g.raw(many[0].ID, "int"), "must be between"},
		} {
			good := g.raw(bad, damage.column)
			put(damage.column, damage.value)
			err := list()
			e := wantError(t, err, object.RecordFault)
			for _, want := range []string{"gym.records.locker", fmt.Sprint("gym_locker ", bad, ", column ", damage.column), damage.says, fmt.Sprint(`SET "`, damage.column, `" = NULL WHERE id = `, bad)} {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("%s: the error is %v, without %q", name, err, want)
				}
			}
			if strings.Contains(e.Public(), damage.column) || strings.Contains(err.Error(), "staple") || !strings.Contains(e.Public(), fmt.Sprint("locker ", bad)) {
				t.Errorf("%s: people are told %q", name, e.Public())
			}
			// who may not see the field may see the row
			if _, err := g.lockers.Find(g.ctx, &record.Access{User: "bo", Hidden: mask(g.lockers, damage.column)}, &object.Query{}, func() any { return &Locker{} }); err != nil {
				t.Errorf("%s: %v", name, err)
			}
			put(damage.column, good)
			g.must(list())
		}
		// a value from another app's record does not open
		foreign, err := g.ring.Seal([]byte("x"), secret.Place{Table: "crm", Column: "records"})
		g.must(err)
		own, err := g.ring.Seal([]byte("x"), secret.Place{Table: "gym", Column: "records"})
		g.must(err)
		put("maybe_text", own)
		g.must(list())
		put("maybe_text", foreign)
		wantError(t, list(), object.RecordFault)
		put("maybe_text", nil) // the way out that the error names
		g.must(list())

		// a server that runs when the key file goes reads on, and stores nothing that
		// could not be read later
		g.must(os.Remove(g.path))
		g.must(list())
		err = g.lockers.Create(g.ctx, nil, &Locker{Name: "x"})
		if e := wantError(t, err, object.RecordFault); e.Public() != "the locker cannot be stored" || !strings.Contains(err.Error(), "column text cannot be encrypted: the key file "+g.path+" is missing") {
			t.Errorf("without the file: %v", err)
		}
		g.records.SealWith(passing(t))
		if err := list(); !strings.Contains(wantError(t, err, object.RecordFault).Error(), "which the key file does not have") || !strings.Contains(err.Error(), "keys status") {
			t.Errorf("with other keys: %v", err)
		}
		g.records.SealWith(nil)
		if err := list(); !strings.Contains(wantError(t, err, object.RecordFault).Error(), "there are no keys") {
			t.Errorf("without keys: %v", err)
		}
		if err := g.lockers.Create(g.ctx, nil, &Locker{Name: "x"}); err == nil || !strings.Contains(err.Error(), "there are no keys") {
			t.Errorf("without keys: %v", err)
		}
	})
}

type Chest struct {
	appos.Entity[Chest]
	Name string
	Code string `appos:"sensitive"`
}

type Trunk struct {
	appos.Entity[Trunk]
	Name string
	PIN  string `appos:"hidden,was=code"`
}

// A record and a field that are renamed keep their values.
func TestSealedFieldsAreRenamed(t *testing.T) {
	storetest.Each(t, func(t *testing.T, url string) {
		ctx, db, ring := context.Background(), storetest.Open(t, url), passing(t)
		records := func(declare func(*appos.App)) *record.Records {
			app := appos.NewApp("attic", nil)
			declare(app)
			reg, _ := object.NewRegistry(app.Descriptor())
			records, faults := record.New(db, reg, nil)
			if len(faults) > 0 {
				t.Fatal(faults)
			}
			records.SealWith(ring)
			return records
		}
		before := records(func(a *appos.App) { appos.Record[Chest](a, everybody) })
		after := records(func(a *appos.App) { appos.Record[Trunk](a, everybody, appos.Formerly("chest")) })
		if err := migrate.Create(ctx, db, before.Tables()...); err != nil {
			t.Fatal(err)
		}
		if err := before.Plans()[0].Create(ctx, nil, &Chest{Code: passphrase}); err != nil {
			t.Fatal(err)
		}
		change, err := migrate.Plan(db.Dialect(), before.Tables(), after.Tables(), migrate.Options{})
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range change.Statements {
			if _, err := db.Exec(ctx, s.SQL); err != nil {
				t.Fatal(s.SQL, err)
			}
		}
		var row Trunk
		if err := after.Plans()[0].Get(ctx, nil, 1, &row); err != nil || row.PIN != passphrase {
			t.Errorf("%+v, %v", row, err)
		}
	})
}

func TestReseal(t *testing.T) {
	storetest.Each(t, func(t *testing.T, url string) {
		g := openGym(t, url)
		const n = 300 // more than are read at once
		many := make([]Locker, n)
		for i := range many {
			many[i] = Locker{Name: fmt.Sprint("locker ", i), Text: fmt.Sprint("text ", i), MaybeWords: &[]string{fmt.Sprint(i)}}
		}
		g.must(g.lockers.CreateAll(g.ctx, nil, n, func(i int) any { return &many[i] }))
		g.must(g.lockers.Delete(g.ctx, nil, int64(many[7].ID), 0))
		old, per := g.raw(many[0].ID, "text"), 0
		for _, f := range sealedFields(g.lockers) {
			if g.raw(many[0].ID, f.Column) != nil {
				per++ // what is looked at in a row
			}
		}
		first, _ := secret.KeyOf(old)

		// cut off in the middle, others go on reading, and another process writing
		elsewhere, err := secret.Open(g.ctx, secret.Options{DB: g.db, Path: g.path})
		g.must(err)
		g.records.SealWith(elsewhere)
		cut := errors.New("cut off")
		hooked := &hookedVault{Vault: g.records.Vault(), before: func(i int) error {
			if i == n*per/2 {
				return cut
			}
			return nil
		}}
		if _, err := g.ring.Rotate(g.ctx, g.db, start, hooked); !errors.Is(err, cut) {
			t.Fatal(err)
		}
		if l := g.get(many[0].ID); l.Text != "text 0" {
			t.Errorf("read %+v", l)
		}

		var row Locker
		changes := 0
		hooked.before = func(i int) (err error) {
			switch i {
			case n*per - 1: // a row changes after it was read, and before it is sealed anew
				changes++
				err = g.lockers.Update(g.ctx, nil, int64(many[n-1].ID), 0, &row, func() error { row.Text = "changed meanwhile"; return nil })
			case n * per: // one that is done gets what somebody had sealed with the old key
				changes++
				_, err = g.db.Exec(g.ctx, `UPDATE "gym_locker" SET "text" = ? WHERE "id" = ?`, old, int64(many[0].ID))
			}
			return err
		}
		done, err := g.ring.Rotate(g.ctx, g.db, start, hooked)
		if err != nil || !done.Done || !done.Resumed || changes != 2 {
			t.Fatalf("%+v, %v", done, err)
		}
		for i := range many {
			for _, f := range sealedFields(g.lockers) {
				raw := g.raw(many[i].ID, f.Column)
				if id, _ := secret.KeyOf(raw); raw != nil && (id != done.Primary || id == first) {
					t.Fatalf("%s of %s is sealed with key %d, the new one is %d", f.Column, many[i].Name, id, done.Primary)
				}
			}
			if i == 7 {
				continue // deleted
			}
			want, version := fmt.Sprint("text ", i), int64(1)
			if i == n-1 {
				want, version = "changed meanwhile", 2
			}
			if got := g.get(many[i].ID); got.Text != want || g.lockers.Version(got) != version || (*got.MaybeWords)[0] != fmt.Sprint(i) {
				t.Fatalf("%s is %+v", many[i].Name, got)
			}
		}
		if g.raw(many[7].ID, "text") == nil {
			t.Error("the deleted row lost its value")
		}

		// a value that does not open ends a rotation, which says where it is
		damaged := g.raw(many[3].ID, "text")
		damaged[len(damaged)-1] ^= 1
		_, err = g.db.Exec(g.ctx, `UPDATE "gym_locker" SET "text" = ? WHERE "id" = ?`, damaged, int64(many[3].ID))
		g.must(err)
		if done, err := g.ring.Rotate(g.ctx, g.db, start, g.records.Vault()); done.Done || err == nil || !strings.Contains(err.Error(), fmt.Sprint("gym_locker ", many[3].ID, ", column text")) {
			t.Errorf("%+v, %v", done, err)
		}
		_, err = g.db.Exec(g.ctx, `UPDATE "gym_locker" SET "text" = NULL WHERE "id" = ?`, int64(many[3].ID))
		g.must(err)
		if done, err := g.ring.Rotate(g.ctx, g.db, start, g.records.Vault()); !done.Done || err != nil {
			t.Errorf("%+v, %v", done, err)
		}
	})
}

// A transaction that sealed with the old key, and is not over when the rotation
// begins, is waited for.
func TestResealWaitsForWriters(t *testing.T) {
	g := openGym(t, storetest.Postgres(t)) // SQLite has one writer
	l := Locker{Name: "late", Text: passphrase}
	rotated := make(chan error, 1)
	var done secret.Rotation
	g.must(g.db.Tx(g.ctx, func(tx context.Context) error {
		if err := g.lockers.Create(tx, nil, &l); err != nil {
			return err
		}
		go func() {
			var err error
			done, err = g.ring.Rotate(g.ctx, g.db, start, g.records.Vault())
			rotated <- err
		}()
		for waits := 0; waits == 0; {
			if err := g.db.QueryRow(g.ctx, []any{&waits}, `SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = '"gym_locker"'::regclass`); err != nil {
				return err
			}
			select {
			case err := <-rotated:
				return fmt.Errorf("the rotation waited for nobody: %w", err)
			case <-time.After(time.Millisecond):
			}
		}
		return nil
	}))
	g.must(<-rotated)
	if id, _ := secret.KeyOf(g.raw(l.ID, "text")); id != done.Primary || g.get(l.ID).Text != passphrase {
		t.Errorf("sealed with key %d, the new one is %d", id, done.Primary)
	}
}

// A row that waits for SQLite's one writer is sealed when its turn has come: the
// rotation that it waited for has disabled the key that there was before.
func TestRowsAreSealedInTheirTurn(t *testing.T) {
	g := openGym(t, "sqlite:"+filepath.Join(t.TempDir(), "test.db"))
	app := appos.NewApp("attic", nil)
	appos.Record[Chest](app, everybody)
	reg, _ := object.NewRegistry(app.Descriptor())
	records, faults := record.New(g.db, reg, nil)
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	records.SealWith(g.ring)
	g.must(migrate.Create(g.ctx, g.db, records.Tables()...))
	elsewhere := storetest.Open(t, "sqlite:"+filepath.Join(t.TempDir(), "keys.db"))
	g.must(migrate.Create(g.ctx, elsewhere, secret.Tables()...))

	chest, stored := Chest{Code: passphrase}, make(chan error, 1)
	g.must(g.db.Tx(g.ctx, func(context.Context) error {
		go func() { stored <- records.Plans()[0].Create(g.ctx, nil, &chest) }()
		time.Sleep(20 * time.Millisecond) // it waits by then; what it stores is right where it does not
		_, err := g.ring.Rotate(g.ctx, elsewhere, start)
		return err
	}))
	g.must(<-stored)
	if err := records.Plans()[0].Get(g.ctx, nil, int64(chest.ID), &chest); err != nil {
		t.Error(err)
	}
}

// hookedVault calls before ahead of every value that is looked at.
type hookedVault struct {
	secret.Vault
	before func(i int) error
}

func (v *hookedVault) Reseal(ctx context.Context, again func([]byte, secret.Place) ([]byte, bool, error)) (int, error) {
	i := 0
	return v.Vault.Reseal(ctx, func(sealed []byte, at secret.Place) ([]byte, bool, error) {
		i++
		if err := v.before(i); err != nil {
			return nil, false, err
		}
		return again(sealed, at)
	})
}
