package appos_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/shopspring/decimal"

	"github.com/apposengine/appos"
	"github.com/apposengine/appos/appostest"
)

// opened is the shop of these examples with one article in it, as a manager and
// as a clerk see it.
func opened() (manager, clerk context.Context, lamp appos.ID[Article], end func()) {
	env, err := appostest.Start(shop)
	if err != nil {
		panic(err)
	}
	manager, clerk = env.As(managers), env.As(clerks)
	a, err := appos.Create(manager, Article{Name: "Lamp", Price: decimal.RequireFromString("10")})
	if err != nil {
		panic(err)
	}
	return manager, clerk, a.ID, env.Close
}

func ExampleCall() {
	_, clerk, lamp, end := opened()
	defer end()

	price, err := appos.Call(clerk, PriceWithTax{Article: lamp, Pieces: 3})
	fmt.Println(price, err)

	_, err = appos.Call(clerk, PriceWithTax{Article: lamp})
	fmt.Println(errors.Is(err, appos.Invalid), err)
	// Output:
	// 33 <nil>
	// true shop.rules.price_with_tax: some fields are not valid: pieces must be at least 1
}

func ExampleDispatch() {
	_, clerk, lamp, end := opened()
	defer end()

	price, err := appos.Dispatch(clerk, "shop.rules.price_with_tax", map[string]any{"article": int64(lamp), "pieces": 2})
	fmt.Println(price, err)
	// Output: 22 <nil>
}

func ExampleGet() {
	_, clerk, lamp, end := opened()
	defer end()

	a, err := appos.Get(clerk, lamp)
	fmt.Println(a.Name, a.Price, a.Shelf, err)

	_, err = appos.Get(clerk, appos.ID[Article](99))
	fmt.Println(err)
	// Output:
	// Lamp 10 front <nil>
	// shop.records.article: no article with id 99
}

func ExampleFind() {
	manager, clerk, _, end := opened()
	defer end()
	err := appos.CreateAll(manager, []Article{
		{Name: "Desk", Price: decimal.NewFromInt(240), Shelf: "back"},
		{Name: "Chair", Price: decimal.NewFromInt(80)},
	})
	if err != nil {
		panic(err)
	}

	articles, err := appos.Find(clerk, func(a *Article, q *appos.Query) {
		q.Where(appos.Or(appos.Eq(&a.Shelf, "back"), appos.Lt(&a.Price, decimal.NewFromInt(50)))).OrderBy(appos.Desc(&a.Price))
	})
	for _, a := range articles {
		fmt.Println(a.Name, a.Price)
	}
	fmt.Println(err)
	// Output:
	// Desk 240
	// Lamp 10
	// <nil>
}

func ExampleCount() {
	_, clerk, _, end := opened()
	defer end()

	n, err := appos.Count(clerk, func(a *Article, q *appos.Query) { q.Where(appos.Contains(&a.Name, "AM")) })
	fmt.Println(n, err)
	// Output: 1 <nil>
}

func ExampleCreate() {
	manager, clerk, _, end := opened()
	defer end()

	a, err := appos.Create(manager, Article{Name: "Desk", Price: decimal.NewFromInt(240)})
	fmt.Println(a.Name, a.Version, a.Shelf, err)

	_, err = appos.Create(clerk, Article{Name: "Chair"})
	fmt.Println(err)
	// Output:
	// Desk 1 front <nil>
	// shop.records.article: you may not create rows of shop.records.article
}

func ExampleCreateAll() {
	manager, _, _, end := opened()
	defer end()

	rows := []Article{{Name: "Desk"}, {Name: "Chair"}}
	err := appos.CreateAll(manager, rows)
	fmt.Println(rows[1].ID-rows[0].ID, err)
	// Output: 1 <nil>
}

func ExampleUpdate() {
	_, clerk, lamp, end := opened()
	defer end()

	a, err := appos.Update(clerk, lamp, func(a *Article) { a.Shelf = "back" })
	fmt.Println(a.Shelf, a.Version, err)
	// Output: back 2 <nil>
}

func ExampleUpdateAll() {
	manager, clerk, _, end := opened()
	defer end()
	if err := appos.CreateAll(manager, []Article{{Name: "Desk"}, {Name: "Chair", Shelf: "back"}}); err != nil {
		panic(err)
	}

	n, err := appos.UpdateAll(clerk,
		func(a *Article, q *appos.Query) { q.Where(appos.Eq(&a.Shelf, "front")) },
		func(a *Article) { a.Shelf = "back" })
	fmt.Println(n, err)

	_, err = appos.UpdateAll(clerk, nil, func(a *Article) { a.Shelf = "cellar" })
	fmt.Println(err)
	// Output:
	// 2 <nil>
	// shop.records.article: article 1: some fields are not valid: shelf must be one of front, back
}

func ExampleDeleteAll() {
	manager, _, _, end := opened()
	defer end()
	if err := appos.CreateAll(manager, []Article{{Name: "Desk", Shelf: "back"}, {Name: "Chair", Shelf: "back"}}); err != nil {
		panic(err)
	}

	n, err := appos.DeleteAll(manager, func(a *Article, q *appos.Query) { q.Where(appos.Eq(&a.Shelf, "back")) })
	fmt.Println(n, err)
	// Output: 2 <nil>
}

func ExampleDelete() {
	manager, clerk, lamp, end := opened()
	defer end()

	fmt.Println(errors.Is(appos.Delete(clerk, lamp), appos.Denied))
	fmt.Println(appos.Delete(manager, lamp))
	// Output:
	// true
	// <nil>
}

func ExampleTx() {
	manager, _, lamp, end := opened()
	defer end()

	err := appos.Tx(manager, func(ctx context.Context) error {
		if _, err := appos.Update(ctx, lamp, func(a *Article) { a.Price = decimal.NewFromInt(12) }); err != nil {
			return err
		}
		return appos.Errorf(appos.Conflict, "the shop is closed")
	})
	a, _ := appos.Get(manager, lamp)
	fmt.Println(err, a.Price)
	// Output: the shop is closed 10
}

func ExampleConst_Get() {
	_, clerk, _, end := opened()
	defer end()

	fmt.Println(taxRate.Get(clerk), appos.Env(clerk))
	// Output: 0.1 test
}

func ExampleUser() {
	_, clerk, _, end := opened()
	defer end()

	fmt.Println(appos.User(clerk).Groups, appos.Member(clerk, clerks), appos.Member(clerk, managers))
	// Output: [clerks] true false
}

func ExampleHistory() {
	manager, clerk, lamp, end := opened()
	defer end()
	_, err := appos.Update(manager, lamp, func(a *Article) {
		cost := decimal.NewFromInt(4)
		a.Price, a.Cost = decimal.NewFromInt(12), &cost
	})
	if err != nil {
		panic(err)
	}

	changes, err := appos.History(clerk, lamp, nil) // clerks may not view costs
	for _, c := range changes {
		fmt.Println(c.Version, c.Operation, c.By)
		for _, f := range c.Fields {
			fmt.Println(" ", f.Field, f.Old, "→", f.New)
		}
	}
	fmt.Println(err)
	// Output:
	// 2 update user1
	//   Price 10 → 12
	// 1 create user1
	//   Name <nil> → Lamp
	//   Price <nil> → 10
	//   Shelf <nil> → front
	// <nil>
}

func ExampleChanges() {
	manager, clerk, lamp, end := opened()
	defer end()
	for _, price := range []int64{11, 12, 13} {
		if _, err := appos.Update(manager, lamp, func(a *Article) { a.Price = decimal.NewFromInt(price) }); err != nil {
			panic(err)
		}
	}

	changes, err := appos.Changes(clerk, func(a *Article, h *appos.HistoryQuery) {
		h.Fields(&a.Price).Operations(appos.RowUpdated).Limit(2)
	})
	for _, c := range changes {
		fmt.Println(c.Row == lamp, c.Fields[0].Old, "→", c.Fields[0].New)
	}
	fmt.Println(err)
	// Output:
	// true 12 → 13
	// true 11 → 12
	// <nil>
}

func ExampleRestore() {
	manager, clerk, lamp, end := opened()
	defer end()
	if _, err := appos.Update(manager, lamp, func(a *Article) { a.Name = "Lmap" }); err != nil {
		panic(err)
	}

	a, err := appos.Restore(clerk, lamp, 1)
	fmt.Println(a.Name, a.Version, err)

	changes, err := appos.History(clerk, lamp, func(_ *Article, h *appos.HistoryQuery) { h.Limit(1) })
	fmt.Println(changes[0].Operation, changes[0].Restored, err)
	// Output:
	// Lamp 3 <nil>
	// restore 1 <nil>
}

func ExampleOnUpdate() {
	env, err := appostest.Start(workshop)
	if err != nil {
		panic(err)
	}
	defer env.Close()
	ctx := env.As(smiths)

	// workshop declares
	//
	//	appos.OnUpdate(workshop, func(before, after Job) *NoteJob {
	//		if before.Title == after.Title {
	//			return nil
	//		}
	//		return &NoteJob{Did: before.Title + " became " + after.Title}
	//	})
	job, err := appos.Create(ctx, Job{Title: "gate"})
	if err != nil {
		panic(err)
	}
	_, err = appos.Update(ctx, job.ID, func(j *Job) { j.Title = "fence" })
	notes, _ := appos.Find(ctx, func(n *Note, q *appos.Query) { q.OrderBy(appos.Desc(&n.ID)).Limit(1) })
	fmt.Println(notes[0].Text, err)
	// Output: gate became fence <nil>
}
