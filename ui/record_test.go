package ui_test

import (
	"fmt"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/apposengine/appos"
	"github.com/apposengine/appos/internal/object"
)

func create(t testing.TB, s *site, row any) {
	t.Helper()
	if err := s.fake.Create(t.Context(), reflect.TypeOf(row).Elem(), row); err != nil {
		t.Fatal(err)
	}
}

func (s *site) customer(i int) Customer {
	return *s.fake.rows[reflect.TypeFor[Customer]()][i].(*Customer)
}

func TestList(t *testing.T) {
	s := newSite(t)
	s.fake.seed(t, 137)
	s.fake.queries = 0
	_, body := s.get(t, "/shop/customers")
	wants(t, body, "137 customers", "Company", "Nordlicht Logistics 1", `href="/shop/customers/1"`, "1,234.57", `href="/shop/regions/1">North</a>`, "22 Nov 2026, 12:20",
		"Initial", `aria-label="Next page"`, "New customer", `name="tier"`, `value="gold"`, `name="sel" value="1"`)
	lacks(t, body, "Salary", "Token", `aria-label="Previous page"`, `data-l="Rating"`, `data-l="Notes"`)
	// a page, its number, and the names of its regions: not one query a row
	if s.fake.queries != 3 {
		t.Errorf("the list takes %d queries", s.fake.queries)
	}
	_, body = s.get(t, "/shop/customers?after=25&sort=-credit")
	wants(t, body, `aria-label="Previous page"`, `aria-sort="descending"`, `href="/shop/customers?before=25&amp;sort=-credit"`)
	_, body = s.get(t, "/shop/customers?tier=gold&q=kestrel")
	wants(t, body, "Reset", `<option value="gold" selected>`, `value="kestrel"`)
	lacks(t, body, "Juniper")
	_, body = s.get(t, "/shop/customers?col=notes&size=500")
	wants(t, body, `data-l="Notes"`)
	if n := strings.Count(body, "<tr id="); n != 137 {
		t.Errorf("a page of at most 200 rows has %d", n)
	}
	_, body = s.get(t, "/shop/orders?customer_id=5")
	wants(t, body, "O-0005", "Alpenglow Health 5", "1 order<")
}

func TestListEmpty(t *testing.T) {
	s := newSite(t)
	_, body := s.get(t, "/shop/customers")
	wants(t, body, "No customers yet", "New customer")
	s.fake.seed(t, 1)
	_, body = s.get(t, "/shop/customers?q=zzz")
	wants(t, body, "No customers found", "Reset filters")
	_, body = s.get(t, "/shop/customers?active=maybe")
	wants(t, body, "No customers found")
	_, body = s.get(t, "/shop/customers?after=%00&size=-1")
	wants(t, body, "Nordlicht")
}

func TestManyRowsAreNotCounted(t *testing.T) {
	s := newSite(t)
	for i := range 10_050 {
		s.fake.rows[reflect.TypeFor[Region]()] = append(s.fake.rows[reflect.TypeFor[Region]()], &Region{Entity: appos.Entity[Region]{ID: appos.ID[Region](i + 1)}, Name: fmt.Sprint("Region ", i)})
	}
	_, body := s.get(t, "/shop/regions")
	wants(t, body, "25 of 10,000+")
}

// Screens offer only what the user may do, and show only what they may see.
func TestScreensFollowPermissions(t *testing.T) {
	s := newSite(t)
	s.fake.seed(t, 3)
	s.fake.deny["shop.records.customer"] = object.Create | object.Update | object.Delete
	s.fake.deny["shop.records.region"] = object.View
	_, body := s.get(t, "/shop/customers")
	lacks(t, body, "New customer", `name="sel"`, "North")
	_, body = s.get(t, "/shop/customers/1")
	lacks(t, body, "/edit", "/delete", "Salary", "North")
	wants(t, body, "#1", "New order")
	s.fake.deny["shop.records.order"] = object.View
	_, body = s.get(t, "/shop/customers/1")
	lacks(t, body, "O-0001", "Orders")
	s.user.Groups = []string{"hr", "sales"}
	_, body = s.get(t, "/shop/customers/1")
	wants(t, body, "Salary")
	lacks(t, body, "Token")
}

// What goes by a field that the user may not view is left out, and breaks nothing.
func TestScreensFollowFieldPermissions(t *testing.T) {
	s := newSite(t)
	s.fake.seed(t, 3)
	restrict := func(row any, columns ...string) {
		for _, column := range columns {
			f := s.fake.reg.ByType(reflect.TypeOf(row)).Record.Field(column)
			f.View = []string{"hr"}
			t.Cleanup(func() { f.View = nil })
		}
	}
	restrict(Order{}, "customer_id")
	_, body := s.get(t, "/shop/customers/1")
	lacks(t, body, "O-0001")
	restrict(Customer{}, "name", "email")
	_, body = s.get(t, "/shop/_palette?q=nord")
	lacks(t, body, "/shop/customers/1")
}

func TestCreate(t *testing.T) {
	s := newSite(t)
	s.fake.seed(t, 2)
	form := []string{"name", "Zeppelin", "email", "z@example.com", "tier", "gold", "credit", "1,234.5", "active", "on", "region_id", "2", "since", "2026-07-01T10:30", "salary", "99", "rating", "5", "id", "77", "version", "9"}

	resp := s.post(t, "/shop/customers/new", form...) // no _submit: only checked
	if resp.StatusCode != http.StatusOK || len(s.fake.rows[reflect.TypeFor[Customer]()]) != 2 {
		t.Fatalf("a form that is being typed is answered with %d and saved", resp.StatusCode)
	}
	resp = s.post(t, "/shop/customers/new", append(form, "_submit", "1")...)
	if resp.StatusCode != http.StatusSeeOther || resp.Header.Get("Location") != "/shop/customers/3" {
		t.Fatalf("a create is answered with %d, to %q: %s", resp.StatusCode, resp.Header.Get("Location"), text(t, resp))
	}
	got := s.customer(2)
	if got.Name != "Zeppelin" || *got.Email != "z@example.com" || got.Credit.String() != "1234.5" || !got.Active || *got.Region != 2 || got.ID != 3 {
		t.Errorf("stored %+v", got)
	}
	if want := time.Date(2026, 7, 1, 8, 30, 0, 0, time.UTC); !got.Since.Equal(want) {
		t.Errorf("since %v, want %v: the form speaks the user's time zone", got.Since, want)
	}
	if !got.Salary.IsZero() || got.Rating != 0 {
		t.Errorf("a field that the user may not write was written: %v, %v", got.Salary, got.Rating)
	}
}

func TestCreateFaults(t *testing.T) {
	s := newSite(t)
	s.fake.seed(t, 2)
	resp := s.post(t, "/shop/customers/new", "name", strings.Repeat("x", 41), "email", "nobody", "tier", "gold", "credit", "1,5", "since", "never", "_submit", "1")
	body := text(t, resp)
	if resp.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("faults are answered with %d", resp.StatusCode)
	}
	wants(t, body, "4 fields need attention", "At most 40 characters", "Enter an e-mail address", "Enter a number", "Enter a date", `href="#customer-email"`, `aria-invalid="true"`, `value="nobody"`, `value="1,5"`)

	// what only the record knows comes back the same way, in the user's words
	s.lang = "fr"
	resp = s.post(t, "/shop/customers/new", "name", "New", "email", "info0@example.com", "tier", "gold", "since", "2026-07-01T10:30", "_submit", "1")
	body = text(t, resp)
	wants(t, body, "Cette valeur est déjà utilisée", "1 champ est à corriger", `value="New"`)
	if resp.StatusCode != http.StatusUnprocessableEntity || len(s.fake.rows[reflect.TypeFor[Customer]()]) != 2 {
		t.Errorf("a duplicate is answered with %d", resp.StatusCode)
	}

	// while typing, only what the user has been in is marked
	s.lang = "en"
	body = text(t, s.post(t, "/shop/customers/new", "name", "", "email", "nobody", "_touched", "email"))
	wants(t, body, "Enter an e-mail address")
	lacks(t, body, "need attention", "Enter a value")
}

func TestEdit(t *testing.T) {
	s := newSite(t)
	s.fake.seed(t, 2)
	_, body := s.get(t, "/shop/customers/1/edit")
	wants(t, body, `name="_version" value="1"`, `value="2026-11-22T12:20"`, `value="Nordlicht Logistics 1"`, `<option value="1" selected>North</option>`, `name="_csrf" value="t0ken"`)
	lacks(t, body, `name="rating"`, `name="salary"`) // read only, not shown

	form := []string{"name", "Renamed", "email", "", "tier", "bronze", "credit", "0.00", "region_id", "", "since", "2026-11-22T12:20", "_submit", "1"}
	resp := s.post(t, "/shop/customers/1/edit", append(form, "_version", "1")...)
	if resp.StatusCode != http.StatusSeeOther {
		t.Fatalf("an edit is answered with %d: %s", resp.StatusCode, text(t, resp))
	}
	got := s.customer(0)
	if got.Name != "Renamed" || got.Email != nil || got.Region != nil || got.Active || got.Version != 2 {
		t.Errorf("stored %+v", got)
	}
	if got.Since.Second() != noon.Second() {
		t.Errorf("since %v: the form shows no seconds, and must not drop them", got.Since)
	}

	resp = s.post(t, "/shop/customers/1/edit", append(form, "_version", "1")...)
	body = text(t, resp)
	if resp.StatusCode != http.StatusConflict {
		t.Errorf("a stale edit is answered with %d", resp.StatusCode)
	}
	wants(t, body, "Somebody else changed this", `value="Renamed"`)
}

func TestNumbersInForms(t *testing.T) {
	s := newSite(t)
	s.lang = "de"
	s.fake.seed(t, 2)
	_, body := s.get(t, "/shop/customers/2/edit")
	wants(t, body, `value="1234,57"`)
	before := s.customer(1).Credit
	form := []string{"name", "A", "tier", "gold", "since", "2026-10-22T13:20", "_submit", "1", "_version", "1", "credit", "1234,57"}
	if resp := s.post(t, "/shop/customers/2/edit", form...); resp.StatusCode != http.StatusSeeOther {
		t.Fatal(text(t, resp))
	}
	if got := s.customer(1).Credit; !got.Equal(before) {
		t.Errorf("%v became %v without a change", before, got)
	}
}

func TestReference(t *testing.T) {
	s := newSite(t)
	s.fake.seed(t, 60) // more customers than a list offers
	_, body := s.get(t, "/shop/orders/new?customer_id=4")
	wants(t, body, `list="order-customer_id-list"`, `value="Kestrel Robotics 4 #4"`)
	body = text(t, s.post(t, "/shop/orders/new", "customer_id", "kestrel", "_touched", "number"))
	wants(t, body, `<option value="Kestrel Robotics 4 #4">`, `value="kestrel"`)
	lacks(t, body, `<option value="Juniper`)
	for typed, want := range map[string]appos.ID[Customer]{"Kestrel Robotics 4 #4": 4, "7": 7, "Quarry Energy 7": 7, "nobody": 0, "": 0} {
		n := len(s.fake.rows[reflect.TypeFor[Order]()])
		resp := s.post(t, "/shop/orders/new", "number", "N"+fmt.Sprint(n)+typed, "customer_id", typed, "status", "draft", "_submit", "1")
		rows := s.fake.rows[reflect.TypeFor[Order]()]
		if want == 0 {
			if resp.StatusCode != http.StatusUnprocessableEntity || len(rows) != n {
				t.Errorf("customer %q is answered with %d", typed, resp.StatusCode)
			}
			continue
		}
		if got := rows[len(rows)-1].(*Order).Customer; got != want || len(rows) != n+1 {
			t.Errorf("customer %q is stored as %d, want %d", typed, got, want)
		}
	}
}

func TestDelete(t *testing.T) {
	s := newSite(t)
	s.fake.seed(t, 4)
	_, body := s.get(t, "/shop/customers/1/delete")
	wants(t, body, "Delete Nordlicht Logistics 1?", "It disappears from lists", `method="post"`, `name="_csrf"`)
	s.fake.fail = object.Errorf(object.Conflict, "orders refer to it")
	resp := s.post(t, "/shop/customers/1/delete", "_version", "1")
	if resp.StatusCode != http.StatusConflict {
		t.Errorf("a refused delete is answered with %d", resp.StatusCode)
	}
	wants(t, text(t, resp), "Orders refer to it")

	if resp := s.post(t, "/shop/customers", "_bulk", "archive", "sel", "2"); resp.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("an unknown bulk action is answered with %d", resp.StatusCode)
	}
	body = text(t, s.post(t, "/shop/customers", "_bulk", "delete", "sel", "2", "sel", "3", "sel", "x"))
	wants(t, body, "Delete 2 rows?", "Helvetia Energy 2", "Brightwater Foods 3")
	if len(s.fake.rows[reflect.TypeFor[Customer]()]) != 4 {
		t.Error("rows are deleted without asking")
	}
	resp = s.post(t, "/shop/customers?q=a", "_bulk", "delete", "sel", "2", "sel", "3", "_confirm", "1")
	if resp.StatusCode != http.StatusSeeOther || resp.Header.Get("Location") != "/shop/customers?q=a" || len(s.fake.rows[reflect.TypeFor[Customer]()]) != 2 {
		t.Errorf("a bulk delete is answered with %d, to %q", resp.StatusCode, resp.Header.Get("Location"))
	}
}

// A yes-or-no field that may be empty has three answers.
func TestOptionalBool(t *testing.T) {
	s := newSite(t)
	for typed, want := range map[string]string{"": "<nil>", "on": "true", "off": "false"} {
		s.post(t, "/shop/regions/new", "name", "N", "open", typed, "_submit", "1")
		rows := s.fake.rows[reflect.TypeFor[Region]()]
		got := "<nil>"
		if open := rows[len(rows)-1].(*Region).Open; open != nil {
			got = fmt.Sprint(*open)
		}
		if got != want {
			t.Errorf("%q is stored as %s, want %s", typed, got, want)
		}
	}
	_, body := s.get(t, fmt.Sprintf("/shop/regions/%d/edit", len(s.fake.rows[reflect.TypeFor[Region]()])))
	wants(t, body, `name="open"`, `<option value="off"`)
}
