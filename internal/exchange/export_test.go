package exchange_test

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/apposengine/appos"
	"github.com/apposengine/appos/internal/exchange"
	"github.com/apposengine/appos/internal/object"
	"github.com/apposengine/appos/internal/store/storetest"
)

func (b *bench) export(ref string, s exchange.Selection) string {
	b.Helper()
	var out bytes.Buffer
	_, err := exchange.Export(b.ctx, b.engine, b.reg.ByRef(ref), &out, s)
	b.must(err)
	return out.String()
}

// What is exported is what is imported again, in every format.
func TestExportEqualsImport(t *testing.T) {
	nasty := []string{"=1+1", "'=1+1", "''=x", "+", "-5", "@x", "\tx", "'plain", " spaces ", "a,b", `say "hi"`, "two\nlines", "crlf\r\nx", "é", "'", "x'=1"}
	storetest.Each(t, func(t *testing.T, url string) {
		b := setup(t, url, company)
		b.must(appos.CreateAll(b.ctx, []Town{{Name: "=Berlin", Zip: "10115"}}))
		town := find[Town](b, nil)[0].ID
		var rows []Client
		for i, name := range nasty {
			rows = append(rows, Client{Code: fmt.Sprintf("C%02d", i), Name: name, Tags: []string{name}, Points: []int{i}, Town: &town})
		}
		b.must(appos.CreateAll(b.ctx, rows))
		for _, f := range []exchange.Format{exchange.CSV, exchange.JSON, exchange.NDJSON} {
			file := b.export("co.records.client", exchange.Selection{Format: f, Names: true})
			path := b.file("out", file)
			if job := b.load("co.records.client", path, exchange.Options{Format: f, Upsert: "code"}); job.Unchanged != int64(len(nasty)) {
				t.Errorf("%s: importing it again %+v", f, job)
			}
			_, err := appos.DeleteAll[Client](b.ctx, nil)
			b.must(err)
			b.load("co.records.client", path, exchange.Options{Format: f})
			got := find[Client](b, nil)
			for i, name := range nasty {
				if c := got[i]; c.Name != name || !slices.Equal(c.Tags, []string{name}) || c.Town == nil || *c.Town != town {
					t.Errorf("%s: %q came back as %+v", f, name, c)
				}
			}
		}
	})
}

// No cell of text is a formula to a spreadsheet.
func TestExportNeutralizesFormulas(t *testing.T) {
	b := setup(t, "sqlite::memory:", company)
	for i, name := range []string{"=cmd()", "+1", "-1", "@a", "\t=x", "\r=x", "'=x"} {
		_, err := appos.Create(b.ctx, Client{Code: fmt.Sprintf("=C%d", i), Name: name})
		b.must(err)
	}
	rows, err := csv.NewReader(strings.NewReader(b.export("co.records.client", exchange.Selection{Format: exchange.CSV}))).ReadAll()
	b.must(err)
	for _, row := range rows {
		for _, cell := range row {
			if cell != "" && strings.Contains("=+-@\t\r", cell[:1]) {
				t.Errorf("the cell %q is a formula", cell)
			}
		}
	}
}

func TestExportSelects(t *testing.T) {
	b := setup(t, "sqlite::memory:", company)
	var rows []Client
	for i := range 1_203 {
		rows = append(rows, Client{Code: fmt.Sprintf("C%04d", i), Name: "x", Tier: []string{"gold", "silver"}[i%2]})
	}
	b.must(appos.CreateAll(b.ctx, rows))
	r := b.reg.ByRef("co.records.client").Record
	q := object.Query{Where: []object.Cond{{Op: object.OpEq, Field: r.Field("tier"), Value: "gold"}}, Order: []object.Order{{Field: r.Field("code"), Desc: true}}}
	got := strings.Split(strings.TrimSpace(b.export("co.records.client", exchange.Selection{Format: exchange.CSV, Query: q, Fields: []string{"code", "tier"}})), "\r\n")
	if len(got) != 603 || got[0] != "code,tier" || got[1] != "C1202,gold" || got[602] != "C0000,gold" {
		t.Errorf("%d lines, from %q %q to %q", len(got), got[0], got[1], got[len(got)-1])
	}
	if strings.Contains(b.export("co.records.client", exchange.Selection{Format: exchange.JSON}), "salary") {
		t.Error("the export has a field that is hidden from the user")
	}
	var out bytes.Buffer
	_, err := exchange.Export(b.ctx, b.engine, b.reg.ByRef("co.records.client"), &out, exchange.Selection{Format: exchange.CSV, Fields: []string{"code", "salary", "cod"}})
	if b.says(err, "salary", `"code"`); !errors.Is(err, object.Invalid) || out.Len() > 0 {
		t.Errorf("error %v, written %q", err, &out)
	}
}
