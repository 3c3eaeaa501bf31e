package condition_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/apposengine/appos/internal/condition"
	"github.com/apposengine/appos/internal/object"
	"github.com/apposengine/appos/internal/store"
)

var fields = map[string]*object.Field{}

func init() {
	for name, kind := range map[string]object.FieldKind{
		"total": object.FieldDecimal, "rate": object.FieldDecimal, "qty": object.FieldInt, "name": object.FieldText, "active": object.FieldBool,
		"from_on": object.FieldDate, "to_on": object.FieldDate, "placed_at": object.FieldTime, "lead_time": object.FieldDuration, "score": object.FieldFloat, "tags": object.FieldJSON, "order": object.FieldInt,
	} {
		fields[name] = &object.Field{Column: name, Kind: kind}
	}
	fields["total"].Scale, fields["rate"].Scale = 2, 4
}

func column(name string) (*object.Field, error) {
	if f, ok := fields[name]; ok {
		return f, nil
	}
	return nil, fmt.Errorf("names %q, which is no field", name)
}

// good are conditions with what each database gets; "" is the same.
var good = []struct{ text, sql, sqlite string }{
	{"total >= 0", `"total" >= 0`, ""},
	{"total >= 0.5", `"total" >= 0.5`, `"total" >= 50`},
	{"total > -0.001", `"total" > -0.001`, `("total" * 10) > -1`},
	{"rate <= 1 AND total >= 12.50", `("rate" <= 1) AND ("total" >= 12.50)`, `("rate" <= 10000) AND ("total" >= 1250)`},
	{"total = qty * rate", `"total" = ("qty" * "rate")`, `("total" * 100) = ("qty" * "rate")`},
	{"total + rate < 100 - qty", `("total" + "rate") < (100 - "qty")`, `(("total" * 100) + "rate") < ((100 - "qty") * 10000)`},
	{"total BETWEEN 1 AND 2.5", `("total" >= 1) AND ("total" <= 2.5)`, `("total" >= 100) AND ("total" <= 250)`},
	{"total in (1, 2.505)", `"total" IN (1, 2.505)`, `("total" * 10) IN (1000, 2505)`},
	{"qty NOT IN (1, 2)", `NOT ("qty" IN (1, 2))`, ""},
	{"qty % 2 = 0 or qty/10 = 3", `(("qty" % 2) = 0) OR (("qty" / 10) = 3)`, ""},
	{"not active", `NOT "active"`, ""},
	{"active = true", `"active" = TRUE`, ""},
	{"name <> 'it''s' and length(trim(name)) <= 20", `("name" <> 'it''s') AND (length(trim("name")) <= 20)`, ""},
	{"name = lower(name)", `"name" = lower("name")`, ""},
	{"to_on IS NULL OR to_on >= from_on", `("to_on" IS NULL) OR ("to_on" >= "from_on")`, ""},
	{"from_on is not null", `"from_on" IS NOT NULL`, ""},
	{"from_on >= '2026-01-31'", `"from_on" >= '2026-01-31'`, ""},
	{"'2026-01-31T12:00:00Z' < placed_at", `'2026-01-31T12:00:00Z' < "placed_at"`, `1769860800000000 < "placed_at"`},
	{"lead_time <= '1h30m'", `"lead_time" <= 5400000000`, ""},
	{"lead_time * 2 < '1d'", `("lead_time" * 2) < 86400000000`, ""},
	{"score < 0.5 AND score > qty", `("score" < 0.5) AND ("score" > "qty")`, ""},
	{"abs(total) < 10", `abs("total") < 10`, `abs("total") < 1000`},
	{"coalesce(total, 0) >= rate", `coalesce("total", 0) >= "rate"`, `(coalesce("total", 0) * 100) >= "rate"`},
	{`"order" > 0 AND (qty > 1 OR qty < -1)`, `("order" > 0) AND (("qty" > 1) OR ("qty" < -1))`, ""},
	{"(total >= 0)", `"total" >= 0`, ""},
	{"-total <= -(-5)", `(-"total") <= 5`, `(-"total") <= 500`},
}

func TestParse(t *testing.T) {
	for _, x := range good {
		c, err := condition.Parse(x.text, column)
		if x.sqlite == "" {
			x.sqlite = x.sql
		}
		if err != nil || c.SQL != x.sql || c.SQLite != x.sqlite {
			t.Errorf("%s\n  is  %s\n      %s, %v\n want %s\n      %s", x.text, c.SQL, c.SQLite, err, x.sql, x.sqlite)
		}
	}
	c, err := condition.Parse("total > qty OR qty > 0 AND total < 9", column)
	if got := strings.Join(c.Columns, " "); err != nil || got != "total qty" {
		t.Errorf("the columns are %q, %v", got, err)
	}
}

func TestParseRefuses(t *testing.T) {
	for text, want := range map[string]string{
		"":                                      "ends where a value is expected",
		"total":                                 "is a number, not a condition",
		"total >= 0; DROP TABLE x":              "the character ';'",
		"total >= 0 -- always":                  "a comment",
		"total >= 0 /* x */":                    "a comment",
		"total >= (SELECT 1)":                   `names "SELECT"`,
		"totl > 0":                              `names "totl"`,
		"total > 'a'":                           "brings a number and the text",
		"name > 5":                              "brings a text and a number together",
		"from_on > '2026-13-01'":                "must be a date",
		"placed_at > 'now'":                     "must be a time",
		"lead_time > '5 days'":                  "must be a duration",
		"from_on > placed_at":                   "brings a date and a time together",
		"from_on + 1 > to_on":                   "only numbers and durations are calculated with",
		"tags = 'x'":                            "is a json",
		"score > total":                         "not exact to one another",
		"total / 2 > 1":                         "not whole numbers",
		"total > 1 AND":                         "ends where a value is expected",
		"total > 1 qty":                         `goes on with "qty"`,
		"(total > 1":                            "ends where ) is expected",
		"total > NULL":                          "use IS NULL",
		"total IS 5":                            "NULL is expected",
		"name LIKE 'x'":                         `goes on with "LIKE"`,
		"random() > 1":                          "calls random",
		"length(total) > 1":                     "which takes a text",
		"name = 'open":                          "not closed",
		"total > 1.2.3":                         "the number",
		"total > 5x":                            "the number",
		"active > true":                         "compares conditions by >",
		"qty AND active":                        "joins a number and a condition",
		"not qty":                               "negates a number",
		"qty NOT > 5":                           "where IN or BETWEEN should follow",
		"rate*rate*rate*rate*rate > 1":          "more than 18 digits",
		"name = 'a\x00b'":                       "NUL",
		"'a' || name = 'x'":                     "the character '|'",
		strings.Repeat("(", 99) + "1 = 1":       "nests more than 50 deep",
		strings.Repeat("not ", 99) + "active":   "nests more than 50 deep",
		strings.Repeat("qty + ", 999) + "1 > 0": "longer than 2000 bytes",
		"lead_time * lead_time > '1h'":          "multiplies durations",
		"coalesce(total) > 1":                   "takes two values",
	} {
		c, err := condition.Parse(text, column)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q is %q, error %v, want %q", text, c.SQL, err, want)
		}
	}
}

// FuzzParse: what is understood is SQL to the database, and nothing else.
func FuzzParse(f *testing.F) {
	for _, x := range good {
		f.Add(x.text)
	}
	f.Add("total >= 0; DROP TABLE t")
	f.Add(`"name" = '''' AND (`)
	ctx := context.Background()
	db, err := store.Open(ctx, "sqlite::memory:", store.Options{})
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { db.Close() })
	if _, err := db.Exec(ctx, `CREATE TABLE t (total INTEGER, rate INTEGER, qty INTEGER, name TEXT, active INTEGER, from_on TEXT, to_on TEXT, placed_at INTEGER, lead_time INTEGER, score REAL, "order" INTEGER) STRICT`); err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text string) {
		c, err := condition.Parse(text, column)
		if err != nil {
			return
		}
		if _, err := db.Exec(ctx, "DELETE FROM t WHERE "+c.SQLite); err != nil && !errors.Is(err, &store.Error{Kind: store.Range}) {
			t.Fatalf("%q is %s, which SQLite does not understand: %v", text, c.SQLite, err)
		}
	})
}
