package record_test

import (
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/shopspring/decimal"

	"github.com/apposengine/appos"
	"github.com/apposengine/appos/internal/object"
	"github.com/apposengine/appos/internal/record"
	"github.com/apposengine/appos/internal/store/storetest"
)

// dealings are the people with orders: a has 1 and 3, b has 2 and 4, d has 5. A
// note is b's, another nobody's.
func dealings(t testing.TB) *bench { return dealingsIn(setup(t)) }

func dealingsIn(b *bench) *bench {
	peopleIn(b)
	for i, customer := range []appos.ID[Customer]{1, 2, 1, 2, 4} {
		b.must(b.orders.Create(b.ctx, nil, &Order{Number: fmt.Sprint(i + 1), Customer: customer, Placed: start.AddDate(0, i, 0), Total: decimal.NewFromInt(int64(i + 1))}))
	}
	b.must(b.notes.Create(b.ctx, nil, &Note{Text: "hello", Customer: ptr(appos.ID[Customer](2))}))
	b.must(b.notes.Create(b.ctx, nil, &Note{Text: "nobody's"}))
	return b
}

func (b *bench) relation(p *record.Plan, name string) *object.Relation {
	b.Helper()
	for i := range p.Object().Record.Relations {
		if r := &p.Object().Record.Relations[i]; r.Name == name {
			return r
		}
	}
	b.Fatalf("no relation %q", name)
	return nil
}

func TestConditionsOnOtherRecords(t *testing.T) {
	storetest.Each(t, func(t *testing.T, url string) { conditionsOnOtherRecords(t, dealingsIn(setupAt(t, url))) })
}

func conditionsOnOtherRecords(t *testing.T, b *bench) {
	for query, want := range map[string]string{
		"region__name=North":                                                "d",
		"region__name__ne=North":                                            "",
		"region__name__starts_with=no":                                      "d",
		"orders__total__gt=2":                                               "a b d",
		"orders__total=2":                                                   "b",
		"orders__total=1&orders__id=3":                                      "",
		"orders__total=3&orders__id=3":                                      "a",
		"orders__customer__code=b":                                          "b",
		"orders__customer__note__id=1":                                      "b",
		"note__text__ends_with=O":                                           "b",
		"note__customer__tier=gold":                                         "b",
		"tier__not_in=gold,silver":                                          "a c d",
		"email__not_in=b@x.y":                                               "a c d",
		`where={"or":[{"tier":"gold"},{"region":{"name":"North"}}]}`:        "b d",
		`where={"not":{"orders__total__gt":0}}`:                             "c",
		`where={"not":{"region":{"name":"North"}}}`:                         "a b c",
		`where={"not":{"region":{}}}`:                                       "a b c",
		`where={"not":{"note":{}}}`:                                         "a c d",
		`where={"and":[{"orders__total":1},{"orders__total":3}]}`:           "a",
		`where={"orders":{"total":1,"or":[{"number":"3"},{"number":"1"}]}}`: "a",
		`where={"orders":{"not":{"total__lt":4}}}`:                          "b d",
		`where={"code__in":["a","c"],"email":null}`:                         "a",
		`where={"email__in":[null,"b@x.y"]}`:                                "a b d",
		`where={"email":""}`:                                                "",
		`where={"credit__ge":12.5,"active":false}`:                          "d",
		`where={"email__is_null":false,"active":true}&sort=-code`:           "c",
		`tier=bronze&where={"or":[{"code":"a"},{"and":[{"stars":1},{"score__gt":0.25}]}]}`: "a d",
	} {
		params, err := url.ParseQuery(strings.ReplaceAll(query, "%", "%25"))
		b.must(err)
		q, err := b.customers.ParseFilter(open("ana"), params)
		if err != nil {
			t.Errorf("%q: %v", query, err)
			continue
		}
		rows, _ := find[Customer](b, b.customers, open("ana"), q)
		if codes(rows) != want {
			t.Errorf("%q found %q, want %q", query, codes(rows), want)
		}
		n, err := b.customers.Count(b.ctx, open("ana"), q, 0)
		if err != nil || n != len(rows) {
			t.Errorf("%q counts %d, %v", query, n, err)
		}
	}
	many := url.Values{"where": {`{"or":[` + strings.Repeat(`{"code":"a"},`, 199) + `{"code":"b"}]}`}}
	if q, err := b.customers.ParseFilter(open("ana"), many); err != nil {
		t.Errorf("200 conditions: %v", err)
	} else if rows, _ := find[Customer](b, b.customers, open("ana"), q); codes(rows) != "a b" {
		t.Errorf("200 conditions found %q", codes(rows))
	}
	for _, query := range []string{"limit=1&limit=2", "code__gt=a&code__gt=b"} {
		params, _ := url.ParseQuery(query)
		_, err := b.customers.ParseFilter(open("ana"), params)
		if e := wantError(t, err, object.Invalid); len(e.Fields) != 1 || e.Fields[0].Message != "is given more than once" {
			t.Errorf("%q: %+v", query, e.Fields)
		}
	}
	deep := strings.Repeat("orders__customer__", 3)
	for query, message := range map[string]string{
		"region__nmae=x":                `did you mean "region__name"?`,
		"regin__name=x":                 `did you mean "region"?`,
		"region_id__name=x":             "has no operator",
		"orders__total__gtt=1":          `did you mean "gt"?`,
		"orders=1":                      `fields of what it leads to begin with "orders__"`,
		"region=1":                      `did you mean "region_id"?`,
		"orders__customer=1":            `did you mean "orders__customer_id"?`,
		"code=a&code=b":                 "use code__in for one of several values",
		"code__eq=a&code__eq=b":         "use code__in for one of several values",
		"code__ne=a&code__ne=b":         "use code__not_in for none of several values",
		"orders__customer__nam=x":       `did you mean "orders__customer__name"?`,
		deep + "code=a":                 "more than 5 records",
		"sort=region__name":             "fields of their own",
		"where=":                        "ends too early",
		"where=[1]":                     "must be an object",
		`where={"code":"a"}}`:           "goes on",
		`where={"code":"a"} {}`:         "goes on",
		`where={"code":"a","code":"b"}`: "twice",
		`where={"cod":"a"}`:             `did you mean "code"`,
		`where={"or":{"code":"a"}}`:     "list of objects",
		`where={"or":[]}`:               "list of objects",
		`where={"or":["a"]}`:            "not an object",
		`where={"not":["a"]}`:           "not an object",
		`where={"code__in":"a"}`:        "must be a list",
		`where={"code__in":["a",{}]}`:   "list of values",
		`where={"code":["a"]}`:          "must be one value",
		`where={"code":{"a":1}}`:        "is not a field",
		`where={"regio":{"name":"x"}}`:  `did you mean "region"?`,
		`where={"stars":"x"}`:           "whole number",
		`where={"stars__gt":null}`:      "with null",
		`where={"code__contains":null}`: "with null",
		`where={"email__is_null":1}`:    "true or false",
		"where=" + strings.Repeat(`{"not":`, 30) + "{}" + strings.Repeat("}", 30): "nested more than",
		`where={"and":[` + strings.Repeat(`{"code":"a"},`, 300) + `{}]}`:          "more than 200 conditions",
		`where={"or":[` + strings.Repeat(`{},`, 200) + `{}]}`:                     "more than 200 conditions",
		`where={"or":[` + strings.Repeat(`{"orders":{}},`, 200) + `{}]}`:          "more than 200 conditions",
		`where={"and":[` + strings.Repeat(`{"orders__total":1},`, 40) + `{}]}`:    "more than 30 conditions on other",
	} {
		params, _ := url.ParseQuery(query)
		q, err := b.customers.ParseFilter(open("ana"), params)
		if err == nil {
			_, err = b.customers.Find(b.ctx, open("ana"), q, func() any { return &Customer{} })
		}
		if e := wantError(t, err, object.Invalid); !strings.Contains(e.Error(), message) {
			t.Errorf("%q: error %q, want %q", query, e, message)
		}
	}
}

// What a user may not see of another record cannot be found out through it.
func TestConditionsKeepOtherRecordsSecret(t *testing.T) {
	storetest.Each(t, func(t *testing.T, url string) { conditionsKeepOtherRecordsSecret(t, dealingsIn(setupAt(t, url))) })
}

func conditionsKeepOtherRecordsSecret(t *testing.T, b *bench) {
	total := object.Cond{Op: object.OpGt, Field: b.field(b.orders, "total"), Value: 3}
	a := open("ana")
	asked := 0
	a.Related = func(o *object.Object) (*record.Access, error) {
		switch asked++; o.Name {
		case "note":
			return nil, object.Errorf(object.Denied, "no")
		case "order":
			return &record.Access{Rows: []object.Cond{total}, Hidden: mask(b.orders, "number"), Related: a.Related}, nil
		}
		return &record.Access{Related: a.Related}, nil
	}
	ask := func(a *record.Access, query string) ([]Customer, error) {
		params, _ := url.ParseQuery(query)
		q, err := b.customers.ParseFilter(a, params)
		if err != nil {
			return nil, err
		}
		var rows []Customer
		_, err = b.customers.Find(b.ctx, a, q, func() any { rows = append(rows, Customer{}); return &rows[len(rows)-1] })
		return rows, err
	}
	for query, want := range map[string]string{
		"orders__id__gt=0":                      "b d",
		"orders__total=1":                       "",
		`where={"not":{"orders":{}}}`:           "a c",
		"orders__customer__orders__total__lt=4": "",
	} {
		rows, err := ask(a, query)
		if err != nil || codes(rows) != want {
			t.Errorf("%q found %q, %v; want %q", query, codes(rows), err, want)
		}
	}
	asked = 0
	fresh := *a
	_, err := ask(&fresh, "orders__id__gt=0")
	if b.must(err); asked != 0 {
		t.Errorf("the access to orders was worked out %d times more", asked)
	}
	_, err = ask(a, "orders__number=1")
	wantError(t, err, object.Invalid, "orders__number", "unknown")
	_, err = ask(a, "note__text=hello")
	wantError(t, err, object.Denied)
	q := &object.Query{Where: []object.Cond{{Op: object.OpAny, Relation: b.relation(b.customers, "Note")}}}
	_, err = b.customers.Find(b.ctx, a, q, nil)
	wantError(t, err, object.Denied)
	number := object.Cond{Op: object.OpEq, Field: b.field(b.orders, "number"), Value: "1"}
	q.Where = []object.Cond{{Op: object.OpAny, Relation: b.relation(b.customers, "Orders"), Kids: []object.Cond{number}}}
	_, err = b.customers.Count(b.ctx, a, q, 0)
	wantError(t, err, object.Invalid, "number", "unknown")

	// a relation says what the field that it goes by says
	blind := open("ana")
	blind.Related = func(*object.Object) (*record.Access, error) {
		return &record.Access{Hidden: mask(b.orders, "customer_id")}, nil
	}
	_, err = ask(blind, "orders__total=1")
	wantError(t, err, object.Denied)
	hidden := open("ana")
	hidden.Hidden = mask(b.customers, "region_id")
	_, err = ask(hidden, "region__name=North")
	wantError(t, err, object.Invalid, "region__name", "unknown")

	// deleted customers are nobody's
	b.must(b.orders.Delete(b.ctx, nil, 5, 0))
	b.must(b.customers.Delete(b.ctx, nil, 4, 0))
	rows, err := ask(open("ana"), "orders__customer__id__gt=0")
	if err != nil || codes(rows) != "a b" {
		t.Errorf("%s %v", codes(rows), err)
	}

	// row security sees the whole of the records that it leads through
	via := object.Cond{Op: object.OpVia, Field: b.field(b.notes, "customer_id"), Kids: []object.Cond{{Op: object.OpEq, Field: b.field(b.customers, "code"), Value: "b"}}}
	notes, _ := find[Note](b, b.notes, &record.Access{User: "ana", Rows: []object.Cond{via}}, &object.Query{})
	if len(notes) != 1 || notes[0].ID != 1 {
		t.Errorf("notes %+v", notes)
	}
	var note Note
	wantError(t, b.notes.Get(b.ctx, &record.Access{User: "ana", Rows: []object.Cond{via}}, 2, &note), object.NotFound)
}

func TestMalformedConditionsOnOtherRecords(t *testing.T) {
	storetest.Each(t, func(t *testing.T, url string) { malformedConditionsOnOtherRecords(t, dealingsIn(setupAt(t, url))) })
}

func malformedConditionsOnOtherRecords(t *testing.T, b *bench) {
	of := func(c object.Cond) *object.Query { return &object.Query{Where: []object.Cond{c}} }
	far := object.Cond{Op: object.OpEq, Field: b.field(b.customers, "code"), Value: "a"}
	for range 3 {
		far = object.Cond{Op: object.OpAny, Relation: b.relation(b.customers, "Orders"), Kids: []object.Cond{
			{Op: object.OpVia, Field: b.field(b.orders, "customer_id"), Kids: []object.Cond{far}},
		}}
	}
	for name, q := range map[string]*object.Query{
		"no field":         of(object.Cond{Op: object.OpVia}),
		"no reference":     of(object.Cond{Op: object.OpVia, Field: b.field(b.customers, "name")}),
		"no relation":      of(object.Cond{Op: object.OpAny}),
		"another relation": of(object.Cond{Op: object.OpAny, Relation: &object.Relation{Name: "Orders"}}),
		"a field of here":  of(object.Cond{Op: object.OpAny, Relation: b.relation(b.customers, "Orders"), Kids: []object.Cond{{Op: object.OpEq, Field: b.field(b.customers, "code"), Value: "a"}}}),
		"too far":          of(far),
	} {
		t.Run(name, func(t *testing.T) {
			_, err := b.customers.Find(b.ctx, open("ana"), q, func() any { return &Customer{} })
			wantError(t, err, object.Invalid)
		})
	}
	ids := make([]any, 9_000)
	for i := range ids {
		ids[i] = int64(i)
	}
	in := object.Cond{Op: object.OpIn, Field: b.field(b.customers, "id"), Value: ids}
	_, err := b.customers.Find(b.ctx, nil, &object.Query{Where: []object.Cond{in, in}}, func() any { return &Customer{} })
	wantError(t, err, object.Invalid)
}
