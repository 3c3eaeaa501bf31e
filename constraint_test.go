package appos_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/apposengine/appos"
	"github.com/apposengine/appos/internal/object"
	"github.com/apposengine/appos/internal/record"
	"github.com/apposengine/appos/internal/store/storetest"
)

type Odd struct {
	appos.Entity[Odd]
	Name                                                              string
	Total                                                             int
	Tags                                                              []string   `appos:"index"`
	Picture                                                           appos.File `appos:"types=png,max=lots"`
	Other                                                             string     `appos:"max=5MB"`
	On                                                                appos.Date `appos:"default=tomorrow"`
	Bytes                                                             []byte
	Count                                                             uint
	Laps                                                              []time.Duration
	Anything                                                          any
	Funcs                                                             map[string]func()
	Twice                                                             **string
	AFieldWithAVeryLongNameThatNoDatabaseOnThisEarthCanEverStoreAtAll string
}

// TestConstraintFaults: what is wrong with a record's declaration is said when it
// is declared or compiled, all of it.
func TestConstraintFaults(t *testing.T) {
	app := appos.NewApp("odd", []byte("name: odd\n"))
	elsewhere := 0
	appos.Record[Odd](app, appos.CRUD{},
		appos.Unique(func(o *Odd) []any { return []any{&o.Name} }),
		appos.Unique(func(o *Odd) []any { return []any{&o.Name, &elsewhere} }),
		appos.Unique(func(o *Odd) []any { return []any{&o.Name, o.Total} }),
		appos.Index(func(o *Odd) []any { return []any{&o.Name, &o.Name} }),
		appos.Index(func(o *Odd) []any { return []any{&o.Name, &o.Tags} }),
		appos.Index(func(o *struct{ A int }) []any { return []any{&o.A} }),
		appos.Index(func(o *Odd) []any { var none *Odd; return []any{&none.Total, &none.Name} }),
		appos.Index(func(o *Odd) []any { return []any{&o.Total, &o.Name} }),
		appos.Unique(func(o *Odd) []any { return []any{&o.Total, &o.Name} }),
		appos.Check("total", "total > 0"), appos.Check("Bad name", "total > 0"), appos.Check("typo", "totl > 0"), appos.Check("twice", "total > 0"), appos.Check("twice", "total > 1"),
	)
	reg, faults := object.NewRegistry(app.Descriptor())
	_, more := record.New(storetest.Open(t, "sqlite::memory:"), reg, nil)
	all := fmt.Sprint(faults, more)
	for _, want := range []string{
		`appos.Unique names 1 fields; it takes two or more, and for one there is appos:"unique"`, "appos.Unique has as its value 2 no address", "appos.Index names the field Name twice",
		"appos.Index names the field Tags, a json", "appos.Index is about struct", "the function of appos.Index failed", "has two indexes over Total, Name",
		`a check with the name "total", which is that of a field`, `a check with the name "Bad name"`, `names "totl", which is no column; did you mean "total"?`, `two checks with the name "twice"`,
		"field Tags is a []string, which is not sorted or compared by", `types=png: "png" is no media type`, "max=lots: a size is", "Other has max=5MB in its appos tag, which only an appos.File has",
		`On has the default "tomorrow", which must be a date, such as 2026-01-31, or the word today`, "use appos.File for the content", "use int, int32 or int64", "use []int64 of seconds",
		"use map[string]any or a struct", "a func() within it has no JSON form", "use one pointer", "bytes, and a name in a database has at most 63; rename the field",
	} {
		if !strings.Contains(all, want) {
			t.Errorf("nothing says %q", want)
		}
	}
	if t.Failed() {
		t.Log(strings.ReplaceAll(all, "} {", "}\n{"))
	}
}
