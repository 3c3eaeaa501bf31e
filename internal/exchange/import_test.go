package exchange_test

import (
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

func TestImportCSV(t *testing.T) {
	storetest.Each(t, func(t *testing.T, url string) {
		b := setup(t, url, company)
		b.load("co.records.town", b.file("towns.csv", "zip,name\n10115,Berlin\n75001,Paris\n"), exchange.Options{})
		path := b.file("clients.csv", "\uFEFFCODE;Raison sociale;E Mail;credit;active;tags;points;since;score;parent.code;town.zip\r\n"+
			"A1;\"Müller; \"\"Söhne\"\"\r\nGmbH\";a@example.com;1.234,50;ja;\"red; blue\";\"1;2\";2026-01-31 10:00:00.000;1,5;B2;10115\r\n\r\n"+
			"B2;'=SUM(A1);;;;;;;;;\r\n")
		job := b.load("co.records.client", path, exchange.Options{DecimalComma: true})
		if job.Created != 2 || job.Rows != 2 {
			t.Errorf("job %+v", job)
		}
		got := find(b, func(c *Client, q *appos.Query) {})
		a := got[0]
		if a.Name != "Müller; \"Söhne\"\r\nGmbH" || a.Credit.String() != "1234.5" || !a.Active || !slices.Equal(a.Tags, []string{"red", "blue"}) ||
			!slices.Equal(a.Points, []int{1, 2}) || a.Since.Format("2006-01-02T15") != "2026-01-31T10" || *a.Score != 1.5 || a.Tier != "bronze" || a.CreatedBy != "sue" {
			t.Errorf("the first is %+v", a)
		}
		if a.Parent == nil || *a.Parent != got[1].ID || a.Town == nil {
			t.Errorf("the first refers to %v, %v", a.Parent, a.Town)
		}
		if got[1].Name != "=SUM(A1)" || got[1].Score != nil {
			t.Errorf("the second is %+v", got[1])
		}
	})
}

func TestHeaders(t *testing.T) {
	b := setup(t, "sqlite::memory:", company)
	for _, tt := range []struct {
		name, content string
		o             exchange.Options
		want          []string
	}{
		{"unknown", "code,name,emial\n", exchange.Options{}, []string{"emial is no field of client", `did you mean "email"`}},
		{"missing", "code,email\n", exchange.Options{}, []string{"name is needed by every row"}},
		{"twice", "code,name,NAME\n", exchange.Options{}, []string{"NAME goes to name, as the column"}},
		{"mapped to nothing", "code,Company\n", exchange.Options{Map: map[string]string{"Company": "nmae"}}, []string{`is mapped to "nmae"`, `"name"`}},
		{"mapped but not there", "code,name\n", exchange.Options{Map: map[string]string{"Fax": "-"}}, []string{"Fax is mapped, but the file has no such column"}},
		{"a reference by a field that is not unique", "code,name,parent.email\n", exchange.Options{}, []string{"neither unique nor what names a row"}},
		{"a reference by a hidden field", "code,name,parent.salary\n", exchange.Options{}, []string{"parent.salary"}},
		{"a field that may not be written", "code,name,salary\n", exchange.Options{}, []string{"salary is no field"}},
		{"an upsert by what is not unique", "code,name\n", exchange.Options{Upsert: "name"}, []string{"not unique", "id, code"}},
		{"an upsert without its column", "name\n", exchange.Options{Upsert: "code"}, []string{"code is what rows are found by"}},
		{"empty", "", exchange.Options{}, []string{"the file is empty"}},
		{"NUL", "code,name\x00\n", exchange.Options{}, []string{"line 1", "NUL"}},
		{"no text", "co\xffde,name\n", exchange.Options{}, []string{"line 1, byte 3", "UTF-8", "windows-1252"}},
		{"lines that end with CR", "code,name\rA,a\rB,b\r", exchange.Options{}, []string{"line 1", "carriage return alone"}},
		{"a long file whose lines end with CR", "code,name\r" + strings.Repeat("A,a\r", 2<<20), exchange.Options{}, []string{"line 1", "carriage return alone"}},
		{"a column without a name", "code,name,\nA,a,\n", exchange.Options{}, []string{"column 3 has no name"}},
		{"no JSON array", `{"code":"A"}`, exchange.Options{Format: exchange.JSON}, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if tt.o.Format == "" {
				tt.o.Format = exchange.CSV
			}
			_, _, err := b.try("co.records.client", b.file("in.csv", tt.content), tt.o)
			if tt.want != nil || err == nil {
				b.says(err, tt.want...)
			}
			if !errors.Is(err, object.Invalid) {
				t.Errorf("the error is %v, want an invalid one", err)
			}
		})
	}
	if n := count[Client](b); n != 0 {
		t.Errorf("%d rows are stored", n)
	}
}

// What is wrong with a file is said with the line, whatever came before it.
func TestBadFiles(t *testing.T) {
	b := setup(t, "sqlite::memory:", company)
	good := "code,name\nA,first\n"
	for _, tt := range []struct {
		name, content, want string
		format              exchange.Format
	}{
		{"mixed encodings", good + "B,zweit\xe9\n", "line 3, byte 26: the byte 0xE9", exchange.CSV},
		{"NUL", good + "B,se\x00cond\n", "line 3, byte 23: a NUL byte", exchange.CSV},
		{"an open quote", good + "B,\"second\nC,third\n", "line 3: a quote that is opened here is never closed", exchange.CSV},
		{"a huge field", good + "B,\"" + strings.Repeat("x", 5<<20) + "\"\n", "line 3: the row is longer", exchange.CSV},
		{"a huge line", good + "B," + strings.Repeat("x", 5<<20) + "\n", "line 3: the row is longer", exchange.CSV},
		{"after a quote", good + "B,\"sec\"ond\n", "line 3: something follows the quote", exchange.CSV},
		{"deep JSON", "[{\"code\":\"A\",\"name\":\"x\",\"tags\":" + strings.Repeat("[", 40) + strings.Repeat("]", 40) + "}]", "line 1: the object nests", exchange.JSON},
		{"an open array", "[\n{\"code\":\"A\",\"name\":\"x\"}\n", "line 3: the file ends before its array", exchange.JSON},
		{"no object", "[\n{\"code\":\"A\",\"name\":\"x\"},\n3]", "line 3: every row is a JSON object", exchange.JSON},
		{"an open object", "{\"code\":\"A\",\"name\":\"x\"}\n{\"code\":", "line 2: the file ends within", exchange.NDJSON},
	} {
		t.Run(tt.name, func(t *testing.T) {
			job, _, err := b.try("co.records.client", b.file("in", tt.content), exchange.Options{Format: tt.format})
			b.says(err, tt.want)
			if job.State != exchange.Refused || !strings.Contains(job.Message, tt.want) {
				t.Errorf("the job is %q: %q", job.State, job.Message)
			}
			if n := count[Client](b); n != 0 {
				t.Errorf("%d rows are stored", n)
			}
		})
	}
}

func TestEncodings(t *testing.T) {
	for _, tt := range []struct{ name, content, encoding string }{
		{"UTF-16 little endian", "\xff\xfec\x00o\x00d\x00e\x00,\x00n\x00a\x00m\x00e\x00\n\x00A\x00,\x00\xe9\x00\n\x00", ""},
		{"UTF-16 big endian", "\xfe\xff\x00c\x00o\x00d\x00e\x00,\x00n\x00a\x00m\x00e\x00\n\x00A\x00,\x00\xe9\x00\n", ""},
		{"Windows-1252", "code,name\nA,\xe9\n", "windows-1252"},
		{"Latin 1", "code,name\nA,\xe9\n", "iso-8859-1"},
		{"UTF-8", "code,name\nA,é\n", ""},
		{"UTF-8 with its mark", "\uFEFFcode,name\nA,é\n", "utf-8"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b := setup(t, "sqlite::memory:", company)
			b.load("co.records.client", b.file("in.csv", tt.content), exchange.Options{Encoding: tt.encoding})
			if got := find[Client](b, nil); got[0].Name != "é" {
				t.Errorf("the name is %q", got[0].Name)
			}
		})
	}
	b := setup(t, "sqlite::memory:", company)
	_, _, err := b.try("co.records.client", b.file("in.csv", "code,name\n"), exchange.Options{Encoding: "ebcdic"})
	b.says(err, `the encoding is "ebcdic"`, "windows-1252")
}

// By default a file in which anything is wrong leaves nothing, and all that is
// wrong is reported with its line.
func TestAllOrNothing(t *testing.T) {
	storetest.Each(t, func(t *testing.T, url string) {
		b := setup(t, url, company)
		path := b.file("in.csv", "code,name,credit,town.zip\nA,first,1,\nB,,x,\n\"C\nC\",third,1,\nA,again,1,\nE,fifth,1,99\nF,six\nG,seventh,-1,\n")
		for _, dry := range []bool{true, false} {
			job, faults, err := b.try("co.records.client", path, exchange.Options{DryRun: dry})
			b.must(err)
			var got []string
			for _, f := range faults {
				got = append(got, fmt.Sprintf("%d %s %s", f.Line, f.Field, f.Rule))
			}
			want := []string{"3 credit type", "6 code unique", "7 town.zip exists", "8  format", "9 credit gte"}
			if !slices.Equal(got, want) {
				t.Errorf("dry %v: faults %q, want %q", dry, got, want)
			}
			state, created := exchange.Refused, int64(0)
			if dry {
				state, created = exchange.Done, 2
			}
			if job.State != state || job.Failed != 5 || job.Created != created {
				t.Errorf("dry %v: job %+v", dry, job)
			}
			if n := count[Client](b); n != 0 {
				t.Errorf("dry %v: %d rows are stored", dry, n)
			}
		}
		job, faults, err := b.try("co.records.client", path, exchange.Options{OnError: exchange.Continue})
		b.must(err)
		if n := count[Client](b); job.State != exchange.Done || job.Created != 2 || job.Failed != 5 || len(faults) != 5 || n != 2 {
			t.Errorf("continuing: job %+v, %d faults, %d rows", job, len(faults), n)
		}
	})
}

// The second pass, about references to rows that come later, does not report again
// what the first one has reported.
func TestFaultsAreReportedOnce(t *testing.T) {
	b := setup(t, "sqlite::memory:", company)
	path := b.file("in.csv", "code,name,credit,parent.code\nA,a,,B\nB,b,,\nC,c,much,A\nD,d\nE,e,,NONE\n")
	for _, on := range []exchange.OnError{exchange.Stop, exchange.Continue} {
		job, faults, err := b.try("co.records.client", path, exchange.Options{OnError: on})
		b.must(err)
		var got []string
		for _, f := range faults {
			got = append(got, fmt.Sprint(f.Line, " ", f.Field))
		}
		if want := []string{"4 credit", "5 ", "6 parent.code"}; !slices.Equal(got, want) {
			t.Errorf("%s: faults %q, want %q", on, got, want)
		}
		if on == exchange.Stop && job.Message != "nothing was stored: 3 rows are wrong" {
			t.Errorf("the message is %q", job.Message)
		}
	}
}

func TestUpsert(t *testing.T) {
	storetest.Each(t, func(t *testing.T, url string) {
		b := setup(t, url, company)
		b.load("co.records.client", b.file("one.csv", "code,name,credit\nA,first,1\nB,second,2\n"), exchange.Options{})
		path := b.file("two.csv", "code,credit,name\nA,1.00,first\nB,3,second\nC,4,third\nC,5,third\n")
		job := b.load("co.records.client", path, exchange.Options{Upsert: "code"})
		if job.Created != 1 || job.Updated != 2 || job.Unchanged != 1 {
			t.Errorf("job %+v", job)
		}
		rows := find[Client](b, nil)
		if len(rows) != 3 || rows[0].Version != 1 || rows[1].Credit.String() != "3" || rows[2].Credit.String() != "5" {
			t.Errorf("rows %+v", rows)
		}
		job = b.load("co.records.client", b.file("ids.csv", fmt.Sprintf("id,name\n%d,by id\n", rows[0].ID)), exchange.Options{Upsert: "id"})
		if job.Updated != 1 {
			t.Errorf("by id: %+v", job)
		}
		_, faults, err := b.try("co.records.client", b.file("ids.csv", "id,name\n999,by id\n"), exchange.Options{Upsert: "id"})
		if b.must(err); len(faults) != 1 || faults[0].Rule != "exists" {
			t.Errorf("an id of nothing: %+v", faults)
		}
	})
}

func TestImportJSON(t *testing.T) {
	for _, tt := range []struct {
		format  exchange.Format
		content string
	}{
		{exchange.JSON, "[{\"code\":\"A\",\"name\":\"é\",\"credit\":\"1.50\",\"tags\":[\"x\",\"y\"],\"since\":null,\"parent.code\":\"B\"},\n {\"name\":\"b\",\"code\":\"B\",\"credit\":2,\"active\":true}]\n"},
		{exchange.NDJSON, "{\"code\":\"A\",\"name\":\"é\",\"credit\":\"1.50\",\"tags\":[\"x\",\"y\"],\"since\":null,\"parent.code\":\"B\"}\n\n{\"name\":\"b\",\"code\":\"B\",\"credit\":2,\"active\":true}"},
	} {
		t.Run(string(tt.format), func(t *testing.T) {
			b := setup(t, "sqlite::memory:", company)
			b.load("co.records.client", b.file("in", tt.content), exchange.Options{Format: tt.format})
			rows := find[Client](b, nil)
			if len(rows) != 2 || rows[0].Name != "é" || rows[0].Credit.String() != "1.5" || len(rows[0].Tags) != 2 || *rows[0].Parent != rows[1].ID || !rows[1].Active {
				t.Errorf("rows %+v", rows)
			}
		})
	}
	b := setup(t, "sqlite::memory:", company)
	for _, twice := range []string{`{"code":"T","name":"a","name":"b"}`, `{"code":"T","name":"a","Name":"b"}`, `{"code":"T","name":"a","parent":1,"parent.code":"A"}`} {
		_, faults, err := b.try("co.records.client", b.file("in", twice), exchange.Options{Format: exchange.NDJSON})
		if b.must(err); len(faults) != 1 || faults[0].Rule != "duplicate" {
			t.Errorf("%s: faults %+v", twice, faults)
		}
	}
	_, faults, err := b.try("co.records.client", b.file("in", "{\"code\":\"A\",\"name\":\"a\",\"nmae\":1}\n{\"code\":}\n{\"code\":\"B\",\"name\":\"b\"}"), exchange.Options{Format: exchange.NDJSON, OnError: exchange.Continue})
	b.must(err)
	if len(faults) != 2 || faults[0].Line != 1 || faults[0].Field != "nmae" || faults[1].Line != 2 || count[Client](b) != 1 {
		t.Errorf("faults %+v", faults)
	}
}
