package admin_test

import (
	"context"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/apposengine/appos/internal/object"
	"github.com/apposengine/appos/internal/security"
	"github.com/apposengine/appos/ui"
)

const (
	customerRef  = "shop.records.customer"
	customerPage = "/admin/permissions?ref=shop.records.customer"
)

var ticked = regexp.MustCompile(`<input type="checkbox"[^>]* name="([a-z_]+:[a-z]+)"[^>]* checked`)

// boxes are the ticked checkboxes of a page, as pairs for a post.
func (p page) boxes() (pairs []string) {
	for _, m := range ticked.FindAllStringSubmatch(p.body, -1) {
		pairs = append(pairs, m[1], "on")
	}
	return pairs
}

func (e *env) grants(ref string) string {
	e.t.Helper()
	all, err := e.Security.Permissions().GrantsOf(context.Background(), ref)
	if err != nil {
		e.t.Fatal(err)
	}
	return given(all)
}

func given(all []security.GroupGrant) string {
	var lines []string
	for _, g := range all {
		lines = append(lines, g.Group+"="+g.Permissions.String()+" by "+string(g.Source)+" on "+g.Ref)
	}
	return strings.Join(lines, "; ")
}

// TestPermissionsCountAtOnce gives and takes a right of a user who is at work.
func TestPermissionsCountAtOnce(t *testing.T) {
	e := open(t)
	ctx := e.as("ana")
	if e.may(ctx, customerRef, object.Delete) {
		t.Fatal("ana may delete already")
	}
	p := e.get(customerPage)
	if !regexp.MustCompile(`<h1[^>]*>shop\.records\.customer</h1>`).MatchString(p.body) {
		t.Error("the title does not name the object")
	}
	if !strings.Contains(p.body, `aria-label="sales: delete"`) {
		t.Error("the checkbox has no name")
	}
	p = e.post(customerPage, save(append(p.boxes(), "sales:delete", "on")...)...)
	if p.location != customerPage || len(p.toasts) != 1 || p.toasts[0].Tone != ui.OK {
		t.Fatalf("on to %q, toasts %v, error %v", p.location, p.toasts, p.err)
	}
	if !e.may(e.as("ana"), customerRef, object.Delete) {
		t.Error("the right does not count")
	}
	p = e.get(customerPage)
	if !slices.Contains(p.boxes(), "sales:delete") {
		t.Error("the page does not show it")
	}
	p.has(t, "Changed by an administrator", "Restore declared")
	e.get("/admin/permissions").has(t, customerRef, "sales: view, create, update, delete")

	e.post(customerPage, "_do", "restore")
	if e.may(e.as("ana"), customerRef, object.Delete) {
		t.Error("the right still counts after it was restored")
	}
	if text := e.get(customerPage).text(); strings.Contains(text, "Restore declared") {
		t.Error("there is still something to restore")
	}
	e.get("/admin/audit?subject="+customerRef).has(t, "Permissions: set", "Permissions: restore", "admin")
}

// TestSaveUnchanged saves the form as it is: what counts stays the same, and what
// wildcards decide goes on being decided by them.
func TestSaveUnchanged(t *testing.T) {
	e := open(t)
	ref, path := "shop.rules.price", "/admin/permissions?ref=shop.rules.price"
	e.post("/admin/permissions?ref=shop.rules.*", save("support:use", "on", "support:view", "on")...)
	if want := "sales=view,use by declared on shop.rules.price; support=view,use by admin on shop.rules.*"; e.grants(ref) != want {
		t.Fatalf("the grants are %s, want %s", e.grants(ref), want)
	}
	p := e.get(path)
	p.has(t, "Wildcard shop.rules.*", "Declared")
	if p := e.post(path, save(p.boxes()...)...); p.err != nil || p.location != path {
		t.Fatalf("on to %q, error %v", p.location, p.err)
	}
	if want := "sales=view,use by admin on shop.rules.price; support=view,use by admin on shop.rules.*"; e.grants(ref) != want {
		t.Errorf("the grants are %s, want %s", e.grants(ref), want)
	}
	// taking one right of what the wildcard gives makes rows of the object's own
	e.post(path, save("sales:use", "on", "support:view", "on")...)
	if want := "sales=use by admin on shop.rules.price; support=view by admin on shop.rules.price"; e.grants(ref) != want {
		t.Errorf("the grants are %s, want %s", e.grants(ref), want)
	}
	// nothing at all is a refusal, and stays one when it is saved again
	for range 2 {
		e.post(path, save("sales:use", "on")...)
		if want := "sales=use by admin on shop.rules.price; support= by admin on shop.rules.price"; e.grants(ref) != want {
			t.Errorf("the grants are %s, want %s", e.grants(ref), want)
		}
	}
}

// TestInactiveGroupKeepsItsRows saves permissions while a group that has some is
// not offered.
func TestInactiveGroupKeepsItsRows(t *testing.T) {
	e := open(t)
	e.post("/admin/groups/support", "_do", "deactivate")
	p := e.get(customerPage)
	if strings.Contains(p.body, "support:") {
		t.Error("an inactive group is offered")
	}
	e.post(customerPage, save(p.boxes()...)...)
	e.post("/admin/groups/support", "_do", "activate")
	if !e.may(e.as("sam"), customerRef, object.View) {
		t.Errorf("the group lost its rows: %s", e.grants(customerRef))
	}
}

func TestWildcard(t *testing.T) {
	e := open(t)
	p := e.post("/admin/permissions", save("ref", "shop.rules.*")...)
	path := "/admin/permissions?ref=shop.rules.%2A"
	if p.location != path {
		t.Fatalf("on to %q, error %v", p.location, p.err)
	}
	page := e.get(path)
	page.lacks(t, "sales: create") // means nothing for rules
	e.post(path, save("support:use", "on")...)
	if !e.may(e.as("sam"), "shop.rules.price", object.Use) {
		t.Error("the wildcard gives nothing")
	}
	e.get("/admin/permissions").has(t, "shop.rules.*", "Wildcard", "support: use")
	e.get("/admin/groups/support?view=grants").has(t, "shop.rules.*", "shop.rules.price", "Wildcard")
	e.post(path, "_do", "restore")
	if e.may(e.as("sam"), "shop.rules.price", object.Use) {
		t.Error("the wildcard still gives")
	}
}

// TestWhy explains who may do what.
func TestWhy(t *testing.T) {
	e := open(t)
	p := e.get(customerPage + "&view=who&user=ana")
	p.has(t, "ana has create on shop.records.customer through group sales", "ana has no delete")
	p = e.get(customerPage + "&view=who&user=sam&q=sam")
	p.has(t, "sam has no create on shop.records.customer: group support has view")
	e.get("/admin/users/ana?view=rights&app=shop").has(t, "shop.records.customer", "shop.rules.price")
	if text := e.get("/admin/users/sam?view=rights").text(); strings.Contains(text, "shop.rules.price") {
		t.Error("sam's rights hold a rule that sam may not use")
	}
}

// TestForgedFields posts permissions that the form does not offer.
func TestForgedFields(t *testing.T) {
	e := open(t)
	e.unchanged(func() {
		// fields that the form does not have count for nothing
		before := e.grants("shop.rules.price")
		e.request("ana", "POST", "/admin/permissions?ref=shop.rules.price", fields(save("sales:admin", "on")...))
		if e.grants("shop.rules.price") != before {
			t.Error("ana gave herself a permission")
		}
	})
	e.post("/admin/permissions?ref=shop.rules.price", save("nobodies:use", "on", "sales:use", "on", "sales:delete", "on")...)
	if want := "sales=use by admin on shop.rules.price"; e.grants("shop.rules.price") != want {
		t.Errorf("the grants are %s, want %s", e.grants("shop.rules.price"), want)
	}
}
