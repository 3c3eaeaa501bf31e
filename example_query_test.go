package appos_test

import (
	"context"
	"fmt"
	"time"

	"github.com/shopspring/decimal"

	"github.com/apposengine/appos"
)

// sold is the shop with three articles: the lamp was sold twice, the desk once,
// the chair never.
func sold() (manager, clerk context.Context, end func()) {
	manager, clerk, lamp, end := opened()
	more := []Article{{Name: "Desk", Price: decimal.NewFromInt(240), Shelf: "back"}, {Name: "Chair", Price: decimal.NewFromInt(80)}}
	if err := appos.CreateAll(manager, more); err != nil {
		panic(err)
	}
	err := appos.CreateAll(manager, []Sale{
		{Article: lamp, Pieces: 2, Seller: appos.User(clerk).Name},
		{Article: lamp, Pieces: 5, Seller: "somebody"},
		{Article: more[0].ID, Pieces: 1, Seller: "somebody"},
	})
	if err != nil {
		panic(err)
	}
	return manager, clerk, end
}

func ExampleVia() {
	manager, _, end := sold()
	defer end()

	sales, err := appos.Find(manager, func(s *Sale, q *appos.Query) {
		q.Where(appos.Via(&s.Article, func(a *Article, q *appos.Query) {
			q.Where(appos.Lt(&a.Price, decimal.NewFromInt(100)))
		}))
	})
	for _, s := range sales {
		fmt.Println(s.Pieces)
	}
	fmt.Println(err)
	// Output:
	// 2
	// 5
	// <nil>
}

func ExampleAny() {
	manager, clerk, end := sold()
	defer end()

	often := func(a *Article, q *appos.Query) {
		q.Where(appos.Any(&a.Sales, func(s *Sale, q *appos.Query) { q.Where(appos.Gt(&s.Pieces, 3)) }))
	}
	n, err := appos.Count(manager, often)
	fmt.Println(n, err)
	n, err = appos.Count(clerk, often) // clerks see their own sales
	fmt.Println(n, err)
	// Output:
	// 1 <nil>
	// 0 <nil>
}

func ExampleWithout() {
	manager, _, end := sold()
	defer end()

	unsold, err := appos.Find(manager, func(a *Article, q *appos.Query) { q.Where(appos.Without(&a.Sales, nil)) })
	for _, a := range unsold {
		fmt.Println(a.Name)
	}
	fmt.Println(err)
	// Output:
	// Chair
	// <nil>
}

func ExampleAggregate() {
	manager, clerk, end := sold()
	defer end()

	type shelf struct {
		Shelf  *string
		Sales  int
		Pieces int
		Most   int
		Mean   decimal.Decimal
	}
	shelves := func(s *Sale, out *shelf, q *appos.Aggregation) {
		q.GroupBy(appos.ByVia(&s.Article, func(a *Article) *string { return &a.Shelf }, &out.Shelf)).
			Select(appos.CountRows(&out.Sales), appos.Sum(&s.Pieces, &out.Pieces), appos.Max(&s.Pieces, &out.Most), appos.Avg(&s.Pieces, &out.Mean)).
			OrderBy(appos.Desc(&out.Pieces))
	}
	all, err := appos.Aggregate(manager, shelves)
	for _, s := range all {
		fmt.Println(*s.Shelf, s.Sales, s.Pieces, s.Most, s.Mean)
	}
	own, _ := appos.Aggregate(clerk, shelves) // clerks see their own sales
	fmt.Println(len(own), own[0].Pieces, err)
	// Output:
	// front 2 7 5 3.5
	// back 1 1 1 1
	// 1 2 <nil>
}

func ExampleAggregation_Having() {
	manager, _, end := sold()
	defer end()

	type month struct {
		Begins time.Time
		Sales  int
	}
	busy, err := appos.Aggregate(manager, func(s *Sale, out *month, q *appos.Aggregation) {
		q.GroupBy(appos.ByMonth(&s.CreatedAt, &out.Begins)).Select(appos.CountRows(&out.Sales)).
			Having(appos.Gt(&out.Sales, 2))
	})
	fmt.Println(len(busy), busy[0].Begins.Day(), busy[0].Sales, err)
	// Output: 1 1 3 <nil>
}

func ExampleGetAll() {
	manager, _, end := sold()
	defer end()

	articles, err := appos.GetAll(manager, appos.ID[Article](1), 3, 99)
	fmt.Println(len(articles), articles[1].Name, articles[3].Name, err)
	// Output: 2 Lamp Chair <nil>
}

func ExampleRelated() {
	manager, _, end := sold()
	defer end()

	sales, err := appos.Find[Sale](manager, nil)
	if err != nil {
		panic(err)
	}
	articles, err := appos.Related(manager, sales, func(s *Sale) *appos.ID[Article] { return &s.Article })
	for _, s := range sales {
		fmt.Println(articles[s.Article].Name, s.Pieces)
	}
	fmt.Println(err)
	// Output:
	// Lamp 2
	// Lamp 5
	// Desk 1
	// <nil>
}
