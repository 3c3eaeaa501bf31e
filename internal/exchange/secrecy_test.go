package exchange_test

import (
	"os"
	"strings"
	"testing"

	"github.com/apposengine/appos/internal/exchange"
)

// Every database counts its imports from one, but reports share a folder: one
// must not take the place of another, which other people may read.
func TestReportsOfTwoDatabases(t *testing.T) {
	a, b := setup(t, "sqlite::memory:", company), setup(t, "sqlite::memory:", company)
	b.dir = a.dir
	report := func(of *bench, ref, content string) (exchange.Job, string) {
		im, err := exchange.New(of.ctx, of.config(ref, of.file("bad.csv", content)), exchange.Options{Format: exchange.CSV})
		of.must(err)
		job, err := im.Run(of.ctx)
		of.must(err)
		return job, im.ReportPath()
	}
	first, path := report(a, "co.records.client", "code,name,credit\nk1,N,secret\n")
	second, _ := report(b, "co.records.town", "name,zip\n,1\n,2\n")
	if first.ID != second.ID {
		t.Fatalf("the imports are %d and %d", first.ID, second.ID)
	}
	kept, err := os.ReadFile(path)
	a.must(err)
	if text := string(kept); !strings.Contains(text, "credit") || strings.Contains(text, "name") {
		t.Errorf("the report of the first import is %s", text)
	}
}

// A dry run stores nothing, so whoever may write a field but not see it could
// guess at it for as long as they like.
func TestDryRunsTellNothingHidden(t *testing.T) {
	b := setup(t, "sqlite::memory:", company)
	client := b.reg.ByRef("co.records.client")
	pin := client.Record.Field("pin")
	b.load(client.Ref, b.file("pins.csv", "code,name,pin\nk1,N,1234\n"), exchange.Options{})
	for _, guess := range []string{"1234", "4321"} {
		job := b.load(client.Ref, b.file("guess.csv", "code,"+pin.Column+"\nk1,"+guess+"\n"), exchange.Options{Upsert: "code", DryRun: true})
		if job.Updated != 1 || job.Unchanged != 0 {
			t.Errorf("%s: %+v", guess, job.Counts)
		}
	}
	_, _, err := b.try(client.Ref, b.file("by.csv", "code,name\nk1,N\n"), exchange.Options{Upsert: "nothing"})
	b.says(err, "choose one of id, code")
	if err != nil && strings.Contains(err.Error(), "badge") {
		t.Errorf("a field that is hidden is offered: %v", err)
	}
	view, err := exchange.Look(b.ctx, b.config(client.Ref, b.file("look.csv", "code,name\nk1,N\n")), exchange.Options{Format: exchange.CSV})
	b.must(err)
	for _, f := range view.Uniques {
		if f.Column == "badge" {
			t.Error("rows are offered to be found by a field that is hidden")
		}
	}
}
