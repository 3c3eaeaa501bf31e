package record_test

import (
	"fmt"
	"math/rand/v2"
	"net/url"
	"strings"
	"testing"

	"github.com/shopspring/decimal"

	"github.com/apposengine/appos"
	"github.com/apposengine/appos/internal/object"
	"github.com/apposengine/appos/internal/record"
	"github.com/apposengine/appos/internal/store"
	"github.com/apposengine/appos/internal/store/storetest"
)

// twins are two databases that a limited user cannot tell apart: they differ in
// hidden fields, and in rows that row security keeps out, only.
type twins [2]*bench

func newTwins(t testing.TB) twins {
	var both twins
	for i := range both {
		b := setup(t)
		both[i] = b
		secret := []string{"amber", "bronze"}[i]
		for _, name := range []string{"North", "South"} {
			b.must(b.regions.Create(b.ctx, nil, &Region{Name: name}))
		}
		for n := range 12 {
			unseen := n%4 == 3
			b.customer(fmt.Sprint("c", n), func(c *Customer) {
				c.Name, c.Salary = fmt.Sprintf("%s %d", secret, n*(i+1)), ptr(decimal.NewFromInt(int64(n*(i+1))))
				c.Credit, c.Score, c.Active = decimal.New(int64(n*25), -2), float64(n)/4, n%2 == 0
				c.Secret = &secret
				if n%3 > 0 {
					c.Stars, c.Region = ptr(int32(n%5)), ptr(appos.ID[Region](n%2+1))
				}
				if unseen {
					c.Tier, c.Credit, c.Stars = "gold", decimal.New(int64(999*(i+1)), -2), ptr(int32(i))
				}
			})
			total := decimal.NewFromInt(int64(n % 5))
			if unseen { // orders of at most 1 are not seen
				total = decimal.New(int64(i+1), -2)
			}
			b.must(b.orders.Create(b.ctx, nil, &Order{Number: fmt.Sprint(secret, n), Customer: appos.ID[Customer](n%6 + 1), Placed: start.AddDate(0, n*(1-b2i(unseen)*i), 0), Total: total}))
		}
		b.must(b.notes.Create(b.ctx, nil, &Note{Text: secret, Customer: ptr(appos.ID[Customer](i + 1))}))
	}
	return both
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}

// limited is the access to customers of a user who sees no gold ones, no names
// and salaries, no orders of at most 1 and none of their numbers, and no notes.
func limited(b *bench) *record.Access {
	var of func(o *object.Object) (*record.Access, error)
	of = func(o *object.Object) (*record.Access, error) {
		a := &record.Access{User: "ana", Related: of}
		switch o.Name {
		case "note":
			return nil, object.Errorf(object.Denied, "no")
		case "customer":
			a.Rows = []object.Cond{{Op: object.OpNe, Field: b.field(b.customers, "tier"), Value: "gold"}}
			a.Hidden = mask(b.customers, "name", "salary")
		case "order":
			a.Rows = []object.Cond{{Op: object.OpGt, Field: b.field(b.orders, "total"), Value: 1}}
			a.Hidden = mask(b.orders, "number")
		}
		return a, nil
	}
	a, _ := of(b.customers.Object())
	return a
}

// ask answers one request in every way there is, as a text.
func (b *bench) ask(t testing.TB, query string) string {
	b.TB = t // a fuzz target may not use what it was made with
	params, err := url.ParseQuery(query)
	if err != nil {
		return ""
	}
	var out []byte
	fail := func(err error) {
		harmless(t, err, object.Denied)
		out = fmt.Appendf(out, "%v\n", err)
	}
	a := limited(b)
	if q, err := b.customers.ParseFilter(a, params); err != nil {
		fail(err)
	} else {
		var rows []any
		page, err := b.customers.Find(b.ctx, a, q, func() any { rows = append(rows, &Customer{}); return rows[len(rows)-1] })
		if err != nil {
			fail(err)
		} else {
			for _, row := range rows {
				if c := row.(*Customer); c.Tier == "gold" || c.Name != "" || c.Salary != nil {
					t.Fatalf("%q shows %+v", query, c)
				}
				out = b.customers.AppendJSON(out, row, a.Hidden)
			}
			out = fmt.Append(out, page)
			n, err := b.customers.Count(b.ctx, a, q, 0)
			if err != nil {
				fail(err)
			}
			out = fmt.Append(out, n, "\n")
		}
	}
	if got, err := b.figures(b.customers, a, query); err != nil {
		fail(err)
	} else {
		out = append(out, got...)
	}
	return string(out)
}

func (both twins) compare(t testing.TB, query string) {
	if one, other := both[0].ask(t, query), both[1].ask(t, query); one != other {
		t.Fatalf("%q tells what is hidden:\n%s\n%s", query, one, other)
	}
}

// query makes a request of pieces that fit, mostly.
func query(r *rand.Rand) string {
	pick := func(of ...string) string { return of[r.IntN(len(of))] }
	field := func() string {
		return pick("id", "code", "name", "email", "tier", "credit", "salary", "active", "stars", "score", "seen", "tags", "region_id", "secret", "created_at", "version", "deleted_at", "nmae",
			"region__name", "region__id", "orders__total", "orders__number", "orders__placed", "orders__customer__salary", "orders__customer__name", "orders__customer__tier", "note__text", "orders__customer__region__name")
	}
	op := func() string {
		return pick("", "", "__eq", "__ne", "__lt", "__le", "__gt", "__ge", "__in", "__not_in", "__like", "__contains", "__starts_with", "__ends_with", "__is_null", "__near")
	}
	value := func() string {
		return pick("1", "0", "-3", "2.5", "amber", "bronze", "gold", "c1", "true", "false", "null", "", "2026-01-01", "2026-03-01T12:00:00Z", "1,2,3", "%", "a%25", "_", "North", "1e9", "99999999999999999999", "NaN", "\x00", "\xff", "☃", `\`, "'", `"`)
	}
	var group func(depth int) string
	group = func(depth int) string {
		switch n := r.IntN(6); {
		case depth > 0 && n == 0:
			return fmt.Sprintf(`{"or":[%s,%s]}`, group(depth-1), group(depth-1))
		case depth > 0 && n == 1:
			return fmt.Sprintf(`{"not":%s}`, group(depth-1))
		case depth > 0 && n == 2:
			return fmt.Sprintf(`{"orders":%s}`, group(depth-1))
		case depth > 0 && n == 3:
			return fmt.Sprintf(`{"region":%s,"and":[%s]}`, group(depth-1), group(depth-1))
		}
		return fmt.Sprintf(`{%q:%s}`, field()+op(), pick("1", `"amber"`, "null", "true", "[1,2]", `["c1",null]`, "2.5", "{}", "[]", `"gold"`))
	}
	var parts []string
	for range 1 + r.IntN(4) {
		var name, v string
		switch r.IntN(16) {
		case 0:
			name, v = "sort", pick("", "-", "")+field()+pick("", ",id", ",-stars", ","+field())
		case 1:
			name, v = "q", pick("amber", "bronze 3", "c1", "am", `"amber"`, "☃", "", "c", "-c name:x")
		case 2, 3:
			name, v = "where", group(3)
		case 4:
			name, v = "limit", pick("1", "3", "0", "x", "201")
		case 5:
			name, v = pick("cursor", "before"), pick("", "e30", "WyIxIiwiMSJd")
		case 6:
			name, v = "group", field()+pick("", "", "__month", "__week", "__decade")+pick("", ",tier", ","+field())
		case 7:
			name, v = pick("sum", "avg", "min", "max", "count_distinct"), field()+pick("", ",credit")
		case 8:
			name, v = "count", pick("true", "false", "2")
		case 9:
			name, v = "having", pick(`{"count__gt":1}`, `{"sum_credit__ge":1}`, `{"max_salary":1}`, "{}", "x", `{"or":[{"count":1}]}`)
		default:
			name, v = field()+op(), value()
		}
		parts = append(parts, url.QueryEscape(name)+"="+url.QueryEscape(v))
	}
	return strings.Join(parts, "&")
}

// 10,000 random requests end in an answer or in an error that says what is
// wrong with them, and none of the answers says what is hidden.
func TestNoQueryTellsWhatIsHidden(t *testing.T) {
	both := newTwins(t)
	n := 10_000
	if storetest.Kind() == store.PostgreSQL || testing.Short() {
		n = 1_000
	}
	r := rand.New(rand.NewPCG(1, 2))
	answered := 0
	for range n {
		q := query(r)
		both.compare(t, q)
		if params, _ := url.ParseQuery(q); params != nil {
			if _, err := both[0].customers.ParseFilter(limited(both[0]), params); err == nil {
				answered++
			}
		}
	}
	if answered < n/20 {
		t.Errorf("only %d of %d requests were answered, which shows little", answered, n)
	}
}

// The twins must differ for whoever sees everything, or the test shows nothing.
func TestTwinsDiffer(t *testing.T) {
	both := newTwins(t)
	var seen [2]string
	for i, b := range both {
		var err error
		seen[i], err = b.figures(b.customers, open("ana"), "max=name,salary&sum=credit")
		b.must(err)
	}
	if seen[0] == seen[1] {
		t.Errorf("both are %s", seen[0])
	}
}

func FuzzQuery(f *testing.F) {
	for _, seed := range []string{
		"name=amber", "salary__gt=3", "sort=-salary", "q=amber", "group=name&max=salary", "orders__number__starts_with=am", `where={"or":[{"salary":1},{"code":"c1"}]}`,
		`where={"not":{"orders":{"customer":{"name":"amber 1"}}}}`, "group=region__name&sum=credit&having={\"sum_credit__gt\":1}", "note__text=amber", "group=seen__month&count=true", "tier=gold",
	} {
		f.Add(seed)
	}
	both := newTwins(f)
	f.Fuzz(func(t *testing.T, query string) { both.compare(t, query) })
}
