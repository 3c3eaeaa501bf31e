package record_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/shopspring/decimal"
	"pgregory.net/rapid"

	"github.com/apposengine/appos"
	"github.com/apposengine/appos/internal/object"
	"github.com/apposengine/appos/internal/record"
)

func TestAppendJSON(t *testing.T) {
	b := setup(t)
	c := &Customer{
		Code: "a\"\\\n\x01\u2028</script>é\xff", Name: "x", Credit: decimal.New(5, -2), Salary: ptr(decimal.New(-12345, -2)),
		Stars: ptr(int32(3)), Score: 0.1, Seen: ptr(time.Date(2026, 1, 2, 3, 4, 5, 678900000, time.FixedZone("", 3600))),
		Address: &Address{"Main", "1"}, Region: ptr(appos.ID[Region](7)), Secret: ptr("never"),
	}
	c.ID, c.Version, c.CreatedAt, c.UpdatedAt = 1, 2, start.Truncate(time.Second), start
	want := `{"id":1,"version":2,"created_at":"2026-03-01T12:00:00Z","created_by":"","updated_at":"2026-03-01T12:00:00.123456Z","updated_by":"",` +
		`"code":"a\"\\\n\u0001\u2028\u003c/script\u003eé\ufffd","name":"x","email":null,"tier":"","credit":"0.05","salary":"-123.45","active":false,` +
		`"stars":3,"score":0.1,"seen":"2026-01-02T02:04:05.6789Z","tags":[],"address":{"street":"Main","zip":"1"},"region_id":7}`
	if got := jsonOf(b, b.customers, c); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if got := jsonOf(b, b.customers, &Region{}); got != "null" {
		t.Errorf("another type is %s", got)
	}
}

func TestJSONIsReadBack(t *testing.T) {
	b := setup(t)
	rapid.Check(t, func(rt *rapid.T) {
		in := &Customer{
			Code: rapid.String().Filter(func(s string) bool { return !strings.Contains(s, "\x00") }).Draw(rt, "code"), Name: rapid.StringMatching(`[ -~]{1,20}`).Draw(rt, "name"),
			Credit: decimal.New(rapid.Int64().Draw(rt, "credit"), -2), Score: rapid.Float64().Draw(rt, "score"),
			Stars: rapid.Ptr(rapid.Int32(), true).Draw(rt, "stars"), Email: rapid.Ptr(rapid.StringMatching(`\PC*`), true).Draw(rt, "email"),
			Seen: ptr(time.UnixMicro(rapid.Int64Range(-62135596800000000, 253402300799999999).Draw(rt, "seen")).UTC()),
			Tags: rapid.SliceOf(rapid.StringMatching(`\PC*`)).Draw(rt, "tags"), Active: rapid.Bool().Draw(rt, "active"),
		}
		text := b.customers.AppendJSON(nil, in, mask(b.customers, "id", "version", "created_at", "created_by", "updated_at", "updated_by"))
		if !json.Valid(text) {
			rt.Fatalf("not JSON: %s", text)
		}
		var out Customer
		if _, err := b.customers.DecodeJSON(text, &out, record.ForCreate); err != nil {
			rt.Fatalf("%v: %s", err, text)
		}
		if got := jsonOf(b, b.customers, &out); got != jsonOf(b, b.customers, in) {
			rt.Fatalf("got  %s\nwant %s", got, jsonOf(b, b.customers, in))
		}
		for i := range b.customers.Object().Record.Fields {
			f := &b.customers.Object().Record.Fields[i]
			if f.Kind == object.FieldJSON || f.System || f.Column == "tier" || f.Kind == object.FieldText && f.Optional {
				continue
			}
			v := b.customers.Value(in, f.Column)
			back, err := record.ParseValue(f, record.FormatValue(f, v))
			if err != nil || record.FormatValue(f, back) != record.FormatValue(f, v) {
				rt.Fatalf("%s: %v became %v, %v", f.Column, v, back, err)
			}
		}
	})
}

func TestDecodeJSON(t *testing.T) {
	b := setup(t)
	row := &Customer{Name: "old", Tier: "gold", Email: ptr("x")}
	body, err := b.customers.DecodeJSON([]byte(` {"name":"new","email":null,"credit":12345678901234567.89,"version":3,"region_id":4,"address":{"street":"s","zip":"z"}} `), row, record.ForPatch)
	if err != nil || body.Version != 3 || row.Name != "new" || row.Email != nil || row.Credit.String() != "12345678901234567.89" || *row.Region != 4 || row.Tier != "gold" {
		t.Errorf("patch: %+v %+v %v", body, row, err)
	}
	row = &Customer{Name: "old", Tier: "gold", Active: true, Email: ptr("x")}
	row.ID = 5
	if _, err = b.customers.DecodeJSON([]byte(`{"name":"new","credit":"1.50"}`), row, record.ForReplace); err != nil || row.ID != 5 || row.Tier != "bronze" || row.Active || row.Email != nil || row.Credit.String() != "1.5" {
		t.Errorf("replacement: %+v %v", row, err)
	}
	for text, want := range map[string][]string{
		`{"nmae":1,"stars":"x","credit":1.001,"active":1,"seen":"x","code":7}`: {"nmae unknown", "stars type", "credit type", "active type", "seen type", "code type"},
		`{"code":null}`:                       {"code required"},
		`{"code":"a","code":"b"}`:             {"code duplicate"},
		`{"id":1,"created_by":"eve"}`:         {"id read_only", "created_by read_only"},
		`{"version":1}`:                       {"version read_only"},
		`{"stars":2147483648}`:                {"stars type"},
		`{"stars":1.5}`:                       {"stars type"},
		`{"credit":1e30}`:                     {"credit type"},
		`{"credit":1e999999999}`:              {"credit type"},
		`{"credit":"1,5"}`:                    {"credit type"},
		`{"score":1e999}`:                     {"score type"},
		`{"region_id":99999999999999999999}`:  {"region_id type"},
		`{"tags":{"a":1}}`:                    {"tags type"},
		`{"address":{"street":"s","nope":1}}`: {"address type"},
		`{"code":"a\u0000b"}`:                 {"code type"},
		`{"deleted_at":null}`:                 {"deleted_at unknown"},
		`{"orders":[]}`:                       {"orders unknown"},
	} {
		_, err := b.customers.DecodeJSON([]byte(text), &Customer{}, record.ForCreate)
		e := wantError(t, err, object.Invalid)
		var got []string
		for _, f := range e.Fields {
			got = append(got, f.Field+" "+f.Rule)
		}
		if strings.Join(got, ",") != strings.Join(want, ",") {
			t.Errorf("%s: got %v, want %v", text, got, want)
		}
	}
	for text, want := range map[string]string{
		``:                                    "empty",
		`[]`:                                  "must be a JSON object",
		`null`:                                "must be a JSON object",
		`{"code":"a"} x`:                      "line 1, column 14",
		`{"code":"a"}{}`:                      "something follows",
		"{\n\"code\": tru\n}":                 "line 2",
		`{"code":"a",}`:                       "not valid JSON",
		`{"code"`:                             "ends too early",
		"{\"code\":\"\xff\"}":                 "not UTF-8",
		strings.Repeat("[", 5000):             "nests more than 32 deep",
		`{"tags":` + strings.Repeat("[", 100): "nests more than 32 deep",
	} {
		_, err := b.customers.DecodeJSON([]byte(text), &Customer{}, record.ForCreate)
		if e := wantError(t, err, object.Invalid); !strings.Contains(e.Text, want) || len(e.Fields) > 0 {
			t.Errorf("%.40q: error %v, want %q", text, e, want)
		}
	}
}
