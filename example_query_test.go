package appos_test

import (
	"context"
	"fmt"

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
