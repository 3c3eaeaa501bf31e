package server_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"
)

func (s *site) post(path string, v url.Values) *httptest.ResponseRecorder {
	return s.send(path, "application/x-www-form-urlencoded", strings.NewReader(v.Encode()))
}

// upload sends a file as the form of the first step does.
func (s *site) upload(t *testing.T, name, content string) string {
	t.Helper()
	w := s.send("/depot/crates/import", "multipart/form-data; boundary=xx",
		strings.NewReader("--xx\r\nContent-Disposition: form-data; name=\"_csrf\"\r\n\r\n\r\n--xx\r\nContent-Disposition: form-data; name=\"file\"; filename=\""+name+"\"\r\n\r\n"+content+"\r\n--xx--\r\n"))
	if w.Code != http.StatusSeeOther {
		t.Fatalf("upload: %d %s", w.Code, w.Body)
	}
	return w.Header().Get("Location")
}

func (s *site) shows(t *testing.T, path string, texts ...string) string {
	t.Helper()
	w := s.do("GET", path, "")
	for _, text := range texts {
		if !strings.Contains(w.Body.String(), text) {
			t.Errorf("%s (%d) does not show %q", path, w.Code, text)
		}
	}
	return w.Body.String()
}

// ended waits until the page of an import shows one of its ends.
func (s *site) ended(t *testing.T, path, text string) string {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		if body := s.do("GET", path, "").Body.String(); strings.Contains(body, text) {
			return body
		} else if time.Now().After(end) {
			t.Fatalf("%s never shows %q: %s", path, text, body)
		}
	}
}

func TestImportScreens(t *testing.T) {
	at, tokens := openDepot(t, nil)
	reader, writer := at.as(tokens["reader"]), at.as(tokens["writer"])
	reader.shows(t, "/depot/crates", "/depot/crates/import", "/api/depot/crates/export?format=csv", "format=json")
	reader.shows(t, "/depot/crates/import", `type="file"`, `enctype="multipart/form-data"`)

	step := reader.upload(t, "crates.csv", "Name of it,Colour\na,red\n,blue\nb,\n")
	body := reader.shows(t, step, "Name of it (a", "Colour (red, blue", `value="label"`, "crates.csv")
	file := regexp.MustCompile(`name="file" value="([0-9a-f]+)"`).FindStringSubmatch(body)[1]
	form := url.Values{"file": {file}, "c0": {"label"}, "c1": {"-"}, "on_error": {"stop"}, "do": {"check"}}

	w := reader.post("/depot/crates/import", form)
	body = reader.ended(t, w.Header().Get("Location"), "Checked; nothing is stored")
	for _, text := range []string{"is required", "/depot/crates/import/report?job=1", "/depot/crates/import?file=" + file} {
		if !strings.Contains(body, text) {
			t.Errorf("the check does not show %q", text)
		}
	}
	if got := reader.do("GET", "/depot/crates/import/report?job=1", "").Body.String(); got != "line,field,rule,message\n3,label,required,is required\n" {
		t.Errorf("the report is %q", got)
	}
	form.Set("do", "run")
	reader.ended(t, reader.post("/depot/crates/import", form).Header().Get("Location"), "Nothing was stored")
	form.Set("on_error", "continue")
	reader.ended(t, reader.post("/depot/crates/import", form).Header().Get("Location"), "The import is done")
	if got := reader.crates(t); got != "label\r\na\r\nb\r\n" {
		t.Errorf("stored %q", got)
	}

	t.Run("not mapped", func(t *testing.T) {
		form.Set("file", strings.SplitN(reader.upload(t, "crates.csv", "x\n1\n"), "file=", 2)[1])
		form.Set("c0", "-")
		form.Del("c1")
		if w := reader.post("/depot/crates/import", form); w.Code != 422 || !strings.Contains(w.Body.String(), "label is needed by every row") {
			t.Errorf("%d %s", w.Code, w.Body)
		}
	})
	t.Run("of others", func(t *testing.T) {
		step := reader.upload(t, "crates.csv", "label\nc\n")
		admin := at.as("")
		for _, who := range []*site{writer, admin} {
			if w := who.do("GET", step, ""); w.Code == 200 {
				t.Errorf("%s is shown", step)
			}
		}
		for _, path := range []string{"/depot/crates/import?job=1", "/depot/crates/import/report?job=1"} {
			if w := writer.do("GET", path, ""); w.Code != http.StatusForbidden {
				t.Errorf("%s = %d", path, w.Code)
			}
		}
		for _, path := range []string{"/depot/crates/import?job=99", "/depot/crates/import?job=x", "/depot/crates/import?file=../../appos.db", "/depot/crates/import?file=" + strings.Repeat("0", 32)} {
			if w := reader.do("GET", path, ""); w.Code != http.StatusNotFound {
				t.Errorf("%s = %d", path, w.Code)
			}
		}
	})
	t.Run("no text", func(t *testing.T) {
		if w := reader.do("GET", reader.upload(t, "crates.csv", "label\x00\n"), ""); w.Code != 422 || !strings.Contains(w.Body.String(), "NUL") {
			t.Errorf("%d", w.Code)
		}
	})
}
