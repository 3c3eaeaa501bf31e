package crm_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/apposengine/appos"
	"github.com/apposengine/appos/appostest"
	"github.com/apposengine/appos/demo/apps/crm"
	"github.com/apposengine/appos/demo/apps/finance"
)

// send asks a web API as the user of ctx.
func send(env *appostest.Env, ctx context.Context, method, path, body string) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	env.Handler(ctx).ServeHTTP(w, r)
	return w
}

func TestCustomerSummaryAPI(t *testing.T) {
	env, customer, order := business(t, crm.Gold, "0")
	if _, err := appos.Update(env.System(), order.ID, func(o *crm.Order) { o.Status = crm.Confirmed }); err != nil {
		t.Fatal(err)
	}
	w := send(env, env.As(crm.APIConsumers), "GET", fmt.Sprintf("/api/crm/v1/customers/%d", customer.ID), "")
	want := fmt.Sprintf(`{"id":%d,"code":"C-1","name":"Heron AG","city":"","country":"","tier":"gold","since":%q,"orders":1,"revenue":"285.00"}`, customer.ID, customer.Since)
	if w.Code != 200 || w.Body.String() != want {
		t.Errorf("%d %s, want %s", w.Code, w.Body, want)
	}
	for path, status := range map[string]int{"/api/crm/v1/customers/4711": 404, "/api/crm/v1/customers/x": 404, "/api/crm/v1/customers/0": 422} {
		if w := send(env, env.As(crm.Sales), "GET", path, ""); w.Code != status {
			t.Errorf("%s: %d %s", path, w.Code, w.Body)
		}
	}
	if w := send(env, env.As(crm.Support), "GET", "/api/crm/v1/customers/1", ""); w.Code != 403 {
		t.Errorf("support may use the rule and not the web API: %d %s", w.Code, w.Body)
	}
}

func TestPlaceOrderAPI(t *testing.T) {
	env, customer, _ := business(t, crm.Silver, "0")
	partner := env.As(crm.APIConsumers)
	body := func(number string, product int) string {
		return fmt.Sprintf(`{"number":%q,"customer":%d,"due_on":"2026-02-28","lines":[{"product":%d,"quantity":2}]}`, number, customer.ID, product)
	}
	w := send(env, partner, "POST", "/api/crm/v1/orders", body("P-1", 1))
	var placed struct {
		ID            int64
		Status, Goods string
	}
	if err := json.Unmarshal(w.Body.Bytes(), &placed); err != nil || w.Code != 201 || placed.Status != "draft" || placed.Goods != "190.00" ||
		w.Header().Get("Location") != fmt.Sprintf("/api/crm/orders/%d", placed.ID) {
		t.Fatalf("%d %v %s", w.Code, w.Header(), w.Body)
	}
	for name, tt := range map[string]struct {
		body   string
		status int
		says   string
	}{
		"the number again":        {body("P-1", 1), 409, "taken"},
		"a product that is none":  {body("P-2", 4711), 409, "line 1: product 4711 cannot be ordered"},
		"no lines":                {fmt.Sprintf(`{"number":"P-3","customer":%d,"lines":[]}`, customer.ID), 422, `"field":"lines"`},
		"a customer that is none": {strings.Replace(body("P-4", 1), fmt.Sprintf(`"customer":%d`, customer.ID), `"customer":4711`, 1), 404, "4711"},
		"nothing of a product":    {strings.Replace(body("P-5", 1), `"quantity":2`, `"quantity":0`, 1), 422, `"field":"lines[0].quantity"`},
	} {
		if w := send(env, partner, "POST", "/api/crm/v1/orders", tt.body); w.Code != tt.status || !strings.Contains(w.Body.String(), tt.says) {
			t.Errorf("%s: %d %s", name, w.Code, w.Body)
		}
	}
	if n, err := appos.Count[crm.Order](env.System(), nil); err != nil || n != 2 {
		t.Errorf("there are %d orders, %v; want the first and P-1", n, err)
	}
}

func TestFindOrdersAPI(t *testing.T) {
	env, customer, order := business(t, crm.Bronze, "0")
	for query, found := range map[string]bool{
		"": true, "?status=draft": true, "?status=draft,shipped": true, "?status=shipped&status=delivered": false,
		fmt.Sprintf("?customer=%d&limit=1", customer.ID): true, "?customer=4711": false, "?since=2026-01-01T00:00:00Z": true, "?until=2001-01-01T00:00:00Z": false,
	} {
		w := send(env, env.As(crm.APIConsumers), "GET", "/api/crm/v1/orders"+query, "")
		if w.Code != 200 || strings.Contains(w.Body.String(), order.Number) != found || !strings.Contains(w.Body.String(), `"more":false`) {
			t.Errorf("%q: %d %s", query, w.Code, w.Body)
		}
	}
	w := send(env, env.As(crm.Sales), "GET", "/api/crm/v1/orders?status=open", "")
	if w.Code != 422 || !strings.Contains(w.Body.String(), `"field":"status[0]"`) {
		t.Errorf("a status that is none: %d %s", w.Code, w.Body)
	}
}

func TestListTiersAPI(t *testing.T) {
	env := appostest.New(t, crm.App, finance.App)
	w := send(env, context.Background(), "GET", "/api/crm/v1/tiers", "")
	if w.Code != 200 || w.Body.String() != `[{"tier":"bronze","discount":"0.00"},{"tier":"silver","discount":"0.05"},{"tier":"gold","discount":"0.10"},{"tier":"platinum","discount":"0.15"}]` {
		t.Errorf("nobody gets %d %s", w.Code, w.Body)
	}
}

func TestCreditAPI(t *testing.T) {
	env, customer, _ := business(t, crm.Bronze, "500")
	path := fmt.Sprintf("/api/finance/v1/customers/%d/credit?amount=", customer.ID)
	w := send(env, env.As(crm.Sales), "GET", path+"499.99", "")
	if w.Code != 200 || w.Body.String() != `{"approved":true,"limit":"500","owed":"0"}` {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if w := send(env, env.As(crm.Sales), "GET", path+"-1", ""); w.Code != 422 {
		t.Errorf("less than nothing: %d %s", w.Code, w.Body)
	}
	if w := send(env, env.As(crm.APIConsumers), "GET", path+"1", ""); w.Code != 403 {
		t.Errorf("partners: %d %s", w.Code, w.Body)
	}
}
