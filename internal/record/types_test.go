package record_test

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"net/url"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/shopspring/decimal"

	"github.com/apposengine/appos"
	"github.com/apposengine/appos/internal/migrate"
	"github.com/apposengine/appos/internal/object"
	"github.com/apposengine/appos/internal/record"
	"github.com/apposengine/appos/internal/store/storetest"
)

// Everything has a field of every type, and each once more where it may be null.
type Everything struct {
	appos.Entity[Everything]

	Text     string
	Kind     Tier `validate:"omitempty,oneof=bronze silver gold"`
	Int      int64
	Small    int32
	Float    float64
	Bool     bool
	Money    decimal.Decimal `appos:"scale=2"`
	Fine     decimal.Decimal `appos:"scale=15"`
	At       time.Time
	On       appos.Date
	Takes    time.Duration
	Words    []string
	Kinds    []Tier `validate:"dive,oneof=bronze silver gold"`
	Numbers  []int64
	Amounts  []decimal.Decimal
	Days     []appos.Date
	Flags    []bool
	Place    Address
	Anything map[string]any
	File     appos.File

	MaybeText  *string
	MaybeInt   *int
	MaybeSmall *int32
	MaybeFloat *float64
	MaybeBool  *bool
	MaybeMoney *decimal.Decimal `appos:"scale=2"`
	MaybeAt    *time.Time
	MaybeOn    *appos.Date
	MaybeTakes *time.Duration
	MaybeWords *[]string
	MaybePlace *Address
	MaybeFile  *appos.File
	MaybeSelf  *appos.ID[Everything]
}

// Booking has checks, an index over two fields and defaults of every type.
type Booking struct {
	appos.Entity[Booking]

	Room   string          `validate:"required,min=2,max=10"`
	On     appos.Date      `appos:"default=today"`
	At     time.Time       `appos:"default=now"`
	Until  *appos.Date     `validate:"omitempty,gtefield=On"`
	Price  decimal.Decimal `validate:"gte=0.5,lte=99.95" appos:"scale=2,default=10.50"`
	Guests int             `validate:"min=1,max=6" appos:"default=2"`
	Length time.Duration   `validate:"min=15m" appos:"default=1h30m"`
	State  string          `validate:"oneof=open 'on hold' closed" appos:"default=open"`
	Notes  []string        `appos:"default=quiet|sea view"`
	Score  float64         `appos:"default=0.5"`
	First  appos.Date      `appos:"default=2026-01-31"`
	Secret int             `appos:"default=7"`
}

var (
	Types = appos.NewApp("types", []byte("name: types\n"))
	_     = appos.Record[Everything](Types, everybody)
	_     = appos.Record[Booking](Types, everybody, appos.Audited, appos.SoftDeleted,
		appos.Check("ends_after_start", "until IS NULL OR until >= \"on\""),
		appos.Check("price_for_guests", "price * guests <= 100"),
		appos.Unique(func(b *Booking) []any { return []any{&b.Room, &b.On} }),
		appos.Index(func(b *Booking) []any { return []any{&b.State, &b.On} }))
)

type typed struct {
	testing.TB
	ctx                context.Context
	records            *record.Records
	everything, booked *record.Plan
}

func setupTypes(t testing.TB, url string) *typed {
	t.Helper()
	db := storetest.Open(t, url)
	reg, faults := object.NewRegistry(Types.Descriptor())
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	records, faults := record.New(db, reg, func() time.Time { return start })
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	if err := migrate.Create(context.Background(), db, records.Tables()...); err != nil {
		t.Fatal(err)
	}
	return &typed{t, context.Background(), records, records.PlanOf(reg.ByRef("types.records.everything")), records.PlanOf(reg.ByRef("types.records.booking"))}
}

func full() Everything {
	day, took := appos.NewDate(2024, 2, 29), -90*time.Second
	return Everything{
		Text: "naïve 😀 \" \\ <b>", Kind: "gold", Int: math.MaxInt64, Small: math.MinInt32, Float: -0.1, Bool: true,
		Money: decimal.RequireFromString("-92233720368547758.08"), Fine: decimal.RequireFromString("9223.372036854775807"),
		At: time.Date(9999, 12, 31, 23, 59, 59, 999999000, time.UTC), On: appos.NewDate(9999, 12, 31), Takes: math.MaxInt64 / 1000 * 1000,
		Words: []string{"a", "b c", "|", `"`}, Kinds: []Tier{"gold", "silver"}, Numbers: []int64{math.MinInt64, 0, 7}, Amounts: []decimal.Decimal{decimal.RequireFromString("1.5")},
		Days: []appos.Date{day}, Flags: []bool{true, false}, Place: Address{"Main", "1"}, Anything: map[string]any{"a": []any{1.5, nil, "x"}},
		File:      object.NewFile("a.png", 5, "image/png", "ff", 1),
		MaybeText: ptr(""), MaybeInt: ptr(0), MaybeSmall: ptr(int32(0)), MaybeFloat: ptr(0.0), MaybeBool: ptr(false), MaybeMoney: ptr(decimal.RequireFromString("0.00")),
		MaybeAt: ptr(time.Date(1, 1, 1, 0, 0, 0, 0, time.UTC)), MaybeOn: &day, MaybeTakes: &took, MaybeWords: &[]string{}, MaybePlace: &Address{}, MaybeFile: ptr(object.NewFile("b", 1, "text/plain", "ee", 2)),
	}
}

// same compares rows as their JSON: decimals and times that are equal may differ
// in memory.
func (b *typed) same(got, want *Everything) {
	b.Helper()
	want.Entity = got.Entity
	g, w := b.everything.AppendJSON(nil, got, record.Mask{}), b.everything.AppendJSON(nil, want, record.Mask{})
	if string(g) != string(w) {
		b.Errorf("row is\n%s\nwant\n%s", g, w)
	}
}

func TestTypesComeBack(t *testing.T) {
	storetest.Each(t, func(t *testing.T, url string) {
		b := setupTypes(t, url)
		for name, row := range map[string]Everything{"full": full(), "zero": {}} {
			made := row
			if err := b.everything.Create(b.ctx, nil, &made); err != nil {
				t.Fatal(name, err)
			}
			var got Everything
			if err := b.everything.Get(b.ctx, nil, int64(made.ID), &got); err != nil {
				t.Fatal(name, err)
			}
			b.same(&got, &made)
			b.same(&got, &row)
			if name == "full" && (got.MaybeText == nil || got.MaybeWords == nil || *got.MaybeTakes != -90*time.Second || got.File.Name() != "a.png" || got.Takes != row.Takes) {
				t.Errorf("%+v", got)
			}
			if name == "zero" && (got.MaybeOn != nil || got.MaybeTakes != nil || got.MaybeFile != nil || !got.On.IsZero() || !got.File.IsZero() || got.Words != nil) {
				t.Errorf("%+v", got)
			}

			// what JSON says is what JSON reads
			text := b.everything.AppendJSON(nil, &got, record.Mask{})
			var fields map[string]json.RawMessage
			if err := json.Unmarshal(text, &fields); err != nil {
				t.Fatal(err)
			}
			for _, f := range b.everything.Object().Record.Fields {
				if f.System || f.Kind == object.FieldFile {
					delete(fields, f.Column)
				}
			}
			text, _ = json.Marshal(fields)
			var read Everything
			if _, err := b.everything.DecodeJSON(text, &read, record.ForCreate); err != nil {
				t.Fatal(name, err)
			}
			read.File, read.MaybeFile = got.File, got.MaybeFile
			b.same(&read, &got)
			for _, f := range b.everything.Object().Record.Fields {
				v := b.everything.Value(&got, f.Column)
				back, err := record.ParseValue(&f, record.FormatValue(&f, v))
				if f.Kind == object.FieldFile || f.Optional && record.FormatValue(&f, v) == "" {
					continue
				}
				if err == nil && !f.System {
					err = b.everything.SetValue(&read, f.Column, back)
				}
				if err != nil {
					t.Errorf("%s: %s %q: %v", name, f.Column, record.FormatValue(&f, v), err)
				}
			}
			if name == "full" {
				read.MaybeText = got.MaybeText
			}
			b.same(&read, &got)
		}
	})
}

func TestTypesAreComparedAndSorted(t *testing.T) {
	storetest.Each(t, func(t *testing.T, url string) {
		b := setupTypes(t, url)
		for i := range 5 {
			day, took := appos.NewDate(2026, 1, 1+i/2), time.Duration(i/2)*time.Hour
			row := Everything{Int: int64(i), On: day, Takes: took, Words: []string{"all", fmt.Sprint("w", i)}, Numbers: []int64{int64(i)}, Kinds: []Tier{"gold"},
				Amounts: []decimal.Decimal{decimal.New(int64(i), -1)}, Days: []appos.Date{day}, Flags: []bool{i == 0}, Money: decimal.New(int64(i), -2)}
			if i > 1 {
				row.MaybeOn, row.MaybeTakes, row.MaybeWords = &day, &took, &[]string{"maybe"}
			}
			if err := b.everything.Create(b.ctx, nil, &row); err != nil {
				t.Fatal(err)
			}
		}
		for query, want := range map[string]string{
			"on=2026-01-02":                    "2 3",
			"on__lt=2026-01-02":                "0 1",
			"on__in=2026-01-01,2026-01-03":     "0 1 4",
			"on__ge=2026-01-02&sort=-on,int":   "4 2 3",
			"maybe_on__is_null=true":           "0 1",
			"maybe_on__ne=2026-01-02":          "0 1 4",
			"maybe_on__le=9999-12-31":          "2 3 4",
			"takes=1h":                         "2 3",
			"takes__gt=59m59s":                 "2 3 4",
			"takes__in=0s,2h":                  "0 1 4",
			"sort=-takes,-int":                 "4 3 2 1 0",
			"maybe_takes__is_null=false":       "2 3 4",
			"words__contains=w3":               "3",
			"words__contains=W3":               "",
			"words__contains=all&int__gt=2":    "3 4",
			"numbers__contains=4":              "4",
			"kinds__contains=gold&int=1":       "1",
			"amounts__contains=0.30":           "3",
			"days__contains=2026-01-03":        "4",
			"flags__contains=true":             "0",
			"maybe_words__contains=maybe":      "2 3 4",
			"words__contains=%27%22%5C%25":     "",
			"money__gt=0.01&money__lt=0.03":    "2",
			"maybe_on__is_null=true&sort=-int": "1 0",
			"sort=maybe_on,-int":               "1 0 3 2 4",
		} {
			params, _ := urlQuery(query)
			q, err := b.everything.ParseFilter(open("ana"), params)
			if err != nil {
				t.Errorf("%s: %v", query, err)
				continue
			}
			if got := b.ints(q); got != want {
				t.Errorf("%s finds %q, want %q", query, got, want)
			}
			// the same, a row a page, there and back
			q.Limit = 1
			var seen []string
			for {
				var rows []Everything
				page, err := b.everything.Find(b.ctx, nil, q, func() any { rows = append(rows, Everything{}); return &rows[len(rows)-1] })
				if err != nil {
					t.Fatal(query, err)
				}
				for _, r := range rows[:page.Rows] {
					seen = append(seen, fmt.Sprint(r.Int))
				}
				if page.Next == "" || len(seen) > 5 {
					break
				}
				q.After = page.Next
			}
			if got := strings.Join(seen, " "); got != want {
				t.Errorf("%s finds %q page by page, want %q", query, got, want)
			}
		}
		for query, want := range map[string]string{
			"on=tomorrow": "must be a date", "on=2026-02-30": "must be a date", "takes=5": "must be a duration", "takes__gt=1y": "must be a duration",
			"numbers__contains=x": "whole number", "kinds__contains=golf": "one of bronze, silver, gold", "words=all": "contains", "place__contains=x": "entry of a list",
			"file__contains=x": "entry of a list", "file=x": "cannot be compared", "sort=words": "cannot be sorted", "sort=file": "cannot be sorted", "on__like=2026": "only texts",
			"days__contains=1": "must be a date", "numbers__contains=99999999999999999999": "too large",
		} {
			params, _ := urlQuery(query)
			if _, err := b.everything.ParseFilter(open("ana"), params); err == nil || !strings.Contains(object.AsError(err).Error(), want) {
				t.Errorf("%s: error %v, want %q", query, err, want)
			}
		}
	})
}

func (b *typed) ints(q *object.Query) string {
	b.Helper()
	var rows []Everything
	_, err := b.everything.Find(b.ctx, nil, q, func() any { rows = append(rows, Everything{}); return &rows[len(rows)-1] })
	if err != nil {
		b.Fatal(err)
	}
	var all []string
	for _, r := range rows {
		all = append(all, fmt.Sprint(r.Int))
	}
	return strings.Join(all, " ")
}

func TestMalformedValuesAreRefused(t *testing.T) {
	b := setupTypes(t, "sqlite::memory:")
	for body, want := range map[string]string{
		`{"on":20260131}`: "on type", `{"on":"31.01.2026"}`: "on type", `{"on":"2026-02-30"}`: "on type", `{"on":"0000-01-01"}`: "on type", `{"on":"10000-01-01"}`: "on type", `{"on":null}`: "on required", `{"on":"2026-01-31T00:00:00Z"}`: "on type",
		`{"takes":90}`: "takes type", `{"takes":"90"}`: "takes type", `{"takes":"PT1H"}`: "takes type", `{"takes":""}`: "takes type", `{"takes":"9999999h"}`: "takes type",
		`{"words":"a"}`: "words type", `{"words":{"a":1}}`: "words type", `{"words":["a",5]}`: "words[1] type", `{"words":[null]}`: "words[0] type", `{"words":null}`: "words required", `{"words":["a\u0000"]}`: "words[0] type",
		`{"numbers":[1.5]}`: "numbers[0] type", `{"numbers":[1,99999999999999999999]}`: "numbers[1] type", `{"amounts":["1.2.3"]}`: "amounts[0] type", `{"days":["x"]}`: "days[0] type", `{"flags":["true"]}`: "flags[0] type",
		`{"file":{"name":"x"}}`: "file read_only", `{"maybe_file":{"size":1}}`: "maybe_file read_only", `{"place":{"street":1}}`: "place type", `{"place":{"town":"x"}}`: "place type", `{"place":[]}`: "place type",
		`{"fine":"0.0000000000000001"}`: "fine type", `{"fine":"9224"}`: "fine type", `{"money":"92233720368547758.08"}`: "money type", `{"money":"NaN"}`: "money type", `{"int":9223372036854775808}`: "int type", `{"small":2147483648}`: "small type", `{"float":1e999}`: "float type", `{"bool":1}`: "bool type",
	} {
		var row Everything
		_, err := b.everything.DecodeJSON([]byte(body), &row, record.ForPatch)
		if err == nil {
			t.Errorf("%s is read", body)
			continue
		}
		wantError(t, err, object.Invalid, strings.Fields(want)...)
	}
	for name, row := range map[string]Everything{
		"float": {Float: math.NaN()}, "maybe_float": {MaybeFloat: ptr(math.Inf(1))}, "anything": {Anything: map[string]any{"a": "x\x00"}}, "words": {Words: []string{"\x00"}},
		"money": {Money: decimal.New(1, 17)}, "text": {Text: "\xff"},
	} {
		wantError(t, b.everything.Create(b.ctx, nil, &row), object.Invalid, name)
	}
	long := Everything{Text: strings.Repeat("ä", 1<<19), Words: []string{`\u0000`, strings.Repeat("x", 1<<20)}}
	if err := b.everything.Create(b.ctx, nil, &long); err != nil {
		t.Errorf("long texts: %v", err)
	}
}

func TestDefaultsOfEveryType(t *testing.T) {
	storetest.Each(t, func(t *testing.T, url string) {
		b := setupTypes(t, url)
		row := Booking{Room: "A1"}
		if err := b.booked.Create(b.ctx, nil, &row); err != nil {
			t.Fatal(err)
		}
		var got Booking
		if err := b.booked.Get(b.ctx, nil, int64(row.ID), &got); err != nil {
			t.Fatal(err)
		}
		if !got.At.Equal(start.Truncate(time.Microsecond)) || got.On != appos.NewDate(2026, 3, 1) || got.Price.String() != "10.5" || got.Guests != 2 || got.Length != 90*time.Minute || got.State != "open" ||
			!reflect.DeepEqual(got.Notes, []string{"quiet", "sea view"}) || got.Score != 0.5 || got.First != appos.NewDate(2026, 1, 31) || got.Secret != 7 {
			t.Errorf("%+v", got)
		}

		// a zero that was meant stays
		zero := Booking{Room: "A2"}
		set := mask(b.booked, "secret", "score", "notes")
		if err := b.booked.CreateSet(b.ctx, nil, &zero, set); err != nil {
			t.Fatal(err)
		}
		if zero.Secret != 0 || zero.Score != 0 || zero.Notes != nil || zero.Guests != 2 {
			t.Errorf("%+v", zero)
		}
	})
}

// TestHiddenFieldsCanBeZeroed: what is hidden and may be written can be set back
// to zero by whoever says so, and stays otherwise.
func TestHiddenFieldsCanBeZeroed(t *testing.T) {
	b := setupTypes(t, "sqlite::memory:")
	row := Booking{Room: "A1"}
	if err := b.booked.Create(b.ctx, nil, &row); err != nil {
		t.Fatal(err)
	}
	a := open("ana")
	a.Hidden = mask(b.booked, "secret")
	change := func(body string) error {
		var to Booking
		return b.booked.UpdateSet(b.ctx, a, int64(row.ID), 0, &to, func() (record.Mask, error) {
			read, err := b.booked.DecodeJSON([]byte(body), &to, record.ForPatch)
			return read.Set, err
		})
	}
	for body, want := range map[string]int{`{"guests":3}`: 7, `{"guests":4,"secret":0}`: 0, `{"secret":9}`: 9} {
		if err := b.booked.Update(b.ctx, nil, int64(row.ID), 0, &row, func() error { row.Secret = 7; return nil }); err != nil {
			t.Fatal(err)
		}
		if err := change(body); err != nil {
			t.Fatal(body, err)
		}
		if err := b.booked.Get(b.ctx, nil, int64(row.ID), &row); err != nil || row.Secret != want {
			t.Errorf("%s leaves %d, %v, want %d", body, row.Secret, err, want)
		}
	}
	a.ReadOnly = a.Hidden
	wantError(t, change(`{"secret":0}`), object.Denied, "secret", "read_only")
}

func TestChecksHoldInTheDatabase(t *testing.T) {
	storetest.Each(t, func(t *testing.T, url string) {
		b := setupTypes(t, url)
		room := 0
		create := func(change func(*Booking)) error {
			room++
			row := Booking{Room: fmt.Sprint("R", room)}
			change(&row)
			return b.booked.Create(b.ctx, nil, &row)
		}
		until := func(d appos.Date) func(*Booking) { return func(r *Booking) { r.Until = &d } }
		for name, change := range map[string]func(*Booking){
			"least": func(r *Booking) { r.Price = decimal.RequireFromString("0.5"); r.Guests = 1 }, "most": func(r *Booking) { r.Price = decimal.RequireFromString("99.95"); r.Guests = 1 },
			"length": func(r *Booking) { r.Length = 15 * time.Minute }, "spaces": func(r *Booking) { r.State = "on hold" }, "characters": func(r *Booking) { r.Room = "äöüäöüäöüä" },
			"same day": until(appos.NewDate(2026, 3, 1)), "guests": func(r *Booking) { r.Price = decimal.RequireFromString("50"); r.Guests = 2 },
		} {
			if err := create(change); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
		for _, x := range []struct {
			field  string
			param  string
			change func(*Booking)
		}{
			{"price", "", func(r *Booking) { r.Price = decimal.RequireFromString("0.49"); r.Guests = 1 }}, {"price", "", func(r *Booking) { r.Price = decimal.RequireFromString("99.96"); r.Guests = 1 }},
			{"guests", "", func(r *Booking) { r.Guests = 7 }}, {"guests", "", func(r *Booking) { r.Guests = -1 }}, {"length", "", func(r *Booking) { r.Length = 15*time.Minute - time.Microsecond }},
			{"state", "", func(r *Booking) { r.State = "on" }}, {"room", "", func(r *Booking) { r.Room = "x" }}, {"room", "", func(r *Booking) { r.Room = "12345678901" }},
			{"until", "ends_after_start", until(appos.NewDate(2026, 2, 28))}, {"on", "ends_after_start", until(appos.NewDate(2026, 2, 28))},
			{"price", "price_for_guests", func(r *Booking) { r.Price = decimal.RequireFromString("50.01"); r.Guests = 2 }},
		} {
			e := wantError(t, create(x.change), object.Invalid, x.field, "check")
			if e.Fields[0].Param != x.param || x.param != "" && !strings.Contains(e.Error(), x.param) {
				t.Errorf("%s: %+v", x.field, e)
			}
			if strings.Contains(e.Error(), "12345678901") {
				t.Errorf("the error tells the row: %v", e)
			}
		}
		a := open("ana")
		a.Hidden = mask(b.booked, "price")
		row := Booking{Room: "hidden", Guests: 2, Price: decimal.RequireFromString("60")}
		for _, f := range wantError(t, b.booked.Create(b.ctx, a, &row), object.Invalid).Fields {
			if f.Field == "price" {
				t.Errorf("a hidden field is named: %+v", f)
			}
		}
	})
}

func TestUniqueTogether(t *testing.T) {
	storetest.Each(t, func(t *testing.T, url string) {
		b := setupTypes(t, url)
		first, again := Booking{Room: "A1"}, Booking{Room: "A1"}
		for _, err := range []error{b.booked.Create(b.ctx, nil, &first), b.booked.Create(b.ctx, nil, &Booking{Room: "A1", On: appos.NewDate(2026, 3, 2)}), b.booked.Create(b.ctx, nil, &Booking{Room: "A2"})} {
			if err != nil {
				t.Fatal(err)
			}
		}
		e := wantError(t, b.booked.Create(b.ctx, nil, &again), object.Conflict, "room", "unique_together")
		if len(e.Fields) != 2 || e.Fields[1].Field != "on" || e.Fields[0].Param != "on" {
			t.Errorf("%+v", e.Fields)
		}
		rows := []any{&Booking{Room: "B1"}, &Booking{Room: "A1"}, &Booking{Room: "B1"}}
		errs, err := b.booked.CreateEach(b.ctx, nil, rows)
		if err != nil || errs[0] != nil || errs[1] == nil || errs[2] == nil {
			t.Errorf("many: %v, %v", errs, err)
		}
		if err := b.booked.Delete(b.ctx, nil, int64(first.ID), 0); err != nil {
			t.Fatal(err)
		}
		if err := b.booked.Create(b.ctx, nil, &again); err != nil {
			t.Errorf("the values of a deleted row are not free: %v", err)
		}
	})
}

func urlQuery(s string) (url.Values, error) { return url.ParseQuery(s) }
