package logs_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"testing"
	"time"

	"github.com/apposengine/appos/internal/logs"
	"github.com/apposengine/appos/internal/object"
)

func TestFilter(t *testing.T) {
	p := open(t, logs.Config{Now: (&clock{t: noon}).now})
	for i := range 10 {
		e := logs.Entry{Time: noon.Add(time.Duration(i) * time.Minute), Kind: "rules", App: "crm", Object: fmt.Sprint("crm.rules.r", i%2), User: []string{"ana", "sam"}[i%2], ExecutionID: fmt.Sprint("e", i), Message: fmt.Sprint("Message ", i)}
		if i == 3 {
			e.Code, e.Level = object.Denied, slog.LevelError
		}
		p.Log(e)
	}
	p.Log(logs.Entry{Time: noon, Kind: logs.Admin, Category: logs.Security, App: "other", Message: `"app":"crm"`})
	for name, c := range map[string]struct {
		f    logs.Filter
		want int
	}{
		"all":              {logs.Filter{}, 11},
		"kind":             {logs.Filter{Kinds: []logs.Kind{"rules"}}, 10},
		"no such kind":     {logs.Filter{Kinds: []logs.Kind{"../.."}}, 0},
		"category":         {logs.Filter{Categories: []logs.Category{logs.Security}}, 1},
		"app, not a text":  {logs.Filter{App: "crm"}, 10},
		"object":           {logs.Filter{Object: "crm.rules.r1"}, 5},
		"object, a prefix": {logs.Filter{Object: "crm.rules.r"}, 0},
		"user":             {logs.Filter{User: "ana"}, 5},
		"execution":        {logs.Filter{ExecutionID: "e3"}, 1},
		"failed":           {logs.Filter{Failed: true}, 1},
		"level":            {logs.Filter{Least: slog.LevelError}, 1},
		"text":             {logs.Filter{Text: "message 7"}, 1},
		"since":            {logs.Filter{Since: noon.Add(5 * time.Minute)}, 5},
		"until":            {logs.Filter{Kinds: []logs.Kind{"rules"}, Until: noon.Add(5 * time.Minute)}, 5},
		"limit":            {logs.Filter{Limit: 3}, 3},
	} {
		if got := query(t, p, c.f); len(got) != c.want {
			t.Errorf("%s: got %d lines, want %d", name, len(got), c.want)
		}
	}
	if got := query(t, p, logs.Filter{Limit: 2}); got[0].Message != "Message 9" || got[1].Message != "Message 8" {
		t.Errorf("got %v, want the newest first", got)
	}
}

func TestQueryReadsNoMoreThanItMay(t *testing.T) {
	p := open(t, logs.Config{Buffer: 100_000})
	for i := range 5000 {
		p.Log(rule(fmt.Sprint("m", i)))
	}
	p.Flush()
	kinds := []logs.Kind{"rules"}
	only := []logs.Category{logs.Execution}
	page, err := p.Query(context.Background(), logs.Filter{Kinds: kinds, Categories: only, Text: "no such text", MaxBytes: 100_000})
	if err != nil || !page.Partial {
		t.Errorf("got partial %v, %v; want a partial page", page.Partial, err)
	}
	page, err = p.Query(context.Background(), logs.Filter{Kinds: kinds, Categories: only, Limit: 10_000})
	if err != nil || page.Partial || len(page.Lines) != 5000 {
		t.Errorf("got %d lines, partial %v, %v; want all 5000 across chunks", len(page.Lines), page.Partial, err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := p.Query(ctx, logs.Filter{Kinds: kinds}); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want canceled", err)
	}
}
