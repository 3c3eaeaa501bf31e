package appos_test

import (
	"context"
	"errors"
	"time"

	"github.com/shopspring/decimal"

	"github.com/apposengine/appos"
)

// A small shop, which the tests and examples of this package use.

var shop = appos.NewApp("shop", []byte(`
app:
  name: Shop
  groups: [clerks, managers, auditors]
  security:
    defaults:
      logic: {groups: [clerks, managers]}
`))

const (
	clerks   appos.Group = "clerks"
	managers appos.Group = "managers"
	auditors appos.Group = "auditors"
)

type Article struct {
	appos.Entity[Article]

	Name  string           `validate:"required,max=20" appos:"display,search,unique"`
	Price decimal.Decimal  `validate:"gte=0" appos:"scale=2"`
	Cost  *decimal.Decimal `appos:"scale=2,view=managers,update=managers"`
	Shelf string           `validate:"oneof=front back" appos:"default=front"`

	Sales appos.Many[Sale] `appos:"by=Article"`
}

type Sale struct {
	appos.Entity[Sale]

	Article appos.ID[Article] `validate:"required"`
	Pieces  int               `validate:"gte=1"`
	Seller  string
}

var (
	_ = appos.Record[Article](shop, appos.CRUD{
		View: appos.Allow(clerks, managers, auditors), Create: appos.Allow(managers), Update: appos.Allow(clerks, managers), Delete: appos.Allow(managers),
	}, appos.Audited)
	_ = appos.Record[Sale](shop, appos.CRUD{
		View: appos.Allow(clerks, managers), Create: appos.Allow(clerks, managers), Update: appos.Allow(managers), Delete: appos.Allow(),
	}, appos.SoftDeleted)

	// clerks see their own sales
	_ = appos.Rows(shop, func(ctx context.Context, s *Sale, q *appos.Query) {
		if !appos.Member(ctx, managers) {
			q.Where(appos.Eq(&s.Seller, appos.User(ctx).Name))
		}
	})

	taxRate = appos.Constant(shop, "tax_rate", 0.2, appos.In("test", 0.1)).Validate("gte=0,lte=1")
	margin  = appos.Constant(shop, "margin", 0.3).Allow(managers)
	pricing = appos.Constant(shop, "pricing", appos.Ref("shop.rules.price_with_tax"))
)

// PriceWithTax adds tax to an article's price.
type PriceWithTax struct {
	appos.Returns[decimal.Decimal]

	Article appos.ID[Article] `validate:"required"`
	Pieces  int               `validate:"gte=1,lte=100"`
}

var _ = appos.Rule(shop, priceWithTax)

func priceWithTax(ctx context.Context, in PriceWithTax) (decimal.Decimal, error) {
	a, err := appos.Get(ctx, in.Article)
	if err != nil {
		return decimal.Zero, err
	}
	rate := decimal.NewFromFloat(1 + taxRate.Get(ctx))
	return a.Price.Mul(decimal.NewFromInt(int64(in.Pieces))).Mul(rate).Round(2), nil
}

// Sell stores a sale and tells the event log.
type Sell struct {
	appos.Returns[Sale]

	Article appos.ID[Article] `validate:"required"`
	Pieces  int               `validate:"gte=1"`
	Fail    bool
}

var _ = appos.Rule(shop, sell)

var errFail = errors.New("the till is stuck")

func sell(ctx context.Context, in Sell) (sale Sale, err error) {
	err = appos.Tx(ctx, func(ctx context.Context) error {
		if sale, err = appos.Create(ctx, Sale{Article: in.Article, Pieces: in.Pieces, Seller: appos.User(ctx).Name}); err != nil {
			return err
		}
		if err := appos.Event(ctx, "sold", map[string]any{"pieces": in.Pieces}); err != nil {
			return err
		}
		if in.Fail {
			return errFail
		}
		return nil
	})
	return sale, err
}

// Profit reads a constant that only managers may.
type Profit struct{ appos.Returns[float64] }

var _ = appos.Rule(shop, func(ctx context.Context, _ Profit) (float64, error) { return margin.Get(ctx), nil })

// Explode panics.
type Explode struct{ appos.Returns[appos.None] }

var _ = appos.Rule(shop, func(context.Context, Explode) (appos.None, error) {
	var none []int
	_ = none[len(none)] // what a defect does
	return appos.None{}, nil
})

// Recurse calls itself without end.
type Recurse struct{ appos.Returns[appos.None] }

var _ = appos.Rule(shop, recurse)

func recurse(ctx context.Context, in Recurse) (appos.None, error) { return appos.Call(ctx, in) }

// Ticks counts how often it has run; its answer is kept.
type Ticks struct {
	appos.Returns[int]
	For string
}

var ticks int

var _ = appos.Rule(shop, func(context.Context, Ticks) (int, error) { ticks++; return ticks, nil }, appos.CacheFor(time.Hour))

// Guarded is for managers.
type Guarded struct{ appos.Returns[string] }

var _ = appos.Rule(shop, func(context.Context, Guarded) (string, error) { return "in", nil }, appos.Allow(managers), appos.Formerly("protected"))
