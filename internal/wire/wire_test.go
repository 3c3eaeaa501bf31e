package wire_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/shopspring/decimal"

	"github.com/apposengine/appos"
	"github.com/apposengine/appos/internal/declare"
	"github.com/apposengine/appos/internal/object"
	"github.com/apposengine/appos/internal/wire"
)

// Everything is a message with a field of every form that is read and written.
type Everything struct {
	appos.Returns[appos.None]

	Path   string
	Query  []int    `appos:"query"`
	Header []string `appos:"header=X-Words"`

	Values
}

// Values are those that stand in the body.
type Values struct {
	Text    string
	Int     int
	Float   float64
	Bool    bool
	Decimal decimal.Decimal
	Time    time.Time
	Date    appos.Date
	Lasts   time.Duration
	Maybe   *int
	List    []string
	Deep    [][]int
	Map     map[string]int
	Numbers map[int]string
	Inner   Inner
	Many    []Inner
	More    More
}

// More is what only stands within others.
type More struct {
	Small  int8
	Uint   uint
	Narrow float32
	Bytes  []byte
	Any    any
}

// Inner contains itself, and as many names as may be mistaken.
type Inner struct {
	Name  string
	Inner []Inner
}

func everything(context.Context, Everything) (out appos.None, err error) { return out, nil }

// compiled is the web API of Everything, made once.
var compiled = func() *wire.API {
	app := appos.NewApp("all", []byte("app:\n  name: All\n  groups: [staff]\n"))
	appos.Rule(app, everything)
	appos.WebAPI[Everything](app, "POST /v1/everything/{path}", appos.Allow("staff"))
	declared := declare.Read([]*appos.App{app})
	if declared.Faults != nil {
		panic(declared.Faults)
	}
	reg := declared.Registry
	api, faults := wire.Compile(wire.NewBook(reg), reg.Of("all", object.KindWebAPI)[0])
	if faults != nil {
		panic(faults)
	}
	return api
}()

// bind reads a body as Everything.
func bind(body string) (Everything, error) {
	message, err := compiled.Bind(wire.Request{Path: func(string) string { return "p" }, Body: []byte(body)})
	if err != nil {
		return Everything{}, err
	}
	return message.(Everything), nil
}

// said is what is wrong with a request: its fields with their rules, or its text.
func said(err error) string {
	e := object.AsError(err)
	if len(e.Fields) == 0 {
		return e.Text
	}
	var all []string
	for _, f := range e.Fields {
		all = append(all, f.Field+" "+f.Rule)
	}
	return strings.Join(all, ", ")
}

func TestBind(t *testing.T) {
	at := time.Date(2026, 1, 31, 14, 4, 5, 123456000, time.UTC)
	seven := 7
	for body, want := range map[string]Values{
		`{}`:                                 {},
		" \n\t{ \"int\" : 1 } \r\n":          {Int: 1},
		`{"text":"a\u0062\/\ud83d\ude00\n"}`: {Text: "ab/😀\n"},
		`{"text":"\ud800x"}`:                 {Text: "\ufffdx"}, // half a pair is none
		`{"te\u0078t":"escaped name"}`:       {Text: "escaped name"},
		`{"int":-0}`:                         {},
		`{"int":9007199254740993}`:           {Int: 1<<53 + 1}, // no float between
		`{"int":-9223372036854775808}`:       {Int: -1 << 63},
		`{"more":{"small":-128,"uint":18446744073709551615}}`: {More: More{Small: -128, Uint: 1<<64 - 1}},
		`{"float":1e308,"more":{"narrow":0.1}}`:               {Float: 1e308, More: More{Narrow: 0.1}},
		`{"float":1E-400}`:                                    {},
		`{"decimal":"12.50"}`:                                 {Decimal: decimal.New(1250, -2)},
		`{"decimal":-1.5e3}`:                                  {Decimal: decimal.New(-15, 2)},
		`{"decimal":0.1000000000000000000000000001}`:          {Decimal: decimal.RequireFromString("0.1000000000000000000000000001")},
		`{"time":"2026-01-31T15:04:05.123456789+01:00"}`:      {Time: at},
		`{"time":"2026-01-31"}`:                               {Time: at.Truncate(24 * time.Hour)},
		`{"date":"2024-02-29","lasts":"1d90s"}`:               {Date: appos.NewDate(2024, 2, 29), Lasts: 24*time.Hour + 90*time.Second},
		`{"maybe":null}`:                                      {},
		`{"maybe":7}`:                                         {Maybe: &seven},
		`{"more":{"bytes":"AAEC"}}`:                           {More: More{Bytes: []byte{0, 1, 2}}},
		`{"list":[],"deep":[[],[1]]}`:                         {List: []string{}, Deep: [][]int{{}, {1}}},
		`{"map":{"":1,"a\"":2},"numbers":{"-3":"x"}}`:         {Map: map[string]int{"": 1, `a"`: 2}, Numbers: map[int]string{-3: "x"}},
		`{"many":[{"name":"a","inner":[{"name":"b"}]}]}`:      {Many: []Inner{{"a", []Inner{{Name: "b"}}}}},
		`{"more":{"any":{"a":[1,null,true,"s"]}}}`:            {More: More{Any: map[string]any{"a": []any{1.0, nil, true, "s"}}}},
		`{"more":{"any":null}}`:                               {},
	} {
		got, err := bind(body)
		if err != nil || !reflect.DeepEqual(normal(got.Values), normal(want)) {
			t.Errorf("%s:\n got %+v %v\nwant %+v", body, got.Values, err, want)
		}
	}
}

// normal has decimals that are equal look it.
func normal(v Values) Values {
	v.Decimal = decimal.RequireFromString(v.Decimal.String())
	return v
}

func TestBindRefuses(t *testing.T) {
	deep := func(n int) string { return strings.Repeat("[", n) + strings.Repeat("]", n) }
	for body, want := range map[string]string{
		``:                                  "the body is empty; JSON is expected",
		` `:                                 "the body is empty; JSON is expected",
		`null`:                              "the body must be a JSON object",
		`[]`:                                "the body must be a JSON object",
		"\ufeff{}":                          "the body is not valid JSON at line 1, column 1: invalid character 'ï' looking for beginning of value",
		"{\"text\":\"\xff\"}":               "the body is not UTF-8",
		`{"text":"`:                         "the body is not valid JSON at line 1, column 10: it ends too early",
		`{"text":"a"`:                       "the body is not valid JSON at line 1, column 12: it ends too early",
		"{\n\"int\":1}{}":                   "the body is not valid JSON at line 2, column 9: something follows it",
		`{"int":01}`:                        "the body is not valid JSON at line 1, column 9: invalid character '1' after object key:value pair",
		`{"float":NaN}`:                     "the body is not valid JSON at line 1, column 10: invalid character 'N' looking for beginning of value",
		`{"int":1,}`:                        "the body is not valid JSON at line 1, column 10: invalid character '}' looking for beginning of object key string",
		"{\"text\":\"\t\"}":                 "the body is not valid JSON at line 1, column 10: invalid character '\\t' in string literal",
		`{"more":{"any":` + deep(31) + `}}`: "the body nests more than 32 deep at line 1, column 46",
		deep(1_000_000):                     "the body nests more than 32 deep at line 1, column 33",

		`{"Text":"a"}`:                                  "Text unknown",
		`{"tex":"a"}`:                                   "tex unknown",
		`{"path":"a"}`:                                  "path unknown",
		`{"query":[1]}`:                                 "query unknown",
		`{"int":1,"int":1}`:                             "int duplicate",
		`{"int":1,"\u0069nt":2}`:                        "int duplicate",
		`{"map":{"a":1,"a":2}}`:                         "map.a duplicate",
		`{"numbers":{"1":"a","01":"b"}}`:                "numbers.01 duplicate",
		`{"numbers":{"a":"b"}}`:                         "numbers.a type",
		`{"more":{"any":{"a":1,"a":2}}}`:                "more.any.a duplicate",
		`{"inner":{"name":"a","name":"b"}}`:             "inner.name duplicate",
		`{"text":null}`:                                 "text required",
		`{"list":null,"map":null}`:                      "list required, map required",
		`{"list":["a",null]}`:                           "list[1] required",
		`{"text":1}`:                                    "text type",
		`{"text":"a\u0000"}`:                            "text type",
		`{"map":{"\u0000":1}}`:                          "map.\x00 type",
		`{"int":"1"}`:                                   "int type",
		`{"int":1.0}`:                                   "int type",
		`{"int":1e2}`:                                   "int type",
		`{"int":9223372036854775808}`:                   "int type",
		`{"more":{"small":128}}`:                        "more.small type",
		`{"more":{"uint":-1}}`:                          "more.uint type",
		`{"float":1e400}`:                               "float type",
		`{"more":{"narrow":1e39}}`:                      "more.narrow type",
		`{"more":{"any":1e400}}`:                        "more.any type",
		`{"float":"NaN"}`:                               "float type",
		`{"bool":1}`:                                    "bool type",
		`{"decimal":"1e31"}`:                            "decimal type",
		`{"decimal":1e1000000000}`:                      "decimal type",
		`{"decimal":""}`:                                "decimal type",
		`{"decimal":"."}`:                               "decimal type",
		`{"decimal":"0x10"}`:                            "decimal type",
		`{"decimal":"1_0"}`:                             "decimal type",
		`{"decimal":"` + strings.Repeat("9", 41) + `"}`: "decimal type",
		`{"time":1}`:                                    "time type",
		`{"time":"2026-13-01T00:00:00Z"}`:               "time type",
		`{"time":"0001-01-01T00:00:00+01:00"}`:          "time type",
		`{"time":"9999-12-31T23:59:59-01:00"}`:          "time type",
		`{"date":"2026-02-29"}`:                         "date type",
		`{"lasts":"1"}`:                                 "lasts type",
		`{"lasts":"106752d"}`:                           "lasts type",
		`{"more":{"bytes":"%"}}`:                        "more.bytes type",
		`{"more":{"bytes":[1]}}`:                        "more.bytes type",
		`{"list":{}}`:                                   "list type",
		`{"map":[]}`:                                    "map type",
		`{"deep":[[1],2]}`:                              "deep[1] type",
		`{"many":[{"inner":[{"name":1}]}]}`:             "many[0].inner[0].name type",
		`{"map":{` + names(wire.MaxEntries+1) + `}}`:    "map max",
		`{"more":{"any":{` + names(wire.MaxEntries+1) + `}}}`:      "more.any max",
		`{"list":[` + list(`""`, wire.MaxEntries) + `,1]}`:         "list max",
		`{"more":{"any":[` + list(`[]`, wire.MaxEntries) + `,0]}}`: "more.any max",
	} {
		_, err := bind(body)
		if err == nil || said(err) != want {
			t.Errorf("%.80s: %v, want %s", body, err, want)
			if err != nil {
				t.Log(said(err))
			}
		}
	}
}

// names are n members whose names differ.
func names(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, `"%d":1,`, i)
	}
	return strings.TrimSuffix(b.String(), ",")
}

func list(entry string, n int) string {
	return strings.TrimSuffix(strings.Repeat(entry+",", n), ",")
}

// A query string, headers and the path have texts only, and lists by repetition.
func TestBindTexts(t *testing.T) {
	ask := func(path, query string, header http.Header) (Everything, error) {
		values, err := url.ParseQuery(query)
		if err != nil {
			t.Fatal(err)
		}
		message, err := compiled.Bind(wire.Request{Path: func(string) string { return path }, Query: values, Header: header, Body: []byte(`{}`)})
		if err != nil {
			return Everything{}, err
		}
		return message.(Everything), nil
	}
	got, err := ask("a/b ä", "query=1,2&query=3&query=", http.Header{"X-Words": {"a, b", "c"}})
	if err != nil || got.Path != "a/b ä" || !reflect.DeepEqual(got.Query, []int{1, 2, 3}) || !reflect.DeepEqual(got.Header, []string{"a", "b", "c"}) {
		t.Errorf("%+v %v", got, err)
	}
	for _, tt := range []struct{ path, query, header, want string }{
		{"\x00", "", "", "there is nothing at this address: path must not contain a NUL character"},
		{"\xff", "", "", "there is nothing at this address: path must be UTF-8"},
		{"p", "query=1,,2", "", "query[1] type"},
		{"p", "query=1e2", "", "query[0] type"},
		{"p", "text=a&quer=1", "", "quer unknown, text unknown"},
		{"p", "", "\xff", "X-Words[0] type"},
	} {
		header := http.Header{}
		if tt.header != "" {
			header["X-Words"] = []string{tt.header}
		}
		if _, err := ask(tt.path, tt.query, header); err == nil || said(err) != tt.want {
			t.Errorf("%+v: %v", tt, err)
		}
	}
}

// What is wrong in a hundred thousand places is looked for in as many as are told:
// nobody has the server think for seconds about ten megabytes of mistakes.
func TestManyFaults(t *testing.T) {
	const n = 20_000
	var unknown strings.Builder
	for i := range n {
		fmt.Fprintf(&unknown, `"mistaken_name_%d":{},`, i)
	}
	members := strings.TrimSuffix(unknown.String(), ",")
	query := url.Values{}
	for i := range n {
		query[fmt.Sprint("q", i)] = []string{""}
	}
	for what, req := range map[string]wire.Request{
		"inputs":  {Body: []byte(`{` + members + `}`)},
		"members": {Body: []byte(`{"inner":{` + members + `}}`)},
		"entries": {Body: []byte(`{"list":[` + list(`0`, n) + `]}`)},
		"any":     {Body: []byte(`{"more":{"any":[` + list(`1e999`, n) + `]}}`)},
		"query":   {Query: query, Body: []byte(`{}`)},
	} {
		req.Path = func(string) string { return "p" }
		var err error
		allocations := testing.AllocsPerRun(1, func() { _, err = compiled.Bind(req) })
		if e := object.AsError(err); len(e.Fields) != wire.MaxFaults {
			t.Errorf("%s: %d faults", what, len(e.Fields))
		}
		if allocations > 2*n {
			t.Errorf("%s: %.0f allocations for %d mistakes", what, allocations, n)
		}
	}
}

// FuzzBind reads bodies, and what it has read again:
//
//	go test ./internal/wire -run '^$' -fuzz FuzzBind -fuzztime 30s
//
// What is accepted is JSON that encoding/json reads as the same, and stays the same
// when it is written and read.
func FuzzBind(f *testing.F) {
	for _, seed := range []string{
		``, `{}`, `{"text":"\ud800<\u2028\"","int":-0,"float":1e-7,"bool":true,"decimal":"-0.50","maybe":7}`,
		`{"time":"2026-01-31T15:04:05.5+01:00","date":"2024-02-29","lasts":"-1d2h","list":["",""],"deep":[[],[1]]}`,
		`{"map":{"":1},"numbers":{"-3":"x","+3":"y"},"inner":{"inner":[{"name":"a"}]},"many":[]}`,
		`{"more":{"small":-128,"uint":18446744073709551615,"narrow":3.4e38,"bytes":"AAEC","any":{"a":[1,null,-0.0,"s",{}]}}}`,
		`{"more":{"any":null}}`, `{"int":1}{}`, `{"text":"a","text":"b"}`, "\ufeff{}",
	} {
		f.Add(seed)
	}
	body, err := wire.NewBook(nil).Type(reflect.TypeFor[Values]())
	if err != nil {
		f.Fatal(err)
	}
	write := func(t *testing.T, v Values) string {
		text, err := wire.NewBook(nil).Append(nil, body, reflect.ValueOf(&v).Elem(), nil)
		if err != nil {
			t.Fatalf("%+v: %v", v, err)
		}
		return string(text)
	}
	f.Fuzz(func(t *testing.T, sent string) {
		got, err := bind(sent)
		if err != nil {
			if e := object.AsError(err); e.Code != object.Invalid || len(e.Fields) > wire.MaxFaults {
				t.Fatalf("%q: %v", sent, err)
			}
			return
		}
		if !json.Valid([]byte(sent)) {
			t.Fatalf("%q is no JSON", sent)
		}
		plain := struct {
			Text    string
			Int     int
			Float   float64
			Bool    bool
			Decimal decimal.Decimal
			Maybe   *int
			List    []string
			Deep    [][]int
			Map     map[string]int
			Numbers map[int]string
			Inner   Inner
			Many    []Inner
			More    More
		}{}
		if err := json.Unmarshal([]byte(sent), &plain); err != nil {
			t.Fatalf("%q: encoding/json says %v", sent, err)
		}
		want := Values{
			plain.Text, plain.Int, plain.Float, plain.Bool, plain.Decimal, got.Time, got.Date, got.Lasts, plain.Maybe,
			plain.List, plain.Deep, plain.Map, plain.Numbers, plain.Inner, plain.Many, plain.More,
		}
		if !reflect.DeepEqual(normal(got.Values), normal(want)) {
			t.Fatalf("%q:\n got %+v\nwant %+v", sent, got.Values, want)
		}
		once := write(t, got.Values)
		again, err := bind(once)
		if err != nil {
			t.Fatalf("%q was written as %s: %v", sent, once, err)
		}
		if twice := write(t, again.Values); twice != once {
			t.Fatalf("%q was written as\n%s, then as\n%s", sent, once, twice)
		}
	})
}
