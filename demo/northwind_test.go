package main_test

import (
	"encoding/csv"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/shopspring/decimal"
)

// northwind is real input with real quirks; the folder is no part of the project.
const northwind = "../../shared/data/northwind"

func table(t *testing.T, name string) []map[string]string {
	t.Helper()
	f, err := os.Open(filepath.Join(northwind, name+".csv"))
	if os.IsNotExist(err) {
		t.Skipf("%s is not here", northwind)
	}
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var out []map[string]string
	for _, row := range rows[1:] {
		m := map[string]string{}
		for i, name := range rows[0] {
			if row[i] != "NULL" {
				m[name] = row[i]
			}
		}
		out = append(out, m)
	}
	return out
}

type page[T any] struct {
	Items      []T     `json:"items"`
	NextCursor *string `json:"next_cursor"`
	Total      *int    `json:"total"`
}

// all reads every page of a list.
func all[T any](c *client, path string) []T {
	c.n.t.Helper()
	var items []T
	cursor := ""
	for {
		var p page[T]
		c.must(http.StatusOK, "GET", path+cursor, nil, &p)
		items = append(items, p.Items...)
		if p.NextCursor == nil {
			return items
		}
		sep := "&"
		if !strings.Contains(path, "?") {
			sep = "?"
		}
		cursor = sep + "cursor=" + *p.NextCursor
	}
}

func (c *client) total(path string) int {
	c.n.t.Helper()
	var p page[struct{}]
	c.must(http.StatusOK, "GET", path, nil, &p)
	if p.Total == nil {
		c.n.t.Fatalf("GET %s: no total", path)
	}
	return *p.Total
}

type created struct{ ID int64 }

func timestamp(t *testing.T, s string) string {
	t.Helper()
	at, err := time.Parse("2006-01-02 15:04:05.000", s)
	if err != nil {
		t.Fatal(err)
	}
	return at.Format(time.RFC3339)
}

func TestNorthwind(t *testing.T) {
	customers, products, orders, lines := table(t, "customers"), table(t, "products"), table(t, "orders"), table(t, "order_details")
	n := start(t, t.TempDir(), "--no-seed")
	cora := n.As("cora")

	customerID, productID, orderID := map[string]int64{}, map[string]int64{}, map[string]int64{}
	for _, row := range customers {
		var got created
		cora.must(http.StatusCreated, "POST", "/api/crm/customers", map[string]any{
			"code": row["customerID"], "name": row["companyName"], "contact": row["contactName"],
			"phone": row["phone"], "city": row["city"], "country": row["country"],
		}, &got)
		customerID[row["customerID"]] = got.ID
	}
	for _, row := range products {
		stock, err := strconv.Atoi(row["unitsInStock"])
		if err != nil {
			t.Fatal(err)
		}
		var got created
		cora.must(http.StatusCreated, "POST", "/api/crm/products", map[string]any{
			"name": row["productName"], "unit_price": row["unitPrice"], "stock": stock, "discontinued": row["discontinued"] == "1",
		}, &got)
		productID[row["productID"]] = got.ID
	}
	freight := decimal.Zero
	for _, row := range orders {
		order := map[string]any{
			"number": row["orderID"], "customer_id": customerID[row["customerID"]], "status": "confirmed",
			"placed_at": timestamp(t, row["orderDate"]), "freight": row["freight"],
		}
		if row["shippedDate"] != "" {
			order["status"], order["shipped_at"] = "shipped", timestamp(t, row["shippedDate"])
		}
		var got created
		cora.must(http.StatusCreated, "POST", "/api/crm/orders", order, &got)
		orderID[row["orderID"]] = got.ID
		freight = freight.Add(decimal.RequireFromString(row["freight"]).Round(2))
	}
	sum := decimal.Zero // unit price × quantity × (1 - discount), over all lines
	one := decimal.NewFromInt(1)
	value := func(price, quantity, discount string) decimal.Decimal {
		return decimal.RequireFromString(price).Mul(decimal.RequireFromString(quantity)).Mul(one.Sub(decimal.RequireFromString(discount)))
	}
	for _, row := range lines {
		quantity, err := strconv.Atoi(row["quantity"])
		if err != nil {
			t.Fatal(err)
		}
		cora.must(http.StatusCreated, "POST", "/api/crm/order-lines", map[string]any{
			"order_id": orderID[row["orderID"]], "product_id": productID[row["productID"]],
			"unit_price": row["unitPrice"], "quantity": quantity, "discount": row["discount"],
		}, nil)
		sum = sum.Add(value(row["unitPrice"], row["quantity"], row["discount"]))
	}

	t.Run("counts", func(t *testing.T) {
		for path, want := range map[string]int{"customers": len(customers), "products": len(products), "orders": len(orders), "order-lines": len(lines)} {
			if got := cora.total("/api/crm/" + path + "?limit=1&count=true"); got != want {
				t.Errorf("%s: %d rows, the file has %d", path, got, want)
			}
		}
	})
	t.Run("sums", func(t *testing.T) {
		got := decimal.Zero
		for _, l := range all[struct {
			UnitPrice string `json:"unit_price"`
			Quantity  int
			Discount  string
		}](cora, "/api/crm/order-lines?limit=200") {
			got = got.Add(value(l.UnitPrice, strconv.Itoa(l.Quantity), l.Discount))
		}
		if !got.Equal(sum) {
			t.Errorf("lines are worth %s, the file says %s", got, sum)
		}
		got = decimal.Zero
		for _, o := range all[struct{ Freight string }](cora, "/api/crm/orders?limit=200&sort=-freight") {
			got = got.Add(decimal.RequireFromString(o.Freight))
		}
		if !got.Equal(freight) {
			t.Errorf("freight is %s, the file says %s", got, freight)
		}
	})
	t.Run("one customer", func(t *testing.T) {
		const code = "ERNSH"
		var want []string
		for _, row := range orders {
			if row["customerID"] == code {
				want = append(want, row["orderID"])
			}
		}
		id := customerID[code]
		var got []string
		for _, o := range all[struct {
			Number   string
			Customer struct{ Code, City string }
		}](cora, fmt.Sprintf("/api/crm/orders?customer_id=%d&sort=number&expand=customer", id)) {
			got = append(got, o.Number)
			if o.Customer.Code != code || o.Customer.City != "Graz" {
				t.Errorf("order %s is expanded to customer %+v", o.Number, o.Customer)
			}
		}
		if strings.Join(got, " ") != strings.Join(want, " ") {
			t.Errorf("orders %v, the file has %v", got, want)
		}

		browser := n.SignIn("cora")
		view := browser.page(fmt.Sprintf("/crm/customers/%d", id))
		for _, text := range []string{"Ernst Handel", "Roland Mendel", "Graz", "Austria"} {
			if !strings.Contains(view, text) {
				t.Errorf("the page of the customer does not show %q", text)
			}
		}
		list := browser.page(fmt.Sprintf("/crm/orders?customer_id=%d&size=100", id))
		for _, number := range want {
			if !strings.Contains(list, number) {
				t.Errorf("the page of the customer's orders does not show %s", number)
			}
		}
	})
	t.Run("accents survive", func(t *testing.T) {
		var p page[struct{ Name, City string }]
		cora.must(http.StatusOK, "GET", "/api/crm/customers?code=ANTON", nil, &p)
		if len(p.Items) != 1 || p.Items[0].Name != "Antonio Moreno Taquería" || p.Items[0].City != "México D.F." {
			t.Errorf("ANTON is %+v", p.Items)
		}
	})
}
