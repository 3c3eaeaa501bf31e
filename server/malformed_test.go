package server_test

import (
	"fmt"
	"math/rand/v2"
	"net/url"
	"strings"
	"testing"
)

// 10,000 random requests to the REST routes, few of which make sense, end in an
// answer or in a problem that is the client's.
func TestMalformedRequests(t *testing.T) {
	s := open(t)
	r := rand.New(rand.NewPCG(3, 4))
	pick := func(of ...string) string { return of[r.IntN(len(of))] }
	junk := func() string {
		b := make([]byte, r.IntN(12))
		for i := range b {
			b[i] = byte(r.IntN(256))
		}
		return string(b)
	}
	value := func() string {
		return pick("1", "-1", "0.001", "gold", "confirmed", "2026-01-01", "true", "null", "", "1,2,3", `{"or":[{"code":"a"}]}`, `{"not":{"customer":{"tier":"gold"}}}`, "[]", "{", `"`, "%", "\x00", "☃", junk(), strings.Repeat("9", 30), strings.Repeat("a ", 40))
	}
	param := func() string {
		return pick("sort", "limit", "cursor", "before", "q", "where", "count", "expand", "fields", "group", "sum", "avg", "min", "max", "count_distinct", "having", "code", "tier__in", "name__contains", "credit_limit__gt",
			"region__name", "orders__status", "orders__lines__product__name", "customer__tier__ne", "placed_at__ge", "status", "number__like", "id__not_in", junk())
	}
	body := func() string {
		return pick("", "{}", "[]", "null", `{"code":"a","name":"b"}`, `{"number":"1","customer_id":1,"placed_at":"x"}`, `{"create":[{}],"update":[{"id":1}],"delete":[-1]}`, `[{"code":1},2,null]`, `{"name":`+fmt.Sprintf("%q", value())+`}`, strings.Repeat("[", 200), junk())
	}
	statuses := map[int]int{}
	for range 10_000 {
		path := "/api/crm/" + pick("customers", "orders", "order-lines", "products", "regions", "nothing", url.PathEscape(junk()))
		path += pick("", "", "", "/aggregate", "/aggregate", "/1", "/999999", "/-1", "/bulk", "/1/history", "/import", "/export", "/"+url.PathEscape(junk()))
		method := pick("GET", "GET", "GET", "GET", "POST", "PATCH", "PUT", "DELETE", "HEAD", "OPTIONS")
		query := ""
		for range r.IntN(4) {
			query += "&" + url.QueryEscape(param()) + "=" + url.QueryEscape(value())
		}
		if r.IntN(20) == 0 {
			query += pick("&%zz", "&;", "&=", "&a=b&a=c")
		}
		sent := ""
		if method != "GET" {
			sent = body()
		}
		w := s.do(method, path+"?"+strings.TrimPrefix(query, "&"), sent)
		statuses[w.Code]++
		if w.Code >= 500 {
			t.Fatalf("%s %s?%s with %q: %d %s", method, path, query, sent, w.Code, w.Body)
		}
	}
	if statuses[200] < 200 || statuses[400] < 200 {
		t.Errorf("the requests are not of many kinds: %v", statuses)
	}
}
