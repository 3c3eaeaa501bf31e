package logic

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/apposengine/appos"
	"github.com/apposengine/appos/demo/apps/crm"
	"github.com/apposengine/appos/demo/apps/finance"
)

var _ = appos.Seed(finance.App, seed)

// seed bills what crm has shipped in the last months: most of it is paid.
func seed(ctx context.Context) error {
	r := rand.New(rand.NewPCG(7, 26))
	now := time.Now().UTC()
	orders, err := appos.Find(ctx, func(o *crm.Order, q *appos.Query) {
		q.Where(appos.OneOf(&o.Status, crm.Shipped, crm.Delivered), appos.Ge(&o.PlacedAt, now.AddDate(0, -3, 0))).
			OrderBy(&o.PlacedAt).Limit(250).With(&o.Lines)
	})
	if err != nil {
		return err
	}
	var invoices []Invoice
	for i, o := range orders {
		amount := o.Freight
		for _, l := range o.Lines.Rows {
			amount = amount.Add(l.Total())
		}
		if !amount.IsPositive() {
			continue
		}
		issued := *o.ShippedAt
		inv := Invoice{
			Number: fmt.Sprintf("INV-%d", 50001+i), Customer: o.Customer, Order: &orders[i].ID, Amount: amount,
			Status: Paid, IssuedAt: issued, DueAt: issued.AddDate(0, 0, 30),
		}
		if r.IntN(4) == 0 {
			if inv.Status = Open; inv.DueAt.Before(now) {
				inv.Status = Overdue
			}
		}
		invoices = append(invoices, inv)
	}
	if err := appos.CreateAll(ctx, invoices); err != nil {
		return err
	}
	var payments []Payment
	for _, inv := range invoices {
		if inv.Status != Paid {
			continue
		}
		paid := inv.IssuedAt.AddDate(0, 0, r.IntN(28))
		if paid.After(now) {
			paid = now
		}
		payments = append(payments, Payment{
			Reference: fmt.Sprintf("PAY-%d", 70001+len(payments)), Invoice: inv.ID, Amount: inv.Amount,
			Method: []string{"transfer", "transfer", "card", "direct_debit"}[r.IntN(4)],
			PaidAt: paid,
		})
	}
	return appos.CreateAll(ctx, payments)
}
