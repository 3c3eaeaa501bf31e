package crm_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/shopspring/decimal"

	"github.com/apposengine/appos"
	"github.com/apposengine/appos/appostest"
	"github.com/apposengine/appos/demo/apps/crm"
	"github.com/apposengine/appos/demo/apps/finance"
	_ "github.com/apposengine/appos/demo/apps/finance/logic"
)

func dec(s string) decimal.Decimal { return decimal.RequireFromString(s) }

// business is a customer with an order of three lamps at 100.
func business(t *testing.T, tier crm.Tier, limit string) (*appostest.Env, crm.Customer, crm.Order) {
	t.Helper()
	env := appostest.New(t, crm.App, finance.App)
	ctx := env.System()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	customer, err := appos.Create(ctx, crm.Customer{Code: "C-1", Name: "Heron AG", Tier: tier, CreditLimit: dec(limit)})
	must(err)
	lamp, err := appos.Create(ctx, crm.Product{Name: "Lamp", UnitPrice: dec("100")})
	must(err)
	order, err := appos.Create(ctx, crm.Order{Number: "SO-1", Customer: customer.ID, PlacedAt: time.Now().AddDate(0, 0, -7), Freight: dec("12.50")})
	must(err)
	_, err = appos.Create(ctx, crm.OrderLine{Order: order.ID, Product: lamp.ID, UnitPrice: dec("100"), Quantity: 3, Discount: dec("0.05")})
	must(err)
	return env, customer, order
}

func TestCalculateDiscount(t *testing.T) {
	for tier, want := range map[crm.Tier]string{crm.Bronze: "119", crm.Silver: "113.05", crm.Gold: "107.1", crm.Platinum: "101.15"} {
		env, customer, _ := business(t, tier, "0")
		got, err := appos.Call(env.As(crm.Sales), crm.CalculateDiscount{Customer: customer.ID, Amount: dec("100")})
		if err != nil || got.Final.String() != want {
			t.Errorf("%s: %s, %v; want %s with tax", tier, got.Final, err, want)
		}
	}
}

func TestOrderTotal(t *testing.T) {
	for tier, want := range map[crm.Tier]string{crm.Silver: "297.5", crm.Gold: "285"} { // gold pays no freight
		env, _, order := business(t, tier, "0")
		got, err := appos.Call(env.As(crm.Support), crm.OrderTotal{Order: order.ID})
		if err != nil || got.Sum.String() != want || got.Lines != 1 {
			t.Errorf("%s: %+v, %v; want %s", tier, got, err, want)
		}
	}
}

func TestConfirmOrder(t *testing.T) {
	t.Run("within the credit limit", func(t *testing.T) {
		env, _, order := business(t, crm.Bronze, "500")
		got, err := appos.Call(env.As(crm.Sales), crm.ConfirmOrder{Order: order.ID})
		if err != nil || got.Status != crm.Confirmed {
			t.Errorf("%s, %v", got.Status, err)
		}
		if _, err := appos.Call(env.As(crm.Sales), crm.ConfirmOrder{Order: order.ID}); !errors.Is(err, appos.Conflict) {
			t.Errorf("a second time: %v", err)
		}
	})
	t.Run("beyond it", func(t *testing.T) {
		env, _, order := business(t, crm.Bronze, "100")
		_, err := appos.Call(env.As(crm.Sales), crm.ConfirmOrder{Order: order.ID})
		if !errors.Is(err, appos.Conflict) || !strings.Contains(err.Error(), "297.50 is beyond the 100.00 that Heron AG may still owe") {
			t.Errorf("%v", err)
		}
		if o, err := appos.Get(env.System(), order.ID); err != nil || o.Status != crm.Draft {
			t.Errorf("the order is %s, %v", o.Status, err)
		}
	})
	t.Run("by support", func(t *testing.T) {
		env, _, order := business(t, crm.Bronze, "500")
		if _, err := appos.Call(env.As(crm.Support), crm.ConfirmOrder{Order: order.ID}); !errors.Is(err, appos.Denied) {
			t.Errorf("%v", err)
		}
	})
	t.Run("with finance out of the way", func(t *testing.T) {
		env, _, order := business(t, crm.Bronze, "0")
		appostest.Stub(env, func(in finance.CreditCheck) (finance.Credit, error) {
			return finance.Credit{Approved: in.Amount.Equal(dec("297.5"))}, nil
		})
		if got, err := appos.Call(env.As(crm.Sales), crm.ConfirmOrder{Order: order.ID}); err != nil || got.Status != crm.Confirmed {
			t.Errorf("%s, %v", got.Status, err)
		}
	})
}

// TestCreditCheck: finance asks crm what a customer without a limit has bought.
func TestCreditCheck(t *testing.T) {
	env, customer, order := business(t, crm.Bronze, "0")
	if _, err := appos.Update(env.System(), order.ID, func(o *crm.Order) { o.Status = crm.Delivered }); err != nil {
		t.Fatal(err)
	}
	got, err := appos.Call(env.As(crm.Sales), finance.CreditCheck{Customer: int64(customer.ID), Amount: dec("142.50")})
	if err != nil || !got.Approved || got.Limit.String() != "142.5" {
		t.Errorf("%+v, %v; want half of the 285 that were bought", got, err)
	}
}

func TestRankCustomer(t *testing.T) {
	env, customer, order := business(t, crm.Bronze, "0")
	ctx := env.System()
	if _, err := appos.Update(ctx, order.ID, func(o *crm.Order) { o.Status = crm.Delivered }); err != nil {
		t.Fatal(err)
	}
	lines, err := appos.Find[crm.OrderLine](ctx, nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := appos.Update(ctx, lines[0].ID, func(l *crm.OrderLine) { l.Quantity = 300 }); err != nil {
		t.Fatal(err)
	}
	got, err := appos.Call(env.As(crm.Sales), crm.RankCustomer{Customer: customer.ID})
	if err != nil || got != (crm.Ranking{Before: crm.Bronze, After: crm.Gold}) {
		t.Errorf("%+v, %v", got, err)
	}
}

// A delivery ranks the customer, as who notes it and in one transaction with it.
func TestDeliveryRanksCustomer(t *testing.T) {
	env, customer, order := business(t, crm.Bronze, "0")
	system := env.System()
	lines, err := appos.Find[crm.OrderLine](system, nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := appos.Update(system, lines[0].ID, func(l *crm.OrderLine) { l.Quantity = 300 }); err != nil {
		t.Fatal(err)
	}
	for status, want := range map[crm.Status]crm.Tier{crm.Shipped: crm.Bronze, crm.Delivered: crm.Gold} {
		if _, err := appos.Update(system, order.ID, func(o *crm.Order) { o.Status = crm.Draft }); err != nil {
			t.Fatal(err)
		}
		if _, err := appos.Update(system, customer.ID, func(k *crm.Customer) { k.Tier = crm.Bronze }); err != nil {
			t.Fatal(err)
		}
		if _, err := appos.Update(env.As(crm.Sales), order.ID, func(o *crm.Order) { o.Status = status }); err != nil {
			t.Fatal(err)
		}
		if k, err := appos.Get(system, customer.ID); err != nil || k.Tier != want {
			t.Errorf("%s: the customer is %s, %v; want %s", status, k.Tier, err, want)
		}
	}
}

func TestLateOrdersAndLowStock(t *testing.T) {
	env, _, order := business(t, crm.Bronze, "0")
	ctx := env.As(crm.Support)
	if late, err := appos.Call(ctx, crm.LateOrders{}); err != nil || len(late) != 0 {
		t.Errorf("a draft is late: %v, %v", late, err)
	}
	if _, err := appos.Update(env.System(), order.ID, func(o *crm.Order) { o.Status = crm.Confirmed }); err != nil {
		t.Fatal(err)
	}
	if late, err := appos.Call(ctx, crm.LateOrders{}); err != nil || len(late) != 1 {
		t.Errorf("late orders: %v, %v", late, err)
	}
	if scarce, err := appos.Call(ctx, crm.LowStock{}); err != nil || len(scarce) != 1 || scarce[0].Name != "Lamp" {
		t.Errorf("scarce: %v, %v", scarce, err)
	}
}

// What a record is declared to hold is held to, and said by its name.
func TestRecordsHoldTheirRules(t *testing.T) {
	env, customer, order := business(t, crm.Gold, "0")
	ctx := env.As(crm.Sales)
	if customer.Since == nil {
		t.Error("a new customer is one since today")
	}
	if _, err := appos.Update(ctx, customer.ID, func(k *crm.Customer) { k.Tags = []string{"vip", "trade fair"} }); err != nil {
		t.Fatal(err)
	}
	for tag, want := range map[string]int{"vip": 1, "trade": 0} {
		n, err := appos.Count(ctx, func(k *crm.Customer, q *appos.Query) { q.Where(appos.Has(&k.Tags, tag)) })
		if err != nil || n != want {
			t.Errorf("%d customers have the tag %q, %v, want %d", n, tag, err, want)
		}
	}
	early := order.PlacedAt.AddDate(0, 0, -1)
	_, err := appos.Update(ctx, order.ID, func(o *crm.Order) { o.ShippedAt = &early })
	if e := new(appos.Error); !errors.As(err, &e) || e.Code != appos.Invalid || len(e.Fields) != 2 || e.Fields[0].Param != "shipped_after_placed" {
		t.Errorf("shipped before it was placed: %v", err)
	}
	lines, err := appos.Find[crm.OrderLine](ctx, nil)
	if err != nil {
		t.Fatal(err)
	}
	_, err = appos.Create(ctx, crm.OrderLine{Order: order.ID, Product: lines[0].Product, Quantity: 1})
	if e := new(appos.Error); !errors.As(err, &e) || e.Code != appos.Conflict || len(e.Fields) != 2 || e.Fields[0].Rule != "unique_together" {
		t.Errorf("a product twice in an order: %v", err)
	}
}
