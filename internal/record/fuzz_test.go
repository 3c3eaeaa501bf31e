package record_test

import (
	"encoding/json"
	"net/url"
	"testing"

	"github.com/apposengine/appos/internal/object"
	"github.com/apposengine/appos/internal/record"
)

// harmless fails the test unless err is nil or says that the input is wrong.
func harmless(t testing.TB, err error, codes ...object.Code) {
	t.Helper()
	if err == nil {
		return
	}
	code := object.AsError(err).Code
	for _, c := range append(codes, object.Invalid) {
		if code == c {
			return
		}
	}
	t.Fatalf("class %s: %v", code, err)
}

func FuzzFilter(f *testing.F) {
	for _, seed := range []string{
		"tier=gold&sort=-stars,code&limit=2", "credit__ge=1e9&q=a%25", "name__like=%25x_%5C", "stars__in=1,2,,9999999999", "email__is_null=true",
		"seen__lt=9999-12-31T23:59:59Z", "region_id=-1&cursor=e30", "q=%00", "score__ne=NaN", "credit__in=0.001,99999999999999999", "name__contains=%ff", "code__lt=",
	} {
		f.Add(seed)
	}
	b := people(f)
	a := open("ana")
	f.Fuzz(func(t *testing.T, query string) {
		params, err := url.ParseQuery(query)
		if err != nil {
			return
		}
		q, err := b.customers.ParseFilter(a, params)
		harmless(t, err)
		if err != nil {
			return
		}
		_, err = b.customers.Find(b.ctx, a, q, func() any { return &Customer{} })
		harmless(t, err)
		_, err = b.customers.Count(b.ctx, a, q, 10)
		harmless(t, err)
	})
}

func FuzzCursor(f *testing.F) {
	b := people(f)
	order := []object.Order{{Field: b.field(b.customers, "stars"), Desc: true}, {Field: b.field(b.customers, "credit")}, {Field: b.field(b.customers, "seen")}}
	q := &object.Query{Limit: 1, Order: order}
	for range 3 {
		_, page := find[Customer](b, b.customers, nil, q)
		f.Add(page.Next)
		q.After = page.Next
	}
	f.Add("WyJ4IixudWxsXQ")
	f.Fuzz(func(t *testing.T, cursor string) {
		for _, q := range []object.Query{{After: cursor}, {Before: cursor}} {
			q.Limit, q.Order = 1, order
			_, err := b.customers.Find(b.ctx, nil, &q, func() any { return &Customer{} })
			harmless(t, err)
		}
	})
}

func FuzzBody(f *testing.F) {
	for _, seed := range []string{
		`{"code":"a","name":"b","credit":"1.50","stars":3,"tags":["x"],"address":{"street":"s"},"seen":"2026-01-01","region_id":1}`,
		`{"code":"a","code":"b"}`, `{"credit":1e-9}`, `{"score":-0.0,"active":true,"email":null}`, `{"a":[[[[{}]]]]}`, `{"version":1}`, `{`, "\xff", `{"salary":9223372036854775807}`,
	} {
		f.Add([]byte(seed))
	}
	b := people(f)
	a := open("ana")
	f.Fuzz(func(t *testing.T, body []byte) {
		for _, mode := range []record.Mode{record.ForCreate, record.ForPatch, record.ForReplace} {
			var row Customer
			_, err := b.customers.DecodeJSON(body, &row, mode)
			harmless(t, err)
			if err != nil {
				continue
			}
			if text := b.customers.AppendJSON(nil, &row, record.Mask{}); !json.Valid(text) {
				t.Fatalf("not JSON: %s", text)
			}
			err = b.customers.Create(b.ctx, a, &row)
			harmless(t, err, object.Conflict)
			if err == nil {
				harmless(t, b.customers.Delete(b.ctx, nil, int64(row.ID), 0))
			}
		}
	})
}

// FuzzTypes: what is read from a text is written so that it is read again as the
// same, for every type; JSON of any form ends in a row or in what is wrong with it.
func FuzzTypes(f *testing.F) {
	for _, seed := range []string{
		"2026-01-31", "0001-01-01", "1h30m", "2d", "-106751d23h47m16.854775s", `["a","b"]`, "a|b", `[1,-9223372036854775808]`, "92233720368547758.07", "true", "1e3",
		"9999-12-31T23:59:59.999999Z", `{"on":"2026-02-30","takes":"5","days":["x"],"file":{}}`, `{"amounts":[1.50,"2"],"flags":[true],"anything":{"a":[null]},"place":{"zip":"1"}}`, `{"words":["\u0000"]}`,
	} {
		f.Add(seed)
	}
	b := setupTypes(f, "sqlite::memory:")
	f.Fuzz(func(t *testing.T, text string) {
		for i := range b.everything.Object().Record.Fields {
			field := &b.everything.Object().Record.Fields[i]
			v, err := record.ParseValue(field, text)
			if err != nil || v == nil || field.System {
				continue
			}
			var row, again Everything
			if b.everything.SetValue(&row, field.Column, v) != nil {
				continue // JSON that does not fit the field's type
			}
			written := record.FormatValue(field, b.everything.Value(&row, field.Column))
			back, err := record.ParseValue(field, written)
			if err == nil {
				err = b.everything.SetValue(&again, field.Column, back)
			}
			if twice := record.FormatValue(field, b.everything.Value(&again, field.Column)); err != nil && !(field.Optional && written == "") || err == nil && twice != written {
				t.Fatalf("%s: %q is written %q, which is read as %q, %v", field.Column, text, written, twice, err)
			}
		}
		var row Everything
		_, err := b.everything.DecodeJSON([]byte(text), &row, record.ForCreate)
		harmless(t, err)
		if err != nil {
			return
		}
		harmless(t, b.everything.Create(b.ctx, nil, &row))
	})
}
