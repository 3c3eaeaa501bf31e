package constant_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/shopspring/decimal"

	"github.com/apposengine/appos"
	"github.com/apposengine/appos/internal/constant"
	"github.com/apposengine/appos/internal/migrate"
	"github.com/apposengine/appos/internal/object"
	"github.com/apposengine/appos/internal/revision"
	"github.com/apposengine/appos/internal/store"
	"github.com/apposengine/appos/internal/store/storetest"
)

var ctx = context.Background()

const rate = "crm.constants.rate"

// A node is one server on a database, in the environment "test".
type node struct {
	board     *revision.Board
	constants *constant.Overrides
	registry  *object.Registry
	warnings  []string
	audits    []string
}

// declared are the constants of the tests.
func declared() *appos.App {
	app := appos.NewApp("crm", nil)
	appos.Constant(app, "rate", 0.2, appos.In("prod", 0.25)).Validate("gte=0,lte=1").Formerly("old_rate")
	appos.Constant(app, "greeting", "hello")
	appos.Constant(app, "open", true)
	appos.Constant(app, "pieces", int32(3))
	appos.Constant(app, "fee", decimal.RequireFromString("1.50"))
	appos.Constant(app, "wait", time.Hour)
	appos.Constant(app, "target", appos.Ref("crm.constants.rate"))
	appos.Constant(app, "list", []string{"a"})
	return app
}

func start(t *testing.T, db store.DB, app *appos.App) *node {
	t.Helper()
	n := &node{board: revision.New(db, nil)}
	var faults []object.Fault
	if n.registry, faults = object.NewRegistry(app.Descriptor()); len(faults) > 0 {
		t.Fatal(faults)
	}
	n.constants = constant.New(constant.Options{
		DB: db, Board: n.board, Registry: n.registry, Env: "test",
		Warn: func(text string) { n.warnings = append(n.warnings, text) },
		Audit: func(_ context.Context, action, subject string, before, after any) error {
			text, err := json.Marshal([]any{action, subject, before, after})
			n.audits = append(n.audits, string(text))
			return err
		},
		Check: func(o *object.Object, value any) error {
			if f, ok := value.(float64); ok && (f < 0 || f > 1) {
				return errors.New("must be from 0 to 1")
			}
			if o.Constant.Ref && n.registry.ByRef(fmt.Sprint(value)) == nil {
				return errors.New("refers to nothing")
			}
			return nil
		},
	})
	if err := n.board.Refresh(ctx); err != nil {
		t.Fatal(err)
	}
	return n
}

func database(t *testing.T, url string) store.DB {
	t.Helper()
	db := storetest.Open(t, url)
	if err := migrate.Create(ctx, db, append(revision.Tables(), constant.Tables()...)...); err != nil {
		t.Fatal(err)
	}
	return db
}

// value is what a constant is on the node.
func (n *node) value(name string) any {
	o := n.registry.ByRef("crm.constants." + name)
	if v, ok := n.constants.Current().Of(o); ok {
		return v
	}
	return o.Constant.In("test")
}

func (n *node) set(ref, env, text string, version *int64) error {
	return n.constants.Set(ctx, constant.Change{Ref: ref, Env: env, Text: &text, Version: version, By: "ana"})
}

func TestMain(m *testing.M) { storetest.Main(m) }

func TestForms(t *testing.T) {
	storetest.Each(t, func(t *testing.T, url string) {
		n := start(t, database(t, url), declared())
		for _, tt := range []struct {
			name, text string
			want       any    // of the type of the constant
			wrong      string // in the place of want
		}{
			{"rate", "0.07", 0.07, ""},
			{"rate", "1.5", nil, "from 0 to 1"},
			{"rate", "NaN", nil, "must be a number"},
			{"rate", "", nil, "must be a number"},
			{"greeting", "", "", ""},
			{"greeting", "<b>hi</b>\nthere", "<b>hi</b>\nthere", ""},
			{"greeting", "a\x00b", nil, "zero bytes"},
			{"greeting", "a\xff", nil, "UTF-8"},
			{"greeting", strings.Repeat("x", 10_001), nil, "at most"},
			{"open", "false", false, ""},
			{"open", "off", nil, "true or false"},
			{"pieces", "-7", int32(-7), ""},
			{"pieces", "3000000000", nil, "whole number"},
			{"fee", "1e999999", nil, "decimal number"},
			{"wait", "1d12h", 36 * time.Hour, ""},
			{"wait", "soon", nil, "duration"},
			{"target", "crm.constants.open", appos.Ref("crm.constants.open"), ""},
			{"target", "crm.rules.none", nil, "refers to nothing"},
			{"list", "b", nil, "only the code"},
		} {
			before := n.value(tt.name)
			err := n.set("crm.constants."+tt.name, "", tt.text, nil)
			if tt.wrong != "" {
				if !errors.Is(err, appos.Invalid) || !strings.Contains(err.Error(), tt.wrong) || fmt.Sprint(n.value(tt.name)) != fmt.Sprint(before) {
					t.Errorf("%s to %.20q: %v, and it is %v", tt.name, tt.text, err, n.value(tt.name))
				}
				continue
			}
			if err != nil || n.value(tt.name) != tt.want {
				t.Errorf("%s to %q: %v, and it is %#v", tt.name, tt.text, err, n.value(tt.name))
			}
		}
		if err := n.set("crm.constants.fee", "", "12.50", nil); err != nil || !n.value("fee").(decimal.Decimal).Equal(decimal.RequireFromString("12.5")) {
			t.Errorf("a decimal: %v, and it is %v", err, n.value("fee"))
		}
		for _, env := range []string{"Prod", "a b", "<b>", strings.Repeat("e", 64), "é"} {
			if err := n.set(rate, env, "0.1", nil); !errors.Is(err, appos.Invalid) {
				t.Errorf("the environment %q: %v", env, err)
			}
		}
		for _, ref := range []string{"", "crm", "crm.constants.none", "crm.rules.rate"} {
			if err := n.set(ref, "", "0.1", nil); !errors.Is(err, appos.NotFound) {
				t.Errorf("the reference %q: %v", ref, err)
			}
		}
	})
}

// What is set in one environment says nothing about another, and what is taken
// back is the code's again.
func TestEnvironments(t *testing.T) {
	storetest.Each(t, func(t *testing.T, url string) {
		n := start(t, database(t, url), declared())
		if err := errors.Join(n.set(rate, "prod", "0.5", nil), n.set("crm.constants.old_rate", "", "0.1", nil)); err != nil {
			t.Fatal(err)
		}
		if n.value("rate") != 0.1 {
			t.Errorf("the rate is %v", n.value("rate"))
		}
		all := n.constants.Of(n.registry.ByRef(rate))
		if len(all) != 2 || all[0].Env != "prod" || all[0].Text != "0.5" || all[1].Env != "test" || all[1].By != "ana" || all[1].Ref != rate {
			t.Errorf("the overrides are %+v", all)
		}
		if err := n.constants.Set(ctx, constant.Change{Ref: rate, Version: &all[1].Version, By: "ana"}); err != nil || n.value("rate") != 0.2 {
			t.Errorf("reset: %v, and it is %v", err, n.value("rate"))
		}
		before := len(n.audits)
		if err := n.constants.Set(ctx, constant.Change{Ref: rate}); err != nil || len(n.audits) != before {
			t.Errorf("reset again: %v; %v", err, n.audits)
		}
		want := `["constant.reset","crm.constants.rate",{"environment":"test","value":"0.1"},{"environment":"test"}]`
		if got := n.audits[len(n.audits)-1]; got != want {
			t.Errorf("noted %s", got)
		}
	})
}

// TestNodes changes a constant on one node; the other knows without restart. Of
// two who change the same at once, one is told of the other.
func TestNodes(t *testing.T) {
	storetest.Each(t, func(t *testing.T, url string) {
		db := database(t, url)
		a, b := start(t, db, declared()), start(t, db, declared())
		running, cancel := context.WithCancel(ctx)
		var done sync.WaitGroup
		done.Go(func() { b.board.Run(running) })
		t.Cleanup(func() { cancel(); done.Wait() })
		if err := a.set(rate, "", "0.4", nil); err != nil || a.value("rate") != 0.4 {
			t.Fatalf("%v, and it is %v", err, a.value("rate"))
		}
		for b.value("rate") != 0.4 {
			time.Sleep(10 * time.Millisecond) // the test's own time limit ends it
		}
		at := a.constants.Of(a.registry.ByRef(rate))[0].Version
		errs := make(chan error, 2)
		for i, n := range []*node{a, b} {
			go func() { errs <- n.set(rate, "", fmt.Sprintf("0.%d", 5+i), &at) }()
		}
		lost := errors.Join(<-errs, <-errs)
		if !errors.Is(lost, appos.Conflict) || !strings.Contains(lost.Error(), "ana has set crm.constants.rate in test meanwhile") || strings.Contains(lost.Error(), "0.") {
			t.Errorf("twins: %v", lost)
		}
		if err := a.board.Refresh(ctx); err != nil {
			t.Fatal(err)
		}
		if v := a.value("rate"); v != 0.5 && v != 0.6 {
			t.Errorf("after twins it is %v", v)
		}
		// a version that was there before is not there again
		now := a.constants.Of(a.registry.ByRef(rate))[0].Version
		if err := errors.Join(a.constants.Set(ctx, constant.Change{Ref: rate}), a.set(rate, "", "0.9", nil)); err != nil {
			t.Fatal(err)
		}
		zero := int64(0)
		for _, version := range []*int64{&now, &zero} {
			if err := a.set(rate, "", "0.1", version); !errors.Is(err, appos.Conflict) {
				t.Errorf("the version %d: %v", *version, err)
			}
		}
	})
}

// What is rolled back is not read.
func TestRolledBack(t *testing.T) {
	storetest.Each(t, func(t *testing.T, url string) {
		db := database(t, url)
		n := start(t, db, declared())
		failed := errors.New("changed my mind")
		err := db.Tx(ctx, func(ctx context.Context) error {
			text := "0.4"
			if err := n.constants.Set(ctx, constant.Change{Ref: rate, Text: &text}); err != nil {
				t.Error(err)
			}
			return failed
		})
		if !errors.Is(err, failed) || n.value("rate") != 0.2 {
			t.Errorf("%v, and it is %v", err, n.value("rate"))
		}
	})
}

// An override that the code has no place for is kept, ignored, shown and cleared
// away by hand.
func TestStale(t *testing.T) {
	storetest.Each(t, func(t *testing.T, url string) {
		db := database(t, url)
		n := start(t, db, declared())
		if err := errors.Join(n.set(rate, "", "0.4", nil), n.set("crm.constants.open", "", "false", nil), n.set("crm.constants.greeting", "", "hi", nil)); err != nil {
			t.Fatal(err)
		}
		next := appos.NewApp("crm", nil)
		appos.Constant(next, "rate", 7)     // was a fraction
		appos.Constant(next, "hello", "hi") // greeting, without Formerly
		appos.Constant(next, "open", true)
		n = start(t, db, next)
		if n.value("rate") != 7 || n.value("open") != false || n.value("hello") != "hi" {
			t.Errorf("rate %v, open %v, hello %v", n.value("rate"), n.value("open"), n.value("hello"))
		}
		stale := map[string]string{}
		for _, x := range n.constants.All() {
			if x.Stale != "" {
				stale[x.Ref] = x.Stale
			}
		}
		if len(stale) != 2 || stale[rate] != "the value must be a whole number" || stale["crm.constants.greeting"] != "there is no such constant any more" {
			t.Errorf("stale are %v", stale)
		}
		if len(n.warnings) != 2 || strings.Contains(strings.Join(n.warnings, " "), "0.4") {
			t.Errorf("the log says %q", n.warnings)
		}
		if err := n.set("crm.constants.greeting", "", "hi", nil); !errors.Is(err, appos.NotFound) {
			t.Errorf("set what is gone: %v", err)
		}
		if err := n.constants.Set(ctx, constant.Change{Ref: "crm.constants.greeting", Env: "Pro d"}); !errors.Is(err, appos.Invalid) {
			t.Errorf("clear away what is gone, in no environment: %v", err)
		}
		if err := errors.Join(n.constants.Set(ctx, constant.Change{Ref: "crm.constants.greeting"}), n.constants.Set(ctx, constant.Change{Ref: rate})); err != nil || len(n.constants.All()) != 1 {
			t.Errorf("clear away: %v, left are %+v", err, n.constants.All())
		}
		if len(n.warnings) != 2 {
			t.Errorf("the log says again %q", n.warnings)
		}
	})
}
