package logs_test

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/apposengine/appos/internal/logs"
)

const oneDay = 24 * time.Hour

func files(t *testing.T, dir, folder string) []string {
	t.Helper()
	entries, err := os.ReadDir(filepath.Join(dir, folder))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

func TestRotation(t *testing.T) {
	dir, c := t.TempDir(), &clock{t: noon}
	p := open(t, logs.Config{Dir: dir, Now: c.now, RotateBytes: 300})
	for range 3 {
		p.Log(rule("x"))
		p.Flush()
		p.Log(rule("x"))
		p.Flush()
	}
	c.add(oneDay)
	p.Log(rule("tomorrow"))
	p.Close()
	want := []string{"2026-03-14.1.jsonl", "2026-03-14.2.jsonl", "2026-03-14.jsonl", "2026-03-15.jsonl"}
	if got := files(t, dir, "rules/execution"); !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	// A process that starts again goes on where there is room.
	c.add(-oneDay)
	again := open(t, logs.Config{Dir: dir, Now: c.now, RotateBytes: 300})
	again.Log(rule("x"))
	again.Flush()
	if got := files(t, dir, "rules/execution"); !slices.Contains(got, "2026-03-14.3.jsonl") {
		t.Errorf("got %v, want a third follower", got)
	}
	if got := query(t, again, logs.Filter{}); len(got) != 8 {
		t.Errorf("got %d lines, want 8", len(got))
	}
}

func TestCleanCompressesAndDeletes(t *testing.T) {
	dir, c := t.TempDir(), &clock{t: noon}
	p := open(t, logs.Config{Dir: dir, Now: c.now})
	p.Close() // the cleaning at the start is over
	for range 3 {
		for category := range logs.Category(3) {
			e := rule("x")
			e.Category = category
			p.Log(e)
		}
		c.add(oneDay)
	}
	steps := []struct {
		after time.Duration // since noon of the first day
		want  map[string][]string
	}{
		{7 * oneDay, map[string][]string{"execution": {"2026-03-14.jsonl", "2026-03-15.jsonl", "2026-03-16.jsonl"}}},
		{8 * oneDay, map[string][]string{"execution": {"2026-03-14.jsonl.gz", "2026-03-15.jsonl", "2026-03-16.jsonl"}}},
		{31 * oneDay, map[string][]string{
			"execution":   {"2026-03-14.jsonl.gz", "2026-03-15.jsonl.gz", "2026-03-16.jsonl.gz"},
			"performance": {"2026-03-15.jsonl.gz", "2026-03-16.jsonl.gz"},
		}},
		{92 * oneDay, map[string][]string{"execution": {"2026-03-16.jsonl.gz"}, "performance": nil, "security": {"2026-03-14.jsonl.gz", "2026-03-15.jsonl.gz", "2026-03-16.jsonl.gz"}}},
		{400 * oneDay, map[string][]string{"execution": nil, "security": nil}},
	}
	for _, s := range steps {
		c.mu.Lock()
		c.t = noon.Add(s.after)
		c.mu.Unlock()
		if _, err := p.Clean(context.Background()); err != nil {
			t.Fatal(err)
		}
		for category, want := range s.want {
			if got := files(t, dir, "rules/"+category); !slices.Equal(got, want) {
				t.Errorf("after %v: %s has %v, want %v", s.after, category, got, want)
			}
		}
		if s.after == 8*oneDay {
			if got := query(t, p, logs.Filter{Kinds: []logs.Kind{"rules"}}); len(got) != 9 {
				t.Errorf("got %d lines with a compressed file, want 9", len(got))
			}
		}
	}
}

func TestCleanRemovesWhatACrashLeft(t *testing.T) {
	dir := t.TempDir()
	p := open(t, logs.Config{Dir: dir})
	p.Close()
	old, fresh := filepath.Join(dir, "rules/execution/1.tmp"), filepath.Join(dir, "rules/execution/2.tmp")
	for _, path := range []string{old, fresh} {
		if err := os.WriteFile(path, []byte("half"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Chtimes(old, time.Time{}, time.Now().Add(-2*time.Hour)); err != nil {
		t.Fatal(err)
	}
	if _, err := p.Clean(context.Background()); err != nil {
		t.Fatal(err)
	}
	if got := files(t, dir, "rules/execution"); !slices.Equal(got, []string{"2.tmp"}) {
		t.Errorf("got %v, want the fresh one", got)
	}
}

func TestHalfALineIsClosedAndSkipped(t *testing.T) {
	dir, c := t.TempDir(), &clock{t: noon}
	open(t, logs.Config{Dir: dir, Now: c.now}).Close()
	path := filepath.Join(dir, "rules/security/2026-03-14.jsonl")
	if err := os.WriteFile(path, []byte(`{"time":"2026-03-14T11:00:00Z","mess`), 0o600); err != nil {
		t.Fatal(err)
	}
	p := open(t, logs.Config{Dir: dir, Now: c.now})
	e := rule("whole")
	e.Category = logs.Security
	p.Log(e)
	if got := query(t, p, logs.Filter{}); len(got) != 1 || got[0].Message != "whole" {
		t.Errorf("got %v", got)
	}
	if text, _ := os.ReadFile(path); strings.Count(string(text), "\n") != 2 {
		t.Errorf("the file is %q", text)
	}
}

func TestUsage(t *testing.T) {
	p := open(t, logs.Config{})
	p.Log(rule("x"))
	p.Flush()
	got, err := p.Usage()
	if err != nil || len(got) != 1 || got[0].Kind != "rules" || got[0].Files != 1 || got[0].Bytes == 0 {
		t.Errorf("got %+v, %v", got, err)
	}
}
