package appos_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/apposengine/appos"
	"github.com/apposengine/appos/appostest"
)

// Mistakes in building a query that a compiler cannot see are refused.
func TestMistakenQueries(t *testing.T) {
	manager, _, end := sold()
	defer end()
	var stray Article
	for name, tt := range map[string]struct {
		query func(*Article, *appos.Query)
		says  string
	}{
		"a field of another row":    {func(_ *Article, q *appos.Query) { q.Where(appos.Eq(&stray.Name, "x")) }, "addresses of fields"},
		"a relation of another row": {func(_ *Article, q *appos.Query) { q.Where(appos.Any(&stray.Sales, nil)) }, "Many or One"},
		"an outer field inside": {func(a *Article, q *appos.Query) {
			q.Where(appos.Any(&a.Sales, func(_ *Sale, q *appos.Query) { q.Where(appos.Eq(&a.Name, "x")) }))
		}, "addresses of fields"},
		"an order inside": {func(a *Article, q *appos.Query) {
			q.Where(appos.Any(&a.Sales, func(s *Sale, q *appos.Query) { q.OrderBy(&s.Pieces) }))
		}, "only Where"},
		"with a reference": {func(a *Article, q *appos.Query) { q.With(&a.Name) }, "Related"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := appos.Find(manager, tt.query)
			if !errors.Is(err, appos.Invalid) || !strings.Contains(err.Error(), tt.says) {
				t.Errorf("%v, want one that says %q", err, tt.says)
			}
		})
	}
}

// Auditors see articles but not their sales.
func TestConditionsOnRecordsThatMayNotBeViewed(t *testing.T) {
	env := appostest.New(t, shop)
	_, err := appos.Find(env.As(auditors), func(a *Article, q *appos.Query) { q.Where(appos.Any(&a.Sales, nil)) })
	if !errors.Is(err, appos.Denied) {
		t.Errorf("%v, want Denied", err)
	}
}
