package appos_test

import (
	"context"
	"fmt"
	"net/http/httptest"
	"strings"
	"time"

	"github.com/shopspring/decimal"

	"github.com/apposengine/appos"
	"github.com/apposengine/appos/appostest"
)

var store = appos.NewApp("store", []byte("app:\n  name: Store\n  groups: [partners]\n"))

// Quote prices a basket.
type Quote struct {
	appos.Returns[Quoted]

	Basket []QuotedItem `validate:"min=1,dive"`
	Coupon *string
	DryRun bool `appos:"query"`
}

type QuotedItem struct {
	UnitPrice decimal.Decimal `validate:"gte=0"`
	Pieces    int             `validate:"gte=1"`
}

type Quoted struct {
	Location string          `appos:"header=Location"`
	Total    decimal.Decimal `appos:"scale=2"`
	DryRun   bool
}

var (
	_ = appos.Rule(store, quote, appos.Allow("partners"))
	_ = appos.WebAPI[Quote](store, "POST /v1/quotes", appos.Allow("partners"), appos.Status(201), appos.RateLimit(100, time.Minute), appos.MaxBody(64<<10))
)

func quote(_ context.Context, in Quote) (Quoted, error) {
	q := Quoted{Location: "/quotes/1", DryRun: in.DryRun}
	for _, item := range in.Basket {
		q.Total = q.Total.Add(item.UnitPrice.Mul(decimal.NewFromInt(int64(item.Pieces))))
	}
	return q, nil
}

func ExampleWebAPI() {
	env, err := appostest.Start(store)
	if err != nil {
		panic(err)
	}
	defer env.Close()
	partner := env.Handler(env.As("partners"))

	w := httptest.NewRecorder()
	partner.ServeHTTP(w, httptest.NewRequest("POST", "/api/store/v1/quotes?dry_run=true", strings.NewReader(`{"basket": [{"unit_price": "1.10", "pieces": 3}]}`)))
	fmt.Println(w.Code, w.Header().Get("Location"), w.Body)
	// Output: 201 /quotes/1 {"total":"3.30","dry_run":true}
}
