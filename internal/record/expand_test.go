package record_test

import (
	"strings"
	"testing"

	"github.com/apposengine/appos/internal/object"
	"github.com/apposengine/appos/internal/record"
)

func TestShape(t *testing.T) {
	b := dealings(t)
	shape := func(a *record.Access, expand, fields string) (string, error) {
		orders, _ := find[Order](b, b.orders, a, &object.Query{})
		rows := make([]any, len(orders))
		for i := range orders {
			rows[i] = &orders[i]
		}
		list := func(s string) []string { return strings.FieldsFunc(s, func(r rune) bool { return r == ',' }) }
		hidden, all, err := b.orders.Shape(b.ctx, a, list(expand), list(fields), rows)
		if err != nil {
			return "", err
		}
		return string(b.orders.AppendJSON(nil, rows[len(rows)-1], hidden, all...)), nil
	}
	before := b.db.Stats().Queries
	got, err := shape(open("ana"), "customer.region,customer,customer.orders.customer", "number,customer.code,customer.region.name,customer.orders.total,customer.orders.customer.code")
	want := `{"id":5,"number":"5","customer":{"id":4,"code":"d","region":{"id":1,"name":"North"},"orders":[{"id":5,"total":"5.00","customer":{"id":4,"code":"d"}}]}}`
	if err != nil || got != want {
		t.Errorf("%s, %v\nwant %s", got, err, want)
	}
	if n := b.db.Stats().Queries - before; n != 5 {
		t.Errorf("%d queries, want one for the rows and one for each of four expansions", n)
	}
	for _, c := range []struct{ expand, fields, says string }{
		{"custmer", "", `did you mean "customer"?`},
		{"customer.regoin", "", `did you mean "customer.region"?`},
		{"customer.orders.customer.orders", "", "at most 3"},
		{"customer,customer", "", "twice"},
		{"", "nmber", `did you mean "number"?`},
		{"customer", "customer.nme", "customer.nme"},
		{"", "customer.name", "not expanded"},
		{"a,b,c,d,e,f,g,h,i,j,k,l,m", "", "more than"},
		{"customer", "customer.secret", "not a field"},
	} {
		_, err := shape(open("ana"), c.expand, c.fields)
		if e := wantError(t, err, object.Invalid); !strings.Contains(e.Error(), c.says) {
			t.Errorf("%v: %v", c, e)
		}
	}
	a := open("ana")
	a.Related = func(o *object.Object) (*record.Access, error) {
		if o.Name == "region" {
			return nil, object.Errorf(object.Denied, "no")
		}
		return &record.Access{Related: a.Related, Hidden: mask(b.customers, "name")}, nil
	}
	if _, err := shape(a, "customer", "customer.name"); err == nil {
		t.Error("a hidden field is chosen")
	}
	_, err = shape(a, "customer.region", "")
	wantError(t, err, object.Denied)
}
