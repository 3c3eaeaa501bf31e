package admin_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/apposengine/appos"
	"github.com/apposengine/appos/internal/admin"
	"github.com/apposengine/appos/internal/queue"
	"github.com/apposengine/appos/ui"
)

// addresses are all pages in all views, by route.
var addresses = map[string][]string{
	"/":          {"/"},
	"/users":     {"/users", "/users?q=ana", "/users?type=service_account&state=active", "/users?q=nobody"},
	"/users/new": {"/users/new"},
	"/users/{name}": {"/users/ana", "/users/ana?view=groups", "/users/ana?view=rights", "/users/ana?view=sessions", "/users/ana?view=password", "/users/ana?view=history",
		"/users/admin?view=rights", "/users/public", "/users/public?view=groups", "/users/ana?view=keys", "/users/partner?view=keys", "/users/partner"},
	"/service-accounts":     {"/service-accounts", "/service-accounts?q=part&state=active", "/service-accounts?q=nobody"},
	"/service-accounts/new": {"/service-accounts/new"},
	"/api-keys":             {"/api-keys", "/api-keys?state=expiring", "/api-keys?q=x&state=revoked", "/api-keys?state=odd"},
	"/api-keys/new":         {"/api-keys/new", "/api-keys/new?account=partner", "/api-keys/new?account=admin", "/api-keys/new?account=nobody"},
	"/public":               {"/public"},
	"/groups":               {"/groups", "/groups?state=inactive"},
	"/groups/new":           {"/groups/new"},
	"/groups/{name}":        {"/groups/sales", "/groups/sales?view=add", "/groups/sales?view=grants", "/groups/sales?view=settings", "/groups/sales?view=history", "/groups/system_admin"},
	"/permissions": {"/permissions", "/permissions?ref=shop.records.customer", "/permissions?ref=shop.rules.*", "/permissions?ref=*",
		"/permissions?ref=shop.records.customer&view=who", "/permissions?ref=shop.records.customer&view=who&user=ana"},
	"/sessions":   {"/sessions"},
	"/audit":      {"/audit", "/audit?actor=system&subject=user:ana"},
	"/data-audit": {"/data-audit", "/data-audit?record=shop.records.customer&operation=update&field=name&user=ana"},
	"/events":     {"/events", "/events?app=shop&user=ana&within=24h&q=paid", "/events?execution_id=x"},
	"/objects":    {"/objects", "/objects?kind=Rule&app=shop", "/objects?sort=-calls"},
	"/objects/{ref}": {"/objects/shop.records.customer", "/objects/shop.rules.price", "/objects/shop.rules.quote", "/objects/shop.constants.tax_rate", "/objects/shop.constants.pricing",
		"/objects/shop.translation_sets.labels", "/objects/shop.pages.home", "/objects/shop.sites.shop", "/objects/admin.pages.user", "/objects/platform.rules.set_password"},
	"/api":                 {"/api", "/api?q=customers&method=POST", "/api?q=nothing+at+all"},
	"/api/{operation}":     {"/api/shopCustomersList", "/api/shopCustomersCreate", "/api/createToken"},
	"/records":             {"/records", "/records?app=shop&q=cust"},
	"/records/{ref}":       {"/records/shop.records.customer", "/records/shop.records.pallet?q=x&sort=-label"},
	"/records/{ref}/{row}": {"/records/shop.records.customer/1"},
	"/systems":             {"/systems", "/systems?q=ware"},
	"/systems/{ref}": {"/systems/shop.connected_systems.warehouse", "/systems/shop.connected_systems.warehouse?view=settings",
		"/systems/shop.connected_systems.warehouse?view=settings&env=prod", "/systems/shop.connected_systems.warehouse?view=history"},
	"/constants":       {"/constants", "/constants?q=tax&app=shop"},
	"/constants/{ref}": {"/constants/shop.constants.tax_rate", "/constants/shop.constants.pricing", "/constants/shop.constants.tax_rate?view=history"},
	"/translations":    {"/translations", "/translations?q=labels"},
	"/translations/{ref}": {"/translations/shop.translation_sets.labels", "/translations/shop.translation_sets.labels?language=pt-BR&state=Missing",
		"/translations/shop.translation_sets.labels?view=history"},
	"/translations/{ref}/{key}": {"/translations/shop.translation_sets.labels/welcome?language=fr"},
	"/webhooks":                 {"/webhooks", "/webhooks?q=ware&state=failing", "/webhooks?state=paused"},
	"/webhooks/new":             {"/webhooks/new"},
	"/webhooks/{id}": {"/webhooks/1", "/webhooks/1?state=waiting", "/webhooks/1?state=odd", "/webhooks/1?q=created", "/webhooks/1?q=%25",
		"/webhooks/1?view=settings", "/webhooks/1?view=history"},
	"/webhooks/{id}/deliveries/{delivery}": {"/webhooks/1/deliveries/1"},
	"/imports":                             {"/imports", "/imports?q=customers"},
	"/jobs":                                {"/jobs", "/jobs?view=jobs", "/jobs?view=jobs&state=discarded&queue=default&kind=greet", "/jobs?view=nodes", "/jobs?view=schedules"},
	"/jobs/{id}":                           {"/jobs/1"},
	"/logs":                                {"/logs", "/logs?kind=rules&level=error&user=ana", "/logs?category=security&q=denied"},
	"/logs/entry":                          nil, // see TestLogs
}

// TestEveryPage opens every page as an administrator, and finds it closed to
// everybody else.
func TestEveryPage(t *testing.T) {
	e := open(t)
	e.hook("erp <b>", "http://127.0.0.1:9/")
	if _, err := appos.Create(e.as("admin"), Customer{Name: "Bo"}); err != nil {
		t.Fatal(err)
	}
	if _, err := e.Queue.Enqueue(e.as("admin"), greet{"Bo"}, queue.Opts{}); err != nil {
		t.Fatal(err)
	}
	for _, o := range admin.New(nil).Descriptor().Objects {
		if o.Page != nil {
			if _, ok := addresses[o.Page.Route]; !ok {
				t.Errorf("the page %s is not tested", o.Ref)
			}
		}
	}
	for _, paths := range addresses {
		for _, path := range paths {
			t.Run(path, func(t *testing.T) {
				e.t = t
				p := e.get("/admin" + path)
				if n := strings.Count(p.body, "<h1"); n != 1 {
					t.Errorf("there are %d titles", n)
				}
				p.lacks(t, "<b> Whitaker", "%!", "style=", "<script>")
				for _, user := range []string{"ana", "sam", "partner", "public"} {
					for _, method := range []string{http.MethodGet, http.MethodPost} {
						if got := e.request(user, method, "/admin"+path, fields(submit...)); !errors.Is(got.err, appos.Denied) || got.status != http.StatusForbidden {
							t.Errorf("%s as %s: status %d, error %v", method, user, got.status, got.err)
						}
					}
				}
			})
		}
	}
}

// TestNoSuchPage asks for what does not exist.
func TestNoSuchPage(t *testing.T) {
	e := open(t)
	e.hook("erp", "http://127.0.0.1:9/")
	for _, path := range []string{
		"/users/nobody", "/users/ana?view=other", "/groups/nobodies", "/groups/sales?view=other", "/objects/shop.rules.none",
		"/permissions?ref=shop.rules.none", "/permissions?ref=shop.rules.price&view=other", "/permissions?ref=shop.rules.*&view=who",
		"/permissions?ref=shop.rules.price&view=who&user=nobody", "/users/public?view=password", "/users/partner?view=password", "/users/public?view=keys",
		"/data-audit?record=shop.records.order", "/data-audit?record=shop.rules.price", "/data-audit?record=none",
		"/records/shop.rules.price", "/records/none", "/records/shop.records.customer/99", "/records/none/1",
		"/systems/shop.connected_systems.none", "/systems/shop.connected_systems.warehouse?view=other", "/systems/shop.connected_systems.warehouse?view=settings&env=No",
		"/jobs/99", "/jobs?view=other", "/api/none", "/api/shopcustomerslist",
		"/webhooks/99", "/webhooks/1?view=other", "/webhooks/1/deliveries/99", "/webhooks/99/deliveries/1",
		"/logs/entry", "/logs/entry?kind=..&category=execution&at=2026-03-14T12:00:00Z",
	} {
		if p := e.request("admin", http.MethodGet, "/admin"+path, nil); p.status != http.StatusNotFound {
			t.Errorf("%s: status %d, error %v", path, p.status, p.err)
		}
	}
	if p := e.request("admin", http.MethodGet, "/admin/permissions?ref=no+reference", nil); p.status != http.StatusUnprocessableEntity {
		t.Errorf("a broken reference: status %d, error %v", p.status, p.err)
	}
}

// TestMenu finds every list of the console in its menu, and none for others.
func TestMenu(t *testing.T) {
	e := open(t)
	app := e.Engine.Registry().App(admin.Name)
	var labels []string
	for _, n := range ui.Navigation(e.as("admin"), app) {
		labels = append(labels, n.Label)
		for _, item := range n.Items {
			labels = append(labels, item.Label)
		}
	}
	if got, want := strings.Join(labels, " "), "Overview Access Users Service accounts Groups Permissions Public access API keys Sessions Audit Data changes Build Objects Records Constants Translations Imports API Operate Connected systems Webhooks Jobs Logs Events"; got != want {
		t.Errorf("the menu is %s, want %s", got, want)
	}
	if nav := ui.Navigation(e.as("ana"), app); len(nav) != 0 {
		t.Errorf("ana has the menu %v", nav)
	}
}

// TestUnknownAction posts what no button of a page asks for.
func TestUnknownAction(t *testing.T) {
	e := open(t)
	e.unchanged(func() {
		for _, path := range []string{"/admin/users/ana", "/admin/groups/sales", "/admin/sessions"} {
			if p := e.post(path, "_do", "destroy"); !errors.Is(p.err, appos.Invalid) {
				t.Errorf("%s: %v", path, p.err)
			}
			if p := e.post(path, "_do", "revoke", "session", "x"); p.err == nil {
				t.Errorf("%s: a session that is no number is revoked", path)
			}
		}
	})
}
