package ui_test

import (
	"errors"
	"fmt"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/shopspring/decimal"

	"github.com/apposengine/appos"
	"github.com/apposengine/appos/internal/object"
	"github.com/apposengine/appos/ui"
)

// remembering is a site whose first customer has a history.
func remembering(t *testing.T) *site {
	s := newSite(t)
	s.fake.seed(t, 3)
	field := func(column string) *object.Field {
		return s.fake.reg.ByType(reflect.TypeFor[Customer]()).Record.Field(column)
	}
	change := func(column string, old, fresh any) object.FieldChange {
		return object.FieldChange{Column: column, Field: field(column), Old: old, New: fresh}
	}
	s.fake.past = []object.HistoryEntry{
		{ID: 9, Row: 1, Version: 4, Operation: "restore", Restored: 2, By: "ana", At: noon.Add(-30 * time.Second), Fields: []object.FieldChange{change("name", "B <b>", "A")}},
		{ID: 7, Row: 1, Version: 3, Operation: "update", By: "sam", At: noon.Add(-5 * time.Minute), Fields: []object.FieldChange{
			change("tier", Tier("bronze"), Tier("gold")), change("credit", decimal.RequireFromString("1234.5"), decimal.Zero), change("region_id", appos.ID[Region](1), nil),
			change("since", nil, noon), change("active", false, true), {Column: "fax_number", Old: "1", New: "2"}, change("rating", "many", 3),
			change("notes", strings.Repeat("word ", 30)+"old end", strings.Repeat("word ", 30)+"new end"),
		}},
		{ID: 4, Row: 1, Version: 2, Operation: "update", By: "sam", At: noon.Add(-26 * time.Hour), Fields: []object.FieldChange{change("name", "A", "B <b>"), change("tier", Tier("silver"), Tier("bronze"))}},
		{ID: 1, Row: 1, Version: 1, Operation: "create", By: "system", At: noon.Add(-60 * 24 * time.Hour), Fields: []object.FieldChange{change("name", nil, "A")}},
	}
	s.fake.rows[reflect.TypeFor[Customer]()][0].(*Customer).Version = 4
	return s
}

func TestHistory(t *testing.T) {
	s := remembering(t)
	_, body := s.get(t, "/shop/customers/1")
	wants(t, body, `href="/shop/customers/1/history"`, "All changes")

	status, body := s.get(t, "/shop/customers/1/history")
	if status != http.StatusOK {
		t.Fatalf("%d: %v", status, s.err)
	}
	wants(t, body,
		"<strong>Ana Ortega</strong> restored version 2", "just now · 22 Nov 2026, 12:20", "<strong>Sam Lee</strong> changed it", "5 minutes ago", "1 day ago", "<strong>system</strong> created it",
		`datetime="2026-11-22T11:20:00Z"`, "B &lt;b&gt;", "1,234.50", ">North</a>", "Fax number", ">many</del>", "current",
		`<del><span class="sr">was </span>old</del><ins><span class="sr">became </span>new</ins> end`, "Show what changed in the text",
		`href="/shop/customers/1/restore?version=3"`, `aria-label="Restore version 1"`, `name="field"`, "Sam Lee</option>")
	lacks(t, body, "B <b>", "restore?version=4", "Salary</option>", "Token", ">23 Sep 2026, 13:20 ·")

	_, body = s.get(t, "/shop/customers/1/history?by=sam")
	wants(t, body, "Sam Lee</strong> changed it", "Reset")
	lacks(t, body, "created it")
	_, body = s.get(t, "/shop/customers/1/history?by=eve")
	wants(t, body, "No changes match the filter")
	_, body = s.get(t, "/shop/customers/1/history?before=4")
	wants(t, body, "created it", ">Newest<")
	lacks(t, body, "Sam Lee</strong> changed it")

	s.lang = "de"
	_, body = s.get(t, "/shop/customers/1/history")
	wants(t, body, "Verlauf von", "hat dies geändert", "vor 5 Minuten", "Wiederherstellen", "1.234,50")

	s.lang = "en"
	s.fake.past = nil
	_, body = s.get(t, "/shop/customers/2/history")
	wants(t, body, "No changes yet")
	for _, address := range []string{"/shop/customers/x/history", "/shop/orders/1/history"} { // orders are not audited
		if status, _ := s.get(t, address); status != http.StatusNotFound {
			t.Errorf("%s is answered with %d", address, status)
		}
	}
	for _, column := range []string{"salary", "token", "version", "nothing"} {
		if status, _ := s.get(t, "/shop/customers/2/history?field="+column); status == http.StatusOK {
			t.Errorf("the history is filtered by %s", column)
		}
	}
}

func TestHistoryPages(t *testing.T) {
	s := remembering(t)
	s.fake.past = nil
	for i := 60; i > 0; i-- {
		s.fake.past = append(s.fake.past, object.HistoryEntry{ID: int64(i), Row: 1, Version: int64(i), Operation: "update", By: "sam", At: noon})
	}
	address, seen := "/shop/customers/1/history", 0
	for range 3 {
		_, body := s.get(t, address)
		seen += strings.Count(body, "<strong>Sam Lee</strong> changed it")
		_, older, ok := strings.Cut(body, `href="/shop/customers/1/history?before=`)
		if !ok {
			break
		}
		n, _, _ := strings.Cut(older, `"`)
		address = "/shop/customers/1/history?before=" + n
	}
	if seen != 60 {
		t.Errorf("%d of 60 changes are on the pages", seen)
	}
}

func TestRestoreScreen(t *testing.T) {
	s := remembering(t)
	const address = "/shop/customers/1/restore?version=1"
	status, body := s.get(t, address)
	if status != http.StatusOK {
		t.Fatalf("%d: %v", status, s.err)
	}
	// what is as it was then, though it changed in between, is not listed
	wants(t, body, "Restore version 1?", `name="_version" value="4"`, `class="badge`, "1,234.50")
	lacks(t, body, "B &lt;b&gt;", "Fax number")

	resp := s.post(t, address, "_version", "4")
	if resp.StatusCode != http.StatusSeeOther || resp.Header.Get("Location") != "/shop/customers/1" || s.customer(0).Name != "Version 1 over 4" {
		t.Errorf("%d to %s, stored %+v", resp.StatusCode, resp.Header.Get("Location"), s.customer(0))
	}
	for name, tt := range map[string]struct {
		err    error
		status int
		says   string
	}{
		"stale":   {&object.Error{Code: object.Conflict, Err: &object.Stale{}}, 409, "Somebody else changed this"},
		"invalid": {&object.Error{Code: object.Invalid, Text: "no", Fields: []object.FieldError{{Field: "region_id", Message: "does not exist"}}}, 422, "Region: does not exist"},
		"read":    {&object.Error{Code: object.Denied, Text: "no", Fields: []object.FieldError{{Field: "rating", Message: "may not be changed by you"}}}, 403, "Rating: may not be changed by you"},
		"denied":  {&object.Error{Code: object.Denied}, 403, ""},
		"broken":  {errors.New("boom"), 500, ""},
	} {
		s.fake.fail = tt.err
		resp := s.post(t, address, "_version", "4")
		body := text(t, resp)
		if resp.StatusCode != tt.status {
			t.Errorf("%s: %d", name, resp.StatusCode)
		}
		wants(t, body, tt.says)
	}
	for _, wrong := range []string{"/shop/customers/1/restore", "/shop/customers/1/restore?version=0", "/shop/customers/1/restore?version=x"} {
		if status, _ := s.get(t, wrong); status != http.StatusNotFound {
			t.Errorf("%s is answered with %d", wrong, status)
		}
	}
	s.fake.deny["shop.records.customer"] = object.Update
	if status, _ := s.get(t, address); status != http.StatusForbidden {
		t.Errorf("who may not update sees the screen: %d", status)
	}
	if _, body := s.get(t, "/shop/customers/1/history"); strings.Contains(body, "restore?version") {
		t.Error("who may not update is offered to restore")
	}
}

func TestHistoryOfDeletedRow(t *testing.T) {
	s := remembering(t)
	s.fake.past = append([]object.HistoryEntry{{ID: 11, Row: 1, Version: 5, Operation: "delete", By: "sam", At: noon, Fields: []object.FieldChange{s.fake.past[2].Fields[0]}}}, s.fake.past...)
	s.fake.rows[reflect.TypeFor[Customer]()] = nil
	_, body := s.get(t, "/shop/customers/1/history")
	wants(t, body, "This was deleted", "deleted it", "restore?version=4", "History of A<")
	lacks(t, body, "restore?version=5")
	s.fake.deny["shop.records.customer"] = object.Delete
	if _, body := s.get(t, "/shop/customers/1/history"); strings.Contains(body, "restore?version") {
		t.Error("who may not delete is offered to bring it back")
	}
}

func TestTextDiff(t *testing.T) {
	s := newSite(t)
	long := func(n int) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, "w%d ", i)
		}
		return b.String()
	}
	for _, tt := range []struct{ old, fresh, want string }{
		{"the quick fox", "the slow fox", "the -quick-+slow+ fox"},
		{"", "new", "+new+"},
		{"same", "same", "same"},
		{"a b c", "b c d", "-a -b c+ d+"},
		{"grün, rot", "grün. rot", "grün-,-+.+ rot"},
		{"b c", "a b c", "+a +b c"},
		{long(4000), "x " + long(4000), "+x +" + long(4000)},
	} {
		got, ok := ui.TextDiff(s.ctx(&http.Request{}, ui.App{}, nil), tt.old, tt.fresh)
		if !ok || got != tt.want {
			t.Errorf("%.40q → %.40q is %.80q, want %.80q", tt.old, tt.fresh, got, tt.want)
		}
	}
	if _, ok := ui.TextDiff(s.ctx(&http.Request{}, ui.App{}, nil), strings.ToUpper(long(4000)), long(4000)); ok {
		t.Error("texts of 4,000 other words are compared word by word")
	}
}
