package appos_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/shopspring/decimal"

	"github.com/apposengine/appos"
	"github.com/apposengine/appos/appostest"
)

func stocked(t *testing.T) (*appostest.Env, appos.ID[Article]) {
	t.Helper()
	env := appostest.New(t, shop)
	cost := decimal.RequireFromString("1.20")
	a, err := appos.Create(env.System(), Article{Name: "Lamp", Price: decimal.RequireFromString("10.00"), Cost: &cost})
	if err != nil {
		t.Fatal(err)
	}
	return env, a.ID
}

func TestCall(t *testing.T) {
	env, lamp := stocked(t)
	for _, tt := range []struct {
		name   string
		groups []appos.Group
		in     PriceWithTax
		want   string
		err    error
		says   string
	}{
		{"as a clerk", []appos.Group{clerks}, PriceWithTax{Article: lamp, Pieces: 2}, "22", nil, ""},
		{"in no group", nil, PriceWithTax{Article: lamp, Pieces: 2}, "0", appos.Denied, "you may not use shop.rules.price_with_tax"},
		{"in another group", []appos.Group{auditors}, PriceWithTax{Article: lamp, Pieces: 2}, "0", appos.Denied, ""},
		{"no pieces", []appos.Group{clerks}, PriceWithTax{Article: lamp}, "0", appos.Invalid, "pieces must be at least 1"},
		{"two mistakes", []appos.Group{clerks}, PriceWithTax{Pieces: 101}, "0", appos.Invalid, "article is required; pieces must be at most 100"},
		{"no such article", []appos.Group{clerks}, PriceWithTax{Article: 99, Pieces: 1}, "0", appos.NotFound, "no article with id 99"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := appos.Call(env.As(tt.groups...), tt.in)
			if got.String() != tt.want || !errors.Is(err, tt.err) {
				t.Errorf("Call = %s, %v; want %s, %v", got, err, tt.want, tt.err)
			}
			if tt.says != "" && !strings.Contains(err.Error(), tt.says) {
				t.Errorf("the error is %q; want %q in it", err, tt.says)
			}
		})
	}
}

func TestErrorsSayWhere(t *testing.T) {
	env, _ := stocked(t)
	_, err := appos.Call(env.As(clerks), PriceWithTax{Article: 99, Pieces: 1})
	var e *appos.Error
	if !errors.As(err, &e) {
		t.Fatalf("%T is no *appos.Error", err)
	}
	if e.Object != "shop.records.article" || e.User == "" || len(e.ExecutionID) != 36 || !slices.Equal(e.Chain, []string{"shop.rules.price_with_tax"}) {
		t.Errorf("the error is %+v", e)
	}
}

func TestPanicsAreContained(t *testing.T) {
	env, _ := stocked(t)
	_, err := appos.Call(env.As(clerks), Explode{})
	if !errors.Is(err, appos.Internal) {
		t.Fatalf("Call = %v", err)
	}
	var e *appos.Error
	if errors.As(err, &e); strings.Contains(e.Public(), "index") {
		t.Errorf("internals are shown: %q", e.Public())
	}
}

// What is refused on the way through another record is named itself.
func TestErrorsOfRelationsSayWhere(t *testing.T) {
	env, _ := stocked(t)
	_, err := appos.Find(env.As(auditors), func(a *Article, q *appos.Query) { q.With(&a.Sales) })
	var e *appos.Error
	if !errors.As(err, &e) || !errors.Is(err, appos.Denied) || e.Object != "shop.records.sale" {
		t.Errorf("Find with sales = %v, about %+v", err, e)
	}
}

func TestRecursionEnds(t *testing.T) {
	env, _ := stocked(t)
	if _, err := appos.Call(env.As(clerks), Recurse{}); !errors.Is(err, appos.DispatchFailed) || !strings.Contains(err.Error(), "nest deeper") {
		t.Errorf("Call = %v", err)
	}
}

func TestConstants(t *testing.T) {
	env, _ := stocked(t)
	if _, err := taxRate.Lookup(t.Context()); !errors.Is(err, appos.DispatchFailed) {
		t.Errorf("outside of AppOS: %v", err)
	}
	if got := taxRate.Get(env.As(clerks)); got != 0.1 {
		t.Errorf("tax rate in test = %v", got)
	}
	if got, err := appos.Call(env.As(managers), Profit{}); got != 0.3 || err != nil {
		t.Errorf("as a manager: %v, %v", got, err)
	}
	_, err := appos.Call(env.As(clerks), Profit{})
	var e *appos.Error
	if !errors.As(err, &e) || e.Code != appos.Denied || e.Object != "shop.constants.margin" {
		t.Errorf("a constant that may not be read ends the rule in %v", err)
	}
}

func TestDispatch(t *testing.T) {
	env, lamp := stocked(t)
	ctx := env.As(clerks)
	got, err := appos.Dispatch(ctx, pricing.Get(ctx), map[string]any{"article": float64(lamp), "pieces": "3"})
	if err != nil || got.(decimal.Decimal).String() != "33" {
		t.Errorf("Dispatch = %v, %v", got, err)
	}
	if got, err := appos.Dispatch(env.As(managers), "shop.rules.protected", nil); got != "in" || err != nil {
		t.Errorf("by its former name: %v, %v", got, err)
	}
	for _, tt := range []struct {
		ref  appos.Ref
		in   map[string]any
		err  error
		says string
	}{
		{"shop.rules.price_with_tx", nil, appos.DispatchFailed, `did you mean "shop.rules.price_with_tax"?`},
		{"shop.records.article", nil, appos.DispatchFailed, "is a record and cannot be dispatched"},
		{"shop.rules.price_with_tax", map[string]any{"artikel": 1, "pieces": 1.5}, appos.Invalid, `artikel is not an input; did you mean "article"?; pieces must be a whole number`},
		{"shop.rules.guarded", nil, appos.Denied, "you may not use"},
	} {
		if _, err := appos.Dispatch(ctx, tt.ref, tt.in); !errors.Is(err, tt.err) || !strings.Contains(err.Error(), tt.says) {
			t.Errorf("Dispatch(%s) = %v; want %v with %q", tt.ref, err, tt.err, tt.says)
		}
	}
}

func TestTxUndoesAll(t *testing.T) {
	env, lamp := stocked(t)
	ctx := env.As(clerks)
	if _, err := appos.Call(ctx, Sell{Article: lamp, Pieces: 1, Fail: true}); !errors.Is(err, errFail) {
		t.Fatalf("Call = %v", err)
	}
	if n, err := appos.Count[Sale](env.System(), nil); n != 0 || err != nil {
		t.Errorf("%d sales are left, %v", n, err)
	}
	if _, err := appos.Call(ctx, Sell{Article: lamp, Pieces: 1}); err != nil {
		t.Fatal(err)
	}
	if n, err := appos.Count[Sale](env.System(), nil); n != 1 || err != nil {
		t.Errorf("%d sales, %v", n, err)
	}
}

func TestRowSecurity(t *testing.T) {
	env, lamp := stocked(t)
	ann, ben := env.As(clerks), env.As(clerks)
	sale, err := appos.Call(ann, Sell{Article: lamp, Pieces: 4})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := appos.Get(ben, sale.ID); !errors.Is(err, appos.NotFound) {
		t.Errorf("ben gets ann's sale: %v", err)
	}
	if rows, err := appos.Find[Sale](ben, nil); len(rows) != 0 || err != nil {
		t.Errorf("ben finds %v, %v", rows, err)
	}
	if n, err := appos.Count[Sale](ben, nil); n != 0 || err != nil {
		t.Errorf("ben counts %d, %v", n, err)
	}
	if _, err := appos.Create(ben, Sale{Article: lamp, Pieces: 1, Seller: "somebody else"}); !errors.Is(err, appos.Denied) {
		t.Errorf("ben sells in another's name: %v", err)
	}
	articles, err := appos.Find(ben, func(a *Article, q *appos.Query) { q.With(&a.Sales) })
	if err != nil || len(articles) != 1 || len(articles[0].Sales.Rows) != 0 {
		t.Errorf("through the article, ben sees %+v, %v", articles, err)
	}
	if rows, err := appos.Find[Sale](env.As(managers), nil); len(rows) != 1 || err != nil {
		t.Errorf("a manager finds %v, %v", rows, err)
	}
}

func TestFieldPermissions(t *testing.T) {
	env, lamp := stocked(t)
	clerk := env.As(clerks)
	a, err := appos.Get(clerk, lamp)
	if err != nil || a.Cost != nil {
		t.Errorf("a clerk sees the cost %v, %v", a.Cost, err)
	}
	if _, err := appos.Update(clerk, lamp, func(a *Article) { a.Shelf = "back" }); err != nil {
		t.Fatal(err)
	}
	if a, err := appos.Get(env.As(managers), lamp); err != nil || a.Cost == nil || a.Cost.StringFixed(2) != "1.20" {
		t.Errorf("the clerk's change took the cost away: %v, %v", a.Cost, err)
	}
	cheap := decimal.New(1, -2)
	if _, err := appos.Update(clerk, lamp, func(a *Article) { a.Cost = &cheap }); !errors.Is(err, appos.Denied) && !errors.Is(err, appos.Invalid) {
		t.Errorf("a clerk changes the cost: %v", err)
	}
	_, err = appos.Find(clerk, func(a *Article, q *appos.Query) { q.Where(appos.NotNull(&a.Cost)) })
	if err == nil {
		t.Error("a clerk finds out by a condition which articles have a cost")
	}
}

func TestWritesAreValidated(t *testing.T) {
	env, lamp := stocked(t)
	ctx := env.As(managers)
	_, err := appos.Create(ctx, Article{Name: strings.Repeat("x", 21), Price: decimal.NewFromInt(-1), Shelf: "left"})
	var e *appos.Error
	if !errors.As(err, &e) || e.Code != appos.Invalid || len(e.Fields) != 3 {
		t.Fatalf("Create = %v", err)
	}
	if _, err := appos.Create(ctx, Article{Name: "Lamp"}); !errors.Is(err, appos.Conflict) || !strings.Contains(err.Error(), "already taken") {
		t.Errorf("a second lamp: %v", err)
	}
	if _, err := appos.Update(ctx, lamp, func(a *Article) { a.Name = "" }); !errors.Is(err, appos.Invalid) {
		t.Errorf("a lamp without a name: %v", err)
	}
	if a, err := appos.Get(ctx, lamp); err != nil || a.Name != "Lamp" || a.Version != 1 || a.Shelf != "front" {
		t.Errorf("afterwards the lamp is %+v, %v", a, err)
	}
}

func TestQueriesThatAreWrong(t *testing.T) {
	env, _ := stocked(t)
	var other Article
	_, err := appos.Find(env.As(clerks), func(a *Article, q *appos.Query) { q.Where(appos.Eq(&other.Name, "Lamp")) })
	if err == nil || !strings.Contains(err.Error(), "fields of the row that the query function received") {
		t.Errorf("a condition on another struct: %v", err)
	}
	type Stranger struct{ appos.Entity[Stranger] }
	if _, err := appos.Find[Stranger](env.As(clerks), nil); !errors.Is(err, appos.DispatchFailed) {
		t.Errorf("a record that nobody declared: %v", err)
	}
	if _, err := appos.Get(context.Background(), appos.ID[Article](1)); !errors.Is(err, appos.DispatchFailed) {
		t.Errorf("a context from elsewhere: %v", err)
	}
}

func TestCacheFor(t *testing.T) {
	env, _ := stocked(t)
	ann, ben := env.As(clerks), env.As(clerks)
	call := func(ctx context.Context, m Ticks) int {
		t.Helper()
		n, err := appos.Call(ctx, m)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	first := call(ann, Ticks{For: "a"})
	if again := call(ann, Ticks{For: "a"}); again != first {
		t.Errorf("the same call was answered %d, then %d", first, again)
	}
	if other := call(ann, Ticks{For: "b"}); other == first {
		t.Error("other inputs got the same answer")
	}
	if other := call(ben, Ticks{For: "a"}); other == first {
		t.Error("another user got the same answer")
	}
}

func TestStub(t *testing.T) {
	env, lamp := stocked(t)
	appostest.Stub(env, func(PriceWithTax) (decimal.Decimal, error) { return decimal.NewFromInt(7), nil })
	if got, err := appos.Call(env.As(clerks), PriceWithTax{Article: lamp, Pieces: 1}); err != nil || got.String() != "7" {
		t.Errorf("Call = %s, %v", got, err)
	}
	if _, err := appos.Call(env.As(), PriceWithTax{Article: lamp, Pieces: 1}); !errors.Is(err, appos.Denied) {
		t.Errorf("a stub opened the gate: %v", err)
	}
}
