package ui_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/apposengine/appos/ui"
)

// A page can answer with a file; a request that would put it into the page that is
// shown is told to ask again as a whole.
func TestDownload(t *testing.T) {
	for _, tt := range []struct {
		method, hx string
		body       string
	}{
		{"GET", "", "a,b\n"}, {"HEAD", "", ""}, {"GET", "true", ""},
	} {
		r := httptest.NewRequest(tt.method, "/shop/file?x=1", nil)
		if tt.hx != "" {
			r.Header.Set("HX-Request", tt.hx)
		}
		w := httptest.NewRecorder()
		c := newSite(t).ctx(r, ui.App{Name: "shop", Path: "/shop"}, nil)
		node, err := c.Download("prix de l’été \"2026\".csv", "text/csv; charset=utf-8", []byte("a,b\n"))
		if err == nil {
			err = c.Respond(w, node)
		}
		if err != nil || w.Body.String() != tt.body {
			t.Errorf("%s %q: %q, %v", tt.method, tt.hx, w.Body, err)
		}
		disposition := w.Header().Get("Content-Disposition")
		if tt.hx == "" && (!strings.HasPrefix(disposition, "attachment; filename") || strings.ContainsAny(disposition, "’\r\n") || w.Header().Get("Cache-Control") != "no-store") {
			t.Errorf("%s: %v", tt.method, w.Header())
		}
		if tt.hx != "" && (disposition != "" || w.Code >= http.StatusBadRequest) {
			t.Errorf("asked for by the script: %d %v", w.Code, w.Header())
		}
	}
}
