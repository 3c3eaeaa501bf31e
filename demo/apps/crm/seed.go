package crm

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/shopspring/decimal"

	"github.com/apposengine/appos"
)

var _ = appos.Seed(App, seed)

// How much the demonstration holds.
const (
	seedCustomers = 500
	seedOrders    = 2000
)

// seed fills the app with believable data: the same every time, but for the
// dates, which lie in the year before today.
func seed(ctx context.Context) error {
	now := time.Now().UTC().Truncate(time.Minute)
	s := seeder{Rand: rand.New(rand.NewPCG(20, 26)), now: now, last: now.Add(-workday)}
	for _, step := range []func(context.Context) error{s.regions, s.products, s.customers, s.orders, s.lines} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	return nil
}

// workday is how long orders come in on a day.
const workday = 9 * time.Hour

type seeder struct {
	*rand.Rand
	now, last time.Time // the last order is placed within a workday of last
	regionIDs []appos.ID[Region]
	product   []Product
	customer  []Customer
	order     []Order
}

func pick[T any](r *rand.Rand, from []T) T { return from[r.IntN(len(from))] }

func (s *seeder) regions(ctx context.Context) error {
	var rows []Region
	for _, name := range regionNames {
		rows = append(rows, Region{Name: name})
	}
	if err := appos.CreateAll(ctx, rows); err != nil {
		return err
	}
	for _, r := range rows {
		s.regionIDs = append(s.regionIDs, r.ID)
	}
	return nil
}

func (s *seeder) products(ctx context.Context) error {
	for _, family := range productFamilies {
		for _, size := range family.sizes {
			price := family.from + s.Float64()*family.from*1.5
			s.product = append(s.product, Product{
				Name: family.name + " " + size, UnitPrice: decimal.NewFromFloat(price).Round(2),
				Stock: s.IntN(400), LeadTime: time.Duration(1+len(s.product)%9) * 12 * time.Hour, Discontinued: s.IntN(25) == 0,
			})
		}
	}
	return appos.CreateAll(ctx, s.product)
}

func (s *seeder) customers(ctx context.Context) error {
	taken := map[string]int{}
	for i := range seedCustomers {
		place := pick(s.Rand, places)
		name := pick(s.Rand, nameStems) + " " + pick(s.Rand, trades) + " " + place.form
		if taken[name]++; taken[name] > 1 {
			name = fmt.Sprintf("%s %s", name, place.city)
		}
		first, last := pick(s.Rand, firstNames), pick(s.Rand, lastNames)
		c := Customer{
			Code: fmt.Sprintf("C-%04d", 1001+i), Name: name, Contact: first + " " + last,
			Phone: fmt.Sprintf("%s %d %06d", place.dial, 100+s.IntN(800), s.IntN(1_000_000)),
			City:  place.city, Country: place.country, Tier: s.tier(),
			CreditLimit: decimal.NewFromInt(int64(s.IntN(40)) * 500),
		}
		since := appos.DateOf(s.now).Add(-400 - 7*i%3000)
		c.Since = &since
		for j, tag := range customerTags {
			if i%(j+3) == 0 {
				c.Tags = append(c.Tags, tag)
			}
		}
		if s.IntN(8) > 0 {
			mail := strings.ToLower(ascii.Replace(first+"."+last)) + fmt.Sprintf("@customer%d.example", 1001+i)
			c.Email = &mail
		}
		if s.IntN(10) > 0 {
			c.Region = &s.regionIDs[place.region]
		}
		s.customer = append(s.customer, c)
	}
	return appos.CreateAll(ctx, s.customer)
}

func (s *seeder) tier() Tier {
	switch n := s.IntN(100); {
	case n < 6:
		return Platinum
	case n < 20:
		return Gold
	case n < 45:
		return Silver
	}
	return Bronze
}

func (s *seeder) orders(ctx context.Context) error {
	at := s.last.AddDate(-1, 0, 0)
	step := s.last.Sub(at) / seedOrders
	for i := range seedOrders {
		// business grows over the year, and most of it happens by day
		placed := at.Add(time.Duration(i) * step).Truncate(time.Minute).Add(time.Duration(s.IntN(int(workday/time.Minute))) * time.Minute)
		o := Order{
			Number: fmt.Sprintf("SO-%d", 10001+i), Customer: pick(s.Rand, s.customer).ID, Status: s.status(placed),
			PlacedAt: placed, Freight: decimal.New(int64(400+s.IntN(9000)), -2),
		}
		if o.Status != Draft {
			due := appos.DateOf(placed).Add(5 + i%20)
			o.DueOn = &due
		}
		if o.Status == Shipped || o.Status == Delivered {
			shipped := placed.Add(time.Duration(12+s.IntN(120)) * time.Hour)
			if shipped.After(s.now) {
				shipped = s.now
			}
			o.ShippedAt = &shipped
		}
		s.order = append(s.order, o)
	}
	return appos.CreateAll(ctx, s.order)
}

func (s *seeder) status(placed time.Time) Status {
	n := s.IntN(100)
	switch age := s.now.Sub(placed); {
	case n < 4:
		return Cancelled
	case age < 7*24*time.Hour:
		return []Status{Draft, Confirmed, Confirmed, Shipped}[n%4]
	case age < 21*24*time.Hour:
		return []Status{Confirmed, Shipped, Shipped, Delivered}[n%4]
	}
	return Delivered
}

func (s *seeder) lines(ctx context.Context) error {
	discounts := []decimal.Decimal{{}, {}, {}, decimal.New(5, -2), decimal.New(10, -2), decimal.New(15, -2)}
	var rows []OrderLine
	for i, o := range s.order {
		ordered := map[appos.ID[Product]]bool{}
		for range 1 + s.IntN(2) + i/1600 {
			p := pick(s.Rand, s.product)
			if ordered[p.ID] {
				continue
			}
			ordered[p.ID] = true
			rows = append(rows, OrderLine{
				Order: o.ID, Product: p.ID, UnitPrice: p.UnitPrice, Quantity: 1 + s.IntN(30), Discount: pick(s.Rand, discounts),
			})
		}
	}
	return appos.CreateAll(ctx, rows)
}
