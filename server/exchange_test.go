package server_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/apposengine/appos/internal/config"
	"github.com/apposengine/appos/server"
)

// send sends a body of some type.
func (s *site) send(path, contentType string, body io.Reader) *httptest.ResponseRecorder {
	r := httptest.NewRequest("POST", path, body)
	r.Header.Set("Content-Type", contentType)
	r.Header.Set("Authorization", "Bearer "+s.bearer)
	w := httptest.NewRecorder()
	s.h.ServeHTTP(w, r)
	return w
}

func (s *site) crates(t *testing.T) string {
	t.Helper()
	return s.do("GET", "/api/depot/crates/export?fields=label&sort=label", "").Body.String()
}

func TestBulkOverREST(t *testing.T) {
	at, tokens := openDepot(t, nil)
	reader, writer := at.as(tokens["reader"]), at.as(tokens["writer"])
	for _, tt := range []struct {
		name string
		as   *site
		body string
		code int
		want string
	}{
		{"create", reader, `{"create":[{"label":"a"},{"label":"b"},{"label":"c"}]}`, 200, `{"created":[1,2,3],"updated":0,"deleted":0}`},
		{"update and create", reader, `{"update":[{"id":1,"version":1,"label":"A"}],"create":[{"label":"d"}]}`, 200, `{"created":[4],"updated":1,"deleted":0}`},
		{"a bad row", reader, `{"create":[{"label":"e"},{"label":""}]}`, 422, `"field":"create[1].label"`},
		{"a bad update", reader, `{"create":[{"label":"e"}],"update":[{"id":2,"label":"x"},{"id":3,"label":""}]}`, 422, `"field":"update[1].label"`},
		{"a stale version", reader, `{"update":[{"id":1,"version":1,"label":"x"}]}`, 409, `"field":"update[0]"`},
		{"no row", reader, `{"update":[{"id":99,"label":"x"}]}`, 404, `"field":"update[0]"`},
		{"one row twice", reader, `{"update":[{"id":1,"label":"x"},{"id":1,"label":"y"}]}`, 422, `named before, by update[0]`},
		{"what one part may not", reader, `{"create":[{"label":"e"}],"delete":[1]}`, 403, "delete rows of"},
		{"what the first part may not", writer, `{"create":[{"label":"e"}]}`, 403, "create rows of"},
		{"nothing", reader, `{}`, 400, "nothing is asked for"},
		{"an unknown list", reader, `{"creates":[]}`, 400, "creates"},
		{"no JSON", reader, `{`, 400, "must be a JSON object"},
		{"too many", reader, `{"delete":[` + strings.Repeat("1,", 10_000) + `1]}`, 413, "10001 rows"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if w := tt.as.do("POST", "/api/depot/crates/bulk", tt.body); w.Code != tt.code || !strings.Contains(w.Body.String(), tt.want) {
				t.Errorf("%d %s; want %d, %s", w.Code, w.Body, tt.code, tt.want)
			}
		})
	}
	if got := reader.crates(t); got != "label\r\nA\r\nb\r\nc\r\nd\r\n" {
		t.Errorf("stored %q", got)
	}
}

func TestImportOverREST(t *testing.T) {
	at, tokens := openDepot(t, func(cfg *config.Config) { cfg.Import.MaxSize = 1 << 20 })
	reader := at.as(tokens["reader"])
	form := func(name, content string) (string, io.Reader) {
		return "multipart/form-data; boundary=xx", strings.NewReader("--xx\r\nContent-Disposition: form-data; name=\"file\"; filename=\"" + name + "\"\r\n\r\n" + content + "\r\n--xx--\r\n")
	}
	for _, tt := range []struct {
		name, query, contentType, body string
		code                           int
		want                           string
	}{
		{"csv", "", "text/csv", "label\na\nb\n", 200, `"created":2`},
		{"json", "", "application/json", `[{"label":"c"}]`, 200, `"created":1`},
		{"ndjson", "", "application/x-ndjson", `{"label":"d"}`, 200, `"created":1`},
		{"another character set", "", "text/csv; charset=windows-1252", "label\n\xe9\n", 200, `"created":1`},
		{"a dry run", "?dry_run=true", "text/csv", "label\nx\n", 200, `"created":1`},
		{"a row that is wrong", "", "text/csv", "label\nx\n\"\"\n", 422, `"line":3,"field":"label","rule":"required"`},
		{"going on", "?on_error=continue", "text/csv", "label\ne\n\"\"\n", 200, `"created":1,"updated":0,"unchanged":0,"failed":1`},
		{"a wrong header", "", "text/csv", "lable\nx\n", 422, `did you mean \"label\"?`},
		{"an empty file", "", "text/csv", "", 422, "the file is empty"},
		{"only a header", "", "text/csv", "label\n", 200, `"rows":0`},
		{"a wrong type", "", "application/pdf", "label\nx\n", 415, "none of text/csv"},
		{"an unknown parameter", "?upset=label", "text/csv", "label\nx\n", 400, "upset"},
		{"a wrong option", "?on_error=maybe", "text/csv", "label\nx\n", 422, "stop or continue"},
		{"too large", "", "text/csv", "label\n" + strings.Repeat("x\n", 1<<20), 413, "import.max_size"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if w := reader.send("/api/depot/crates/import"+tt.query, tt.contentType, strings.NewReader(tt.body)); w.Code != tt.code || !strings.Contains(w.Body.String(), tt.want) {
				t.Errorf("%d %s; want %d, %s", w.Code, w.Body, tt.code, tt.want)
			}
		})
	}
	contentType, body := form("crates.csv", "label\nf\n")
	if w := reader.send("/api/depot/crates/import", contentType, body); w.Code != 200 {
		t.Errorf("a form: %d %s", w.Code, w.Body)
	}
	if w := reader.send("/api/depot/crates/import", "multipart/form-data; boundary=xx", strings.NewReader("--xx\r\nContent-Disposition: form-data; name=\"file\"; filename=\"c.csv\"\r\n\r\nlabel\nz")); w.Code != 400 {
		t.Errorf("half a form: %d %s", w.Code, w.Body)
	}
	if w := at.as(tokens["writer"]).send("/api/depot/crates/import", "text/csv", strings.NewReader("label\nx\n")); w.Code != 403 {
		t.Errorf("who may not create: %d", w.Code)
	}
	if got := reader.crates(t); got != "label\r\na\r\nb\r\nc\r\nd\r\ne\r\nf\r\né\r\n" {
		t.Errorf("stored %q", got)
	}
}

// A client that goes away while it sends leaves nothing, not even its file.
func TestImportOfAClientThatLeaves(t *testing.T) {
	var data string
	at, tokens := openDepot(t, func(cfg *config.Config) { data = cfg.Platform.Data })
	real := httptest.NewServer(at.h)
	defer real.Close()
	conn, err := net.Dial("tcp", real.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprintf(conn, "POST /api/depot/crates/import HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\nContent-Type: text/csv\r\nContent-Length: 1000000\r\n\r\nlabel\na\nb\n", tokens["reader"])
	uploads := func() int {
		entries, _ := os.ReadDir(filepath.Join(data, "uploads"))
		return len(entries)
	}
	wait := func(n int) {
		t.Helper()
		for end := time.Now().Add(10 * time.Second); uploads() != n; time.Sleep(5 * time.Millisecond) {
			if time.Now().After(end) {
				t.Fatalf("there are %d files, want %d", uploads(), n)
			}
		}
	}
	wait(1)
	conn.Close()
	wait(0)
	if got := at.as(tokens["reader"]).crates(t); got != "label\r\n" {
		t.Errorf("stored %q", got)
	}
}

func TestExportOverREST(t *testing.T) {
	at, tokens := openDepot(t, nil)
	reader := at.as(tokens["reader"])
	reader.do("POST", "/api/depot/crates/bulk", `{"create":[{"label":"a"},{"label":"b"},{"label":"=c"}]}`)
	for _, tt := range []struct {
		query string
		code  int
		want  string
	}{
		{"?fields=label", 200, "label\r\na\r\nb\r\n'=c\r\n"},
		{"?fields=label,id&sort=-label&label__ne=b", 200, "label,id\r\na,1\r\n'=c,3\r\n"},
		{"?format=ndjson&fields=id,label&label=b", 200, "{\"id\":2,\"label\":\"b\"}\n"},
		{"?format=json&fields=label&label=none", 200, "[\n]\n"},
		{"?format=xml", 400, "csv, json and ndjson"},
		{"?limit=5", 400, "is not a parameter of an export"},
		{"?fields=lable", 400, `did you mean \"label\"`},
		{"?lable=x", 400, `did you mean \"label\"`},
	} {
		w := reader.do("GET", "/api/depot/crates/export"+tt.query, "")
		if w.Code != tt.code || w.Code == 200 && w.Body.String() != tt.want || !strings.Contains(w.Body.String(), tt.want) {
			t.Errorf("%s: %d %q; want %d %q", tt.query, w.Code, w.Body, tt.code, tt.want)
		}
	}
	w := reader.do("GET", "/api/depot/crates/export", "")
	if got := w.Header().Get("Content-Disposition"); !strings.HasPrefix(got, "attachment; filename=crates-") || w.Header().Get("Content-Type") != "text/csv; charset=utf-8" {
		t.Errorf("headers %v", w.Header())
	}
	if w := at.as(tokens["writer"]).do("GET", "/api/depot/crates/export", ""); w.Code != 403 {
		t.Errorf("who may not view: %d", w.Code)
	}
}

// The commands work on the same data as a server, also while it runs.
func TestExchangeCommands(t *testing.T) {
	t.Chdir(t.TempDir())
	run := func(want int, args ...string) string {
		t.Helper()
		var out, errs bytes.Buffer
		code := server.Execute(context.Background(), func() {}, args, &out, &errs, depot)
		if code != want {
			t.Fatalf("%q ended with %d: %s%s", args, code, &out, &errs)
		}
		return out.String() + errs.String()
	}
	says := func(got string, texts ...string) {
		t.Helper()
		for _, text := range texts {
			if !strings.Contains(got, text) {
				t.Errorf("%q does not say %q", got, text)
			}
		}
	}
	if err := os.WriteFile("crates.csv", []byte("Label\na\nb\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile("bad.csv", []byte("label\nc\n\"\"\nd\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	says(run(0, "import", "depot.records.crate", "crates.csv", "--dry-run"), "2 created", "dry run: nothing is stored")
	says(run(0, "import", "depot.records.crate", "crates.csv"), "2 rows: 2 created")
	says(run(1, "import", "depot.records.crate", "bad.csv"), "line 3: label is required", "report.ndjson", "import 3: nothing is stored", "nothing was stored: 1 rows are wrong")
	says(run(1, "import", "depot.records.crate", "bad.csv", "--on-error", "continue", "--json"), `"created": 2`, `"line": 3`, "should it be cut off, --resume 4 goes on")
	says(run(2, "import", "depot.records.crate", os.DevNull, "--format", "csv"), "is no file")
	says(run(2, "import", "depot.records.crat", "bad.csv"), `did you mean "depot.records.crate"?`)
	says(run(2, "import", "depot.records.crate"), "import takes a record and a file")
	says(run(1, "import", "depot.records.crate", "none.csv"), "none.csv")
	says(run(2, "import", "depot.records.crate", "crates.csv", "--map", "x"), "maps nothing")
	says(run(1, "import", "--resume", "1", "depot.records.crate"), "nothing to resume")
	says(run(1, "import", "depot.records.crate", "crates.csv", "--as", "nobody"), "nobody")
	if got := run(0, "export", "depot.records.crate", "--fields", "label", "--filter", "sort=-label"); got != "label\r\nd\r\nc\r\nb\r\na\r\n" {
		t.Errorf("export %q", got)
	}
	says(run(0, "export", "depot.records.crate", "--filter", "label=a", "-o", "out.ndjson"), "1 rows in out.ndjson")
	if data, err := os.ReadFile("out.ndjson"); err != nil || !strings.Contains(string(data), `"label":"a"`) {
		t.Errorf("the file is %s, %v", data, err)
	}
	says(run(1, "export", "depot.records.crate", "--filter", "lable=a"), `did you mean "label"`)
	says(run(1, "export", "depot.records.crate", "--filter", "limit=1"), "limit is not a parameter of an export")
	says(run(2, "export", "depot.records.crate", "--filter", "label"), "tier=gold")
	if err := os.WriteFile("signs.csv", []byte("label\n100% a+b & c\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	run(0, "import", "depot.records.crate", "signs.csv")
	if got := run(0, "export", "depot.records.crate", "--fields", "label", "--filter", "label=100% a+b & c"); got != "label\r\n100% a+b & c\r\n" {
		t.Errorf("a value with signs of addresses: %q", got)
	}

	says(run(0, "seed"), "depot has no seeds")
	says(run(2, "seed", "--app", "depott"), `did you mean "depot"?`)
}
