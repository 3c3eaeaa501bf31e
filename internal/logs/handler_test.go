package logs_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"reflect"
	"testing"
	"time"

	"github.com/apposengine/appos/internal/logs"
	"github.com/apposengine/appos/internal/object"
)

// someKey is the key of a value that a context carries beside the frame.
type someKey struct{}

func TestHandlerWritesToTheRunningObject(t *testing.T) {
	p := open(t, logs.Config{})
	app := &object.App{Name: "crm"}
	price := &object.Object{App: app, Kind: object.KindRule, Ref: "crm.rules.price"}
	home := &object.Object{App: app, Kind: object.KindPage, Ref: "crm.pages.home"}
	exec := &object.Execution{ID: "e7", User: &object.User{Name: "ana"}}
	outer := &object.Frame{Context: context.Background(), Exec: exec, Object: home}
	ctx := context.WithValue(&object.Frame{Context: outer, Exec: exec, Object: price, Caller: outer}, someKey{}, 1)

	type secret struct{ Password string }
	log := slog.New(p.Handler(slog.LevelInfo)).With("a", 1).WithGroup("g").With("b", true)
	log.DebugContext(ctx, "not this")
	log.WarnContext(ctx, "careful", "c", 1.5, slog.Group("h", "d", time.Second), "err", errors.New("broken"), "s", secret{"hunter2"}, "n", (*object.User)(nil))
	got := query(t, p, logs.Filter{})
	if len(got) != 1 {
		t.Fatalf("got %d lines, want 1", len(got))
	}
	l := got[0]
	if l.Kind != "rules" || l.Object != "crm.rules.price" || l.App != "crm" || l.Caller != "crm.pages.home" || l.User != "ana" || l.ExecutionID != "e7" || l.Level != "warn" || l.Message != "careful" || l.Category != "execution" {
		t.Errorf("got %+v", l)
	}
	want := map[string]any{"a": 1.0, "g.b": true, "g.c": 1.5, "g.h.d": 1000.0, "g.err": "broken", "g.s": "(logs_test.secret)", "g.n": "(*object.User)"}
	if !reflect.DeepEqual(l.Fields, want) {
		t.Errorf("fields %v, want %v", l.Fields, want)
	}
}

func TestHandlerOutsideOfAnObject(t *testing.T) {
	p := open(t, logs.Config{})
	slog.New(p.Handler(slog.LevelDebug)).Debug("hello")
	if got := query(t, p, logs.Filter{}); len(got) != 1 || got[0].Kind != logs.System || got[0].Level != "debug" {
		t.Errorf("got %+v", got)
	}
}

func ExampleOpen() {
	dir, err := os.MkdirTemp("", "logs") // in a project, .appos/logs
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	p, err := logs.Open(logs.Config{Dir: dir})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer p.Close()
	e := logs.Entry{Kind: "rules", Object: "crm.rules.price", User: "ana", Duration: 2 * time.Millisecond, Message: "done"}
	e.Add(logs.Int("lines", 3))
	p.Log(e)
	fmt.Println(p.Health().Degraded)
	// Output: false
}
