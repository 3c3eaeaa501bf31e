package record_test

import (
	"cmp"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/shopspring/decimal"
	"pgregory.net/rapid"

	"github.com/apposengine/appos"
	"github.com/apposengine/appos/internal/object"
	"github.com/apposengine/appos/internal/record"
	"github.com/apposengine/appos/internal/store/storetest"
)

func codes(rows []Customer) string {
	var s []string
	for _, r := range rows {
		s = append(s, r.Code)
	}
	return strings.Join(s, " ")
}

// people are four customers with nulls and ties.
func people(t testing.TB) *bench { return peopleIn(setup(t)) }

func peopleIn(b *bench) *bench {
	b.must(b.regions.Create(b.ctx, nil, &Region{Name: "North"}))
	b.customer("a", func(c *Customer) { c.Name = "Ada 100%"; c.Credit = decimal.New(100, -2); c.Stars = ptr(int32(5)) })
	b.customer("b", func(c *Customer) {
		c.Name = `Bob_\x`
		c.Email = ptr("b@x.y")
		c.Credit = decimal.New(101, -2)
		c.Tier = "gold"
	})
	b.customer("c", func(c *Customer) {
		c.Name = "CORA"
		c.Email = ptr("c@x.y")
		c.Stars = ptr(int32(5))
		c.Seen = ptr(start)
		c.Active = true
	})
	b.customer("d", func(c *Customer) {
		c.Name = "dan"
		c.Region = ptr(appos.ID[Region](1))
		c.Stars = ptr(int32(1))
		c.Score = 0.5
	})
	return b
}

func TestConditions(t *testing.T) {
	b := people(t)
	f := func(column string) *object.Field { return b.field(b.customers, column) }
	is := func(op object.Op, column string, v any) object.Cond {
		return object.Cond{Op: op, Field: f(column), Value: v}
	}
	not := func(c object.Cond) object.Cond { return object.Cond{Op: object.OpNot, Kids: []object.Cond{c}} }
	for name, c := range map[string]struct {
		cond object.Cond
		want string
	}{
		"eq":                    {is(object.OpEq, "code", "b"), "b"},
		"eq enum":               {is(object.OpEq, "tier", Tier("gold")), "b"},
		"eq enum as text":       {is(object.OpEq, "tier", "gold"), "b"},
		"eq null":               {is(object.OpEq, "email", nil), "a d"},
		"ne null":               {is(object.OpNe, "email", nil), "b c"},
		"ne holds of null":      {is(object.OpNe, "email", "b@x.y"), "a c d"},
		"not holds of null":     {not(is(object.OpEq, "email", "b@x.y")), "a c d"},
		"not of a null compare": {not(is(object.OpGt, "stars", 3)), "b d"},
		"not in":                {not(is(object.OpIn, "stars", []any{5})), "b d"},
		"not contains":          {not(is(object.OpContains, "email", "b@")), "a c d"},
		"id type":               {is(object.OpEq, "region_id", appos.ID[Region](1)), "d"},
		"ge decimal":            {is(object.OpGe, "credit", decimal.New(101, -2)), "b c d"},
		"ge beyond the scale":   {is(object.OpGe, "credit", "1.001"), "b c d"},
		"gt beyond the scale":   {is(object.OpGt, "credit", "1.001"), "b c d"},
		"le beyond the scale":   {is(object.OpLe, "credit", 1.009), "a"},
		"lt beyond the scale":   {is(object.OpLt, "credit", "1.009"), "a"},
		"eq beyond the scale":   {is(object.OpEq, "credit", "1.001"), ""},
		"ne beyond the scale":   {is(object.OpNe, "credit", "1.001"), "a b c d"},
		"bool":                  {is(object.OpEq, "active", true), "c"},
		"time":                  {is(object.OpLe, "seen", start), "c"},
		"float":                 {is(object.OpGt, "score", 0.25), "d"},
		"in":                    {is(object.OpIn, "code", []any{"a", "c", "zz"}), "a c"},
		"in nothing":            {is(object.OpIn, "code", []any{}), ""},
		"in with null":          {is(object.OpIn, "email", []any{nil, "b@x.y"}), "a b d"},
		"contains any case":     {is(object.OpContains, "name", "cor"), "c"},
		"contains no wildcards": {is(object.OpContains, "name", "0%"), "a"},
		"contains underscore":   {is(object.OpContains, "name", "_"), "b"},
		"contains backslash":    {is(object.OpContains, "name", `\`), "b"},
		"like":                  {is(object.OpLike, "name", "_a%"), "d"},
		"is null":               {is(object.OpIsNull, "stars", true), "b"},
		"is not null":           {is(object.OpIsNull, "stars", false), "a c d"},
		"or":                    {object.Cond{Op: object.OpOr, Kids: []object.Cond{is(object.OpEq, "code", "a"), is(object.OpEq, "code", "d")}}, "a d"},
		"or of nothing":         {object.Cond{Op: object.OpOr}, ""},
		"and of nothing":        {object.Cond{Op: object.OpAnd}, "a b c d"},
	} {
		t.Run(name, func(t *testing.T) {
			rows, _ := find[Customer](b, b.customers, open("ana"), &object.Query{Where: []object.Cond{c.cond}})
			if got := codes(rows); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
	deep := is(object.OpEq, "code", "a")
	for range 100 {
		deep = not(deep)
	}
	for name, q := range map[string]*object.Query{
		"wrong type":   {Where: []object.Cond{is(object.OpEq, "stars", "five")}},
		"other record": {Where: []object.Cond{{Op: object.OpEq, Field: b.field(b.orders, "number"), Value: "x"}}},
		"no field":     {Where: []object.Cond{{Op: object.OpEq, Value: "x"}}},
		"no operator":  {Where: []object.Cond{is(0, "code", "x")}},
		"json":         {Where: []object.Cond{is(object.OpEq, "tags", "x")}},
		"lt null":      {Where: []object.Cond{is(object.OpLt, "stars", nil)}},
		"like number":  {Where: []object.Cond{is(object.OpLike, "stars", "5")}},
		"lone escape":  {Where: []object.Cond{is(object.OpLike, "name", `x\`)}},
		"long pattern": {Where: []object.Cond{is(object.OpLike, "name", strings.Repeat("%", 60_000))}},
		"nested":       {Where: []object.Cond{deep}},
		"sort by json": {Order: []object.Order{{Field: f("tags")}}},
		"sort twice":   {Order: []object.Order{{Field: f("code")}, {Field: f("code")}}},
		"limit":        {Limit: -1},
		"faults":       {Faults: []string{"not a field"}},
		"both cursors": {After: "x", Before: "y"},
		"bad cursor":   {After: "????"},
		"relation":     {With: []string{"Nope"}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := b.customers.Find(b.ctx, open("ana"), q, func() any { return &Customer{} })
			wantError(t, err, object.Invalid)
		})
	}
	rows, _ := find[Customer](b, b.customers, open("ana"), &object.Query{Search: "D"})
	if codes(rows) != "d" {
		t.Errorf("search found %q", codes(rows))
	}
	if n, err := b.customers.Count(b.ctx, open("ana"), &object.Query{}, 3); n != 3 || err != nil {
		t.Errorf("capped count %d, %v", n, err)
	}
}

// Whatever the sort, the pages forwards and backwards are the sorted list.
func TestPagesAreTheSortedList(t *testing.T) {
	storetest.Each(t, func(t *testing.T, url string) { pagesAreTheSortedList(t, setupAt(t, url)) })
}

func pagesAreTheSortedList(t *testing.T, b *bench) {
	for i := range 60 {
		b.customer(fmt.Sprint(i), func(c *Customer) {
			c.Name = []string{"x", "y", "z"}[i%3]
			c.Tier = []Tier{"gold", "silver"}[i%2]
			c.Credit = decimal.New(int64(i%4), -2)
			if i%3 > 0 {
				c.Stars = ptr(int32(i % 5))
			}
			if i%4 > 0 {
				c.Seen = ptr(start.AddDate(0, 0, i%2))
			}
			c.Score = float64(i%7) / 3
		})
	}
	columns := []string{"name", "tier", "credit", "stars", "seen", "score", "code", "email", "id"}
	rapid.Check(t, func(rt *rapid.T) {
		picked := rapid.SliceOfNDistinct(rapid.SampledFrom(columns), 0, 4, rapid.ID[string]).Draw(rt, "columns")
		q := &object.Query{}
		for _, c := range picked {
			q.Order = append(q.Order, object.Order{Field: b.field(b.customers, c), Desc: rapid.Bool().Draw(rt, "desc")})
		}
		all, _ := find[Customer](b, b.customers, nil, q)
		if len(all) != 60 || !slices.IsSortedFunc(all, func(x, y Customer) int { return compareBy(b, q.Order, &x, &y) }) {
			rt.Fatalf("not sorted: %s", codes(all))
		}
		q.Limit = rapid.IntRange(1, 25).Draw(rt, "limit")
		var forwards []Customer
		var back string
		for range 100 {
			rows, page := find[Customer](b, b.customers, nil, q)
			forwards = append(forwards, rows...)
			if (page.Previous == "") != (q.After == "") {
				rt.Fatalf("previous %q after %q", page.Previous, q.After)
			}
			back = page.Previous
			if page.Next == "" {
				break
			}
			q.After = page.Next
		}
		if codes(forwards) != codes(all) {
			rt.Fatalf("forwards %s\nwant     %s", codes(forwards), codes(all))
		}
		last := len(forwards) - (len(forwards)-1)/q.Limit*q.Limit
		q.After = ""
		backwards := forwards[len(forwards)-last:]
		for back != "" {
			q.Before = back
			rows, page := find[Customer](b, b.customers, nil, q)
			backwards = append(slices.Clone(rows), backwards...)
			back = page.Previous
			if page.Next == "" {
				rt.Fatal("a page before another has no next")
			}
		}
		if codes(backwards) != codes(all) {
			rt.Fatalf("backwards %s\nwant      %s", codes(backwards), codes(all))
		}
	})
}

func compareBy(b *bench, order []object.Order, x, y *Customer) int {
	for _, o := range order {
		n := compareValues(b.customers.Value(x, o.Field.Column), b.customers.Value(y, o.Field.Column))
		if o.Desc {
			n = -n
		}
		if n != 0 {
			return n
		}
	}
	return 0
}

func compareValues(x, y any) int {
	switch {
	case x == nil && y == nil:
		return 0
	case x == nil:
		return -1
	case y == nil:
		return 1
	}
	switch x := x.(type) {
	case string:
		return cmp.Compare(x, y.(string))
	case int64:
		return cmp.Compare(x, y.(int64))
	case float64:
		return cmp.Compare(x, y.(float64))
	case decimal.Decimal:
		return x.Cmp(y.(decimal.Decimal))
	}
	return strings.Compare(fmt.Sprint(x), fmt.Sprint(y))
}

func TestRelations(t *testing.T) {
	b := people(t)
	for i := range 6 {
		b.must(b.orders.Create(b.ctx, nil, &Order{Number: fmt.Sprint(i), Customer: appos.ID[Customer](i%2 + 1), Total: decimal.NewFromInt(int64(i))}))
	}
	b.must(b.notes.Create(b.ctx, nil, &Note{Text: "hello", Customer: ptr(appos.ID[Customer](2))}))
	before := b.db.Stats().Queries
	rows, _ := find[Customer](b, b.customers, open("ana"), &object.Query{With: []string{"Orders", "Note"}, Limit: 3})
	if n := b.db.Stats().Queries - before; n != 3 {
		t.Errorf("%d queries, want one for the rows and one a relation", n)
	}
	if len(rows[0].Orders.Rows) != 3 || rows[1].Orders.Rows[2].Number != "5" || len(rows[2].Orders.Rows) != 0 {
		t.Errorf("orders %+v", rows)
	}
	if n, ok := rows[1].Note.Row(); !ok || n.Text != "hello" {
		t.Errorf("note %+v", n)
	}
	limited := open("ana")
	limited.Related = func(o *object.Object) (*record.Access, error) {
		if o.Name == "note" {
			return nil, object.Errorf(object.Denied, "no")
		}
		return &record.Access{Rows: []object.Cond{{Op: object.OpGt, Field: b.field(b.orders, "total"), Value: 3}}, Hidden: mask(b.orders, "number")}, nil
	}
	rows, _ = find[Customer](b, b.customers, limited, &object.Query{With: []string{"Orders"}})
	if o := rows[0].Orders.Rows; len(o) != 1 || o[0].Number != "" || o[0].Customer != 1 || o[0].Total.String() != "4" {
		t.Errorf("orders of limited access %+v", o)
	}
	_, err := b.customers.Find(b.ctx, limited, &object.Query{With: []string{"Note"}}, func() any { return &Customer{} })
	wantError(t, err, object.Denied)

	// a relation says what the field that it goes by says
	blind := open("ana")
	blind.Related = func(*object.Object) (*record.Access, error) {
		return &record.Access{Hidden: mask(b.orders, "customer_id")}, nil
	}
	_, err = b.customers.Find(b.ctx, blind, &object.Query{With: []string{"Orders"}}, func() any { return &Customer{} })
	wantError(t, err, object.Denied)
	_, err = b.customers.Expand(b.ctx, blind, []string{"orders"}, []any{&rows[0]})
	wantError(t, err, object.Denied)

	orders, _ := find[Order](b, b.orders, nil, &object.Query{Limit: 1})
	expand, err := b.orders.Expand(b.ctx, open("ana"), []string{"customer"}, []any{&orders[0]})
	b.must(err)
	if s := string(b.orders.AppendJSON(nil, &orders[0], record.Mask{}, expand...)); !strings.Contains(s, `"customer":{"id":1,`) {
		t.Errorf("expanded %s", s)
	}
	expand, err = b.customers.Expand(b.ctx, open("ana"), []string{"orders", "note", "region"}, []any{&rows[1]})
	b.must(err)
	if s := string(b.customers.AppendJSON(nil, &rows[1], record.Mask{}, expand...)); !strings.Contains(s, `"orders":[{"id":2,`) || !strings.Contains(s, `"note":{"id":1,`) || !strings.HasSuffix(s, `"region":null}`) {
		t.Errorf("expanded %s", s)
	}
	_, err = b.customers.Expand(b.ctx, open("ana"), []string{"ordrs"}, nil)
	if e := wantError(t, err, object.Invalid, "expand", "unknown"); !strings.Contains(e.Fields[0].Message, `"orders"`) {
		t.Errorf("error %v", err)
	}
	_, err = b.customers.Expand(b.ctx, open("ana"), []string{"region", "orders", "orders"}, nil)
	wantError(t, err, object.Invalid, "expand", "duplicate")
	labels, err := b.customers.Labels(b.ctx, nil, []int64{1, 3, 99})
	if err != nil || len(labels) != 2 || labels[3] != "CORA" {
		t.Errorf("labels %v %v", labels, err)
	}
}

func TestParseFilter(t *testing.T) {
	b := people(t)
	for query, want := range map[string]string{
		"":                                "a b c d",
		"tier=gold":                       "b",
		"tier__ne=gold":                   "a c d",
		"tier__in=gold,silver":            "b",
		"credit__ge=1.01&credit__lt=12.5": "b",
		"email=":                          "a d",
		"email__is_null=false":            "b c",
		"stars__gt=1&sort=-code":          "c a",
		"sort=-stars,code":                "a c d b",
		"q=cora":                          "c",
		"active=true":                     "c",
		"seen__ge=2026-03-01&count=true":  "c",
		"region_id=1&expand=region":       "d",
		"name__contains=o&limit=1":        "b",
		"id__in=1, 4":                     "a d",
	} {
		params, _ := url.ParseQuery(query)
		q, err := b.customers.ParseFilter(open("ana"), params)
		b.must(err)
		rows, _ := find[Customer](b, b.customers, open("ana"), q)
		if codes(rows) != want {
			t.Errorf("%q found %q, want %q", query, codes(rows), want)
		}
	}
	hidden := open("ana")
	hidden.Hidden = mask(b.customers, "salary")
	for query, message := range map[string]string{
		"teir=gold":                 `did you mean "tier"?`,
		"tier=golden":               `did you mean "gold"?`,
		"tier__nee=gold":            `did you mean "ne"?`,
		"sort=nam":                  `did you mean "name"?`,
		"sort=code,-code":           "twice",
		"limit=0":                   "from 1 to 200",
		"limit=201":                 "from 1 to 200",
		"limit=x":                   "from 1 to 200",
		"stars=five":                "whole number",
		"credit=1.005":              "2 digits",
		"credit=1e999999999":        "decimal",
		"salary=1":                  "is not a field",
		"sort=salary":               "is not a field",
		"secret=x":                  "is not a field",
		"tags=x":                    "contains asks for one of its entries",
		"tags__like=x":              "only texts",
		"address=x":                 "cannot be compared by eq",
		"address__contains=x":       "entry of a list",
		"active__gt=true":           "cannot be compared",
		"email__is_null=maybe":      "true or false",
		"tier=gold&tier=silver":     "more than once",
		"cursor=a&before=b":         "cannot be given with",
		"name__like=x%5C":           "lone",
		"deleted_at__is_null=false": "is not a field",
		"name=%00":                  "NUL",
	} {
		params, _ := url.ParseQuery(query)
		_, err := b.customers.ParseFilter(hidden, params)
		if e := wantError(t, err, object.Invalid); !strings.Contains(e.Error(), message) {
			t.Errorf("%q: error %q, want %q", query, e, message)
		}
	}
}

// TestExpandIsBounded: a request from outside cannot load a table.
func TestExpandIsBounded(t *testing.T) {
	b := setup(t)
	c := b.customer("many")
	orders := make([]Order, 10_001)
	for i := range orders {
		orders[i].Customer, orders[i].Number = c.ID, fmt.Sprint(i)
	}
	b.must(b.orders.CreateAll(b.ctx, nil, len(orders)-1, func(i int) any { return &orders[i] }))
	if _, err := b.customers.Expand(b.ctx, open("ana"), []string{"orders"}, []any{c}); err != nil {
		t.Errorf("10,000 orders: %v", err)
	}
	b.must(b.orders.Create(b.ctx, nil, &orders[10_000]))
	_, err := b.customers.Expand(b.ctx, open("ana"), []string{"orders"}, []any{c})
	wantError(t, err, object.Invalid, "expand", "max")
}
