package engine_test

import (
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/shopspring/decimal"

	"github.com/apposengine/appos"
	"github.com/apposengine/appos/internal/engine"
	"github.com/apposengine/appos/internal/object"
)

type Thing struct{ appos.Entity[Thing] }

type inputs struct {
	Name   string
	Count  int
	Rate   float64
	Big    bool
	Price  decimal.Decimal
	At     time.Time
	Thing  appos.ID[Thing]
	Note   *string
	Tags   []string
	Colour colour
}

type colour string

func message() *object.Message {
	return appos.DescribeMessage(appos.NewApp("test", nil), "test.rules.inputs", reflect.TypeFor[inputs]())
}

func TestBind(t *testing.T) {
	at := time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC)
	note := "n"
	want := inputs{"Ann", 3, 1.5, true, decimal.RequireFromString("12.50"), at, 7, &note, []string{"a", "b"}, "red"}
	for name, in := range map[string]map[string]any{
		"Go values": {
			"name": "Ann", "count": 3, "rate": 1.5, "big": true, "price": decimal.RequireFromString("12.50"), "at": at,
			"thing": appos.ID[Thing](7), "note": "n", "tags": []string{"a", "b"}, "colour": colour("red"),
		},
		"from JSON": {
			"name": "Ann", "count": float64(3), "rate": json.Number("1.5"), "big": true, "price": json.Number("12.50"), "at": "2026-01-31T12:00:00Z",
			"thing": float64(7), "note": "n", "tags": []any{"a", "b"}, "colour": "red",
		},
		"from a query": {
			"name": "Ann", "count": "3", "rate": "1.5", "big": "true", "price": "12.50", "at": "2026-01-31T12:00:00Z",
			"thing": "7", "note": "n", "tags": []string{"a", "b"}, "colour": "red",
		},
	} {
		got, err := engine.Bind(message(), in)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		g := got.(inputs)
		if !g.Price.Equal(want.Price) || g.Note == nil || *g.Note != note {
			t.Errorf("%s: %+v", name, g)
		}
		g.Price, g.Note = want.Price, want.Note
		if !reflect.DeepEqual(g, want) {
			t.Errorf("%s: %+v, want %+v", name, g, want)
		}
	}
}

func TestBindRefuses(t *testing.T) {
	for _, tt := range []struct {
		in   map[string]any
		says string
	}{
		{map[string]any{"nmae": "x"}, `nmae is not an input; did you mean "name"?`},
		{map[string]any{"name": 7}, "name must be a text"},
		{map[string]any{"name": nil}, "name must not be null"},
		{map[string]any{"count": 1.5}, "count must be a whole number"},
		{map[string]any{"count": "9223372036854775808"}, "count must be a whole number"},
		{map[string]any{"count": 1e300}, "count must be a whole number"},
		{map[string]any{"rate": "NaN"}, "rate must be a number"},
		{map[string]any{"big": "maybe"}, "big must be true or false"},
		{map[string]any{"big": 1}, "big must be true or false"},
		{map[string]any{"price": "1,50"}, "price must be a decimal number"},
		{map[string]any{"price": "1e9999999"}, "price must be a decimal number"},
		{map[string]any{"at": "yesterday"}, "at must be a time"},
		{map[string]any{"thing": "seven"}, "thing must be a whole number"},
		{map[string]any{"tags": "a"}, "tags has the wrong form"},
		{map[string]any{"count": "x", "rate": "y"}, "count must be a whole number; rate must be a number"},
	} {
		_, err := engine.Bind(message(), tt.in)
		if !errors.Is(err, object.Invalid) || !strings.Contains(err.Error(), tt.says) {
			t.Errorf("Bind(%v) = %v, want %q", tt.in, err, tt.says)
		}
	}
}

func FuzzBind(f *testing.F) {
	for _, seed := range []string{`{"name":"x","count":1}`, `{"price":"1e9999999"}`, `{"tags":[[[]]]}`, `{"at":"0000-00-00T00:00:00Z"}`, `{"thing":-1,"rate":1e400}`} {
		f.Add(seed)
	}
	m := message()
	f.Fuzz(func(t *testing.T, text string) {
		var in map[string]any
		if json.Unmarshal([]byte(text), &in) != nil {
			return
		}
		if _, err := engine.Bind(m, in); err != nil && !errors.Is(err, object.Invalid) {
			t.Errorf("Bind(%s) = %v", text, err)
		}
	})
}
