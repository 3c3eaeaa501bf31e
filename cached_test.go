package appos_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/shopspring/decimal"

	"github.com/apposengine/appos"
	"github.com/apposengine/appos/appostest"
)

// Stock counts sales; its answer is kept.
type Stock struct{ appos.Returns[int] }

var _ = appos.Rule(shop, func(ctx context.Context, _ Stock) (int, error) {
	return appos.Count(ctx, func(*Sale, *appos.Query) {})
}, appos.CacheFor(time.Hour))

// What a transaction sees before it is stored is for nobody else.
func TestAnswersWithinATransactionAreNotKept(t *testing.T) {
	env, lamp := stocked(t)
	ctx := env.System()
	_ = appos.Tx(ctx, func(ctx context.Context) error {
		if _, err := appos.Create(ctx, Sale{Article: lamp, Pieces: 1}); err != nil {
			return err
		}
		if n, err := appos.Call(ctx, Stock{}); n != 1 || err != nil {
			t.Errorf("within the transaction: %d, %v", n, err)
		}
		return errFail
	})
	if n, err := appos.Call(ctx, Stock{}); n != 0 || err != nil {
		t.Errorf("after it was rolled back: %d, %v", n, err)
	}
	// an answer that was kept before is not what the transaction sees either
	_ = appos.Tx(ctx, func(ctx context.Context) error {
		if _, err := appos.Create(ctx, Sale{Article: lamp, Pieces: 1}); err != nil {
			return err
		}
		if n, err := appos.Call(ctx, Stock{}); n != 1 || err != nil {
			t.Errorf("within the second transaction: %d, %v", n, err)
		}
		return errFail
	})
}

type (
	Whole struct {
		appos.Returns[WholeAnswer]
		Of   []string
		When *time.Time
	}
	WholeAnswer struct {
		Price decimal.Decimal
		Next  *WholeAnswer
		Rows  []Article
	}

	Quiet struct {
		appos.Returns[int]
		Of string `json:"-"`
	}
	Inner struct {
		appos.Returns[map[string]InnerAnswer]
	}
	InnerAnswer struct{ Parts []struct{ count int } }
	Loose       struct{ appos.Returns[[]any] }
)

// What would come back from the cache other than it was is found at boot.
func TestKeptAnswersAreWhole(t *testing.T) {
	app := appos.NewApp("kept", []byte("app:\n  name: Kept\n"))
	appos.Rule(app, func(context.Context, Whole) (WholeAnswer, error) { return WholeAnswer{}, nil }, appos.CacheFor(time.Hour))
	appos.Rule(app, func(context.Context, Quiet) (int, error) { return 0, nil }, appos.CacheFor(time.Hour))
	appos.Rule(app, func(context.Context, Inner) (map[string]InnerAnswer, error) { return nil, nil }, appos.CacheFor(time.Hour))
	appos.Rule(app, func(context.Context, Loose) ([]any, error) { return nil, nil }, appos.CacheFor(time.Hour))
	rec := &recorder{TB: t, said: make(chan string, 1)}
	func() {
		defer func() { _ = recover() }()
		appostest.New(rec, app, shop)
	}()
	select {
	case said := <-rec.said:
		for _, want := range []string{"3 declarations", "kept.rules.quiet: its answers are kept by its inputs as JSON, which has no place for the field Of;", "for the field Parts.count;", "for the type interface {};"} {
			if !strings.Contains(said, want) {
				t.Errorf("boot does not say %q:\n%s", want, said)
			}
		}
	default:
		t.Error("boot found nothing wrong")
	}
}
