package record_test

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/shopspring/decimal"

	"github.com/apposengine/appos"
	"github.com/apposengine/appos/internal/object"
	"github.com/apposengine/appos/internal/record"
	"github.com/apposengine/appos/internal/store/storetest"
)

// figures answers an aggregate in the form of a request, as JSON.
func (b *bench) figures(p *record.Plan, a *record.Access, query string) (string, error) {
	params, err := url.ParseQuery(query)
	b.must(err)
	q, err := p.ParseAggregate(a, params)
	if err != nil {
		return "", err
	}
	var out []byte
	more, err := p.Aggregate(b.ctx, a, q, func(values []any) error {
		out = record.AppendFigures(out, q, values)
		return nil
	})
	if more {
		out = append(out, '+')
	}
	return string(out), err
}

func TestAggregates(t *testing.T) {
	storetest.Each(t, func(t *testing.T, url string) { aggregates(t, dealingsIn(setupAt(t, url))) })
}

func aggregates(t *testing.T, b *bench) {
	for i, at := range []string{"1969-12-31T23:59:59.5Z", "1900-02-28T00:00:00Z", "2024-02-29T12:00:00Z", "2023-01-01T00:00:00Z"} {
		placed, err := time.Parse(time.RFC3339, at)
		b.must(err)
		b.must(b.orders.Create(b.ctx, nil, &Order{Number: fmt.Sprint("old", i), Customer: 3, Placed: placed, Total: decimal.New(1, -2)}))
	}
	old := "number__starts_with=old"
	for _, c := range []struct {
		plan        *record.Plan
		query, want string
	}{
		{b.customers, "", `{"count":4}`},
		{b.customers, "code=nobody&sum=credit,stars,score&avg=credit,stars,score&min=name&max=stars&count_distinct=tier&count=true",
			`{"count":0,"avg_credit":null,"avg_stars":null,"avg_score":null,"count_distinct_tier":0,"max_stars":null,"min_name":null,"sum_credit":"0.00","sum_stars":0,"sum_score":0}`},
		{b.customers, "group=tier", `{"tier":"bronze"}{"tier":"gold"}`},
		{b.customers, "group=stars&count=true&sort=-count", `{"stars":5,"count":2}{"stars":null,"count":1}{"stars":1,"count":1}`},
		{b.customers, "group=stars&count=true&having={\"count__gt\":1}", `{"stars":5,"count":2}`},
		{b.customers, "group=active&sum=credit&avg=credit&having={\"or\":[{\"sum_credit__ge\":\"12.51\"},{\"sum_credit__lt\":\"1.00\"}]}", `{"active":false,"avg_credit":"4.836667","sum_credit":"14.51"}`},
		{b.customers, "sum=stars&avg=stars&count_distinct=stars&min=stars&max=seen", `{"avg_stars":"3.6667","count_distinct_stars":2,"max_seen":"2026-03-01T12:00:00.123456Z","min_stars":1,"sum_stars":11}`},
		{b.customers, "group=region__name&count=true", `{"region__name":null,"count":3}{"region__name":"North","count":1}`},
		{b.customers, "group=region_id,tier&count=true&sort=-region_id,-tier&limit=2", `{"region_id":1,"tier":"bronze","count":1}{"region_id":null,"tier":"gold","count":1}+`},
		{b.customers, "group=seen__month&orders__total__gt=1", `{"seen__month":null}`},
		{b.orders, "group=customer__tier&sum=total&avg=total&max=number&number__not_in=old0,old1,old2,old3", `{"customer__tier":"bronze","avg_total":"3.000000","max_number":"5","sum_total":"9.00"}{"customer__tier":"gold","avg_total":"3.000000","max_number":"4","sum_total":"6.00"}`},
		{b.orders, "group=customer__name&avg=total&sort=-avg_total&limit=1", `{"customer__name":"dan","avg_total":"5.000000"}+`},
		{b.orders, "group=customer__created_at__year&count=true", `{"customer__created_at__year":"2026-01-01T00:00:00Z","count":9}`},
		{b.orders, "group=placed__day&" + old, `{"placed__day":"1900-02-28T00:00:00Z"}{"placed__day":"1969-12-31T00:00:00Z"}{"placed__day":"2023-01-01T00:00:00Z"}{"placed__day":"2024-02-29T00:00:00Z"}`},
		{b.orders, "group=placed__week&" + old, `{"placed__week":"1900-02-26T00:00:00Z"}{"placed__week":"1969-12-29T00:00:00Z"}{"placed__week":"2022-12-26T00:00:00Z"}{"placed__week":"2024-02-26T00:00:00Z"}`},
		{b.orders, "group=placed__month&" + old, `{"placed__month":"1900-02-01T00:00:00Z"}{"placed__month":"1969-12-01T00:00:00Z"}{"placed__month":"2023-01-01T00:00:00Z"}{"placed__month":"2024-02-01T00:00:00Z"}`},
		{b.orders, "group=placed__quarter&" + old, `{"placed__quarter":"1900-01-01T00:00:00Z"}{"placed__quarter":"1969-10-01T00:00:00Z"}{"placed__quarter":"2023-01-01T00:00:00Z"}{"placed__quarter":"2024-01-01T00:00:00Z"}`},
		{b.orders, "group=placed__year&" + old, `{"placed__year":"1900-01-01T00:00:00Z"}{"placed__year":"1969-01-01T00:00:00Z"}{"placed__year":"2023-01-01T00:00:00Z"}{"placed__year":"2024-01-01T00:00:00Z"}`},
	} {
		got, err := b.figures(c.plan, open("ana"), c.query)
		if err != nil || got != c.want {
			t.Errorf("%s\n got %s, %v\nwant %s", c.query, got, err, c.want)
		}
	}

	for query, message := range map[string]string{
		"group=tags":                             "JSON",
		"group=teir":                             `did you mean "tier"?`,
		"group=region__nam":                      `did you mean "region__name"?`,
		"group=orders__total":                    "not a field",
		"group=seen__decade":                     "quarter",
		"group=name__month":                      "only times",
		"group=tier,tier":                        "twice",
		"group=":                                 "not a field",
		"sum=name":                               "added up",
		"sum=nope":                               "not a field",
		"min=active":                             "no min",
		"count=maybe":                            "true or false",
		"limit=5000":                             "1000",
		"sort=tier":                              "not part of the answer",
		"group=tier&sort=-cuont&count=true":      `did you mean "count"?`,
		"count=true&having=1":                    "JSON",
		"count=true&having={\"count\":\"x\"}":    "whole number",
		"count=true&having={\"cnt\":1}":          `did you mean "count"?`,
		"avg=stars&having={\"avg_stars__gt\":1}": "average",
		"group=tier&having={\"tier\":\"gold\"}":  "before they are grouped",
		"cursor=x":                               "not a field",
		"group=secret":                           "not a field",
	} {
		_, err := b.figures(b.customers, open("ana"), query)
		if e := wantError(t, err, object.Invalid); !strings.Contains(strings.ToLower(e.Error()), strings.ToLower(message)) {
			t.Errorf("%s: error %q, want %q", query, e, message)
		}
	}

	// sums are exact, or they are refused
	big := func(number string, total int64) {
		b.must(b.orders.Create(b.ctx, nil, &Order{Number: number, Customer: 1, Total: decimal.New(total, -2)}))
	}
	big("huge1", 9_000_000_000_000_000_001)
	got, err := b.figures(b.orders, open("ana"), "number=huge1&sum=total&avg=total")
	if err != nil || got != `{"avg_total":"90000000000000000.010000","sum_total":"90000000000000000.01"}` {
		t.Errorf("%s %v", got, err)
	}
	big("huge2", 9_000_000_000_000_000_001)
	_, err = b.figures(b.orders, open("ana"), "number__starts_with=huge&sum=total")
	if e := wantError(t, err, object.Invalid); !strings.Contains(e.Error(), "too large") {
		t.Error(e)
	}
}

// An aggregate says nothing about rows and fields that the user may not see.
func TestAggregatesAreSecured(t *testing.T) {
	storetest.Each(t, func(t *testing.T, url string) { securedAggregates(t, dealingsIn(setupAt(t, url))) })
}

func securedAggregates(t *testing.T, b *bench) {
	a := open("ana")
	a.Rows = []object.Cond{{Op: object.OpGt, Field: b.field(b.orders, "total"), Value: 1}}
	a.Hidden = mask(b.orders, "number")
	a.Related = func(o *object.Object) (*record.Access, error) {
		gold := object.Cond{Op: object.OpEq, Field: b.field(b.customers, "tier"), Value: "gold"}
		return &record.Access{Rows: []object.Cond{gold}, Hidden: mask(b.customers, "name")}, nil
	}
	got, err := b.figures(b.orders, a, "group=customer__code,placed__year&count=true&sum=total&total__gt=0")
	if err != nil || got != `{"customer__code":null,"placed__year":"2026-01-01T00:00:00Z","count":2,"sum_total":"8.00"}{"customer__code":"b","placed__year":"2026-01-01T00:00:00Z","count":2,"sum_total":"6.00"}` {
		t.Errorf("%s %v", got, err)
	}
	for _, query := range []string{"group=number", "max=number", "count_distinct=number", "group=customer__name", "number=1", "where={\"number\":\"1\"}"} {
		_, err := b.figures(b.orders, a, query)
		if e := wantError(t, err, object.Invalid); !strings.Contains(e.Error(), "is not a field") {
			t.Errorf("%s: %v", query, e)
		}
	}
	a = open("ana")
	a.Related = func(*object.Object) (*record.Access, error) { return nil, object.Errorf(object.Denied, "no") }
	_, err = b.figures(b.orders, a, "group=customer__tier")
	wantError(t, err, object.Denied)
	q := &object.Aggregate{Groups: []*object.Figure{{Via: b.field(b.orders, "customer_id"), Field: b.field(b.customers, "tier")}}}
	_, err = b.orders.Aggregate(b.ctx, a, q, nil)
	wantError(t, err, object.Denied)
}

func TestAggregatesAreBounded(t *testing.T) {
	b := setup(t)
	notes := make([]Note, record.MaxGroups+1)
	for i := range notes {
		notes[i].Text = fmt.Sprint(i)
	}
	b.must(b.notes.CreateAll(b.ctx, nil, len(notes), func(i int) any { return &notes[i] }))
	q := &object.Aggregate{Groups: []*object.Figure{{Field: b.field(b.notes, "text")}}}
	n := 0
	count := func([]any) error { n++; return nil }
	_, err := b.notes.Aggregate(b.ctx, open("ana"), q, count)
	wantError(t, err, object.Invalid)
	n, q.Limit = 0, 7
	if more, err := b.notes.Aggregate(b.ctx, open("ana"), q, count); err != nil || !more || n != 7 {
		t.Errorf("%d groups, %v, %v", n, more, err)
	}
}

func TestAggregatesOfDaysAndDurations(t *testing.T) {
	storetest.Each(t, func(t *testing.T, url string) {
		typed := setupTypes(t, url)
		b := &bench{TB: t, ctx: typed.ctx}
		for i, day := range []string{"2024-02-29", "2023-01-01", "2023-03-31", "2023-01-02"} {
			on, err := appos.ParseDate(day)
			b.must(err)
			b.must(typed.everything.Create(b.ctx, nil, &Everything{On: on, Takes: time.Duration(i) * time.Hour, Small: 2_000_000_000}))
		}
		for query, want := range map[string]string{
			"group=on__week&sum=takes":                                              `{"on__week":"2022-12-26","sum_takes":"1h"}{"on__week":"2023-01-02","sum_takes":"3h"}{"on__week":"2023-03-27","sum_takes":"2h"}{"on__week":"2024-02-26","sum_takes":"0s"}`,
			"group=on__quarter&max=on":                                              `{"on__quarter":"2023-01-01","max_on":"2023-03-31"}{"on__quarter":"2024-01-01","max_on":"2024-02-29"}`,
			"group=on__month&count=true&having=" + `{"count":2}`:                    `{"on__month":"2023-01-01","count":2}`,
			"group=on__year&avg=takes&sum=takes&having=" + `{"sum_takes__gt":"2h"}`: `{"on__year":"2023-01-01","avg_takes":"2h","sum_takes":"6h"}`,
			"group=on__day&limit=1":                                                 `{"on__day":"2023-01-01"}+`,
			"sum=small&min=maybe_on,maybe_takes":                                    `{"min_maybe_on":null,"min_maybe_takes":null,"sum_small":8000000000}`,
		} {
			got, err := b.figures(typed.everything, open("ana"), query)
			if err != nil || got != want {
				t.Errorf("%s\n got %s, %v\nwant %s", query, got, err, want)
			}
		}
		for _, query := range []string{"sum=file", "max=words", "group=file", "group=words__month", "sum=on", "avg=at"} {
			_, err := b.figures(typed.everything, open("ana"), query)
			wantError(t, err, object.Invalid)
		}
	})
}
