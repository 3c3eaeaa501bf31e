package server_test

import (
	"encoding/json"
	"net/http"
	"testing"

	"github.com/apposengine/appos/demo/apps"
	"github.com/apposengine/appos/internal/config"
	"github.com/apposengine/appos/server"
)

// BenchmarkOpenAPI describes the demo: makes the document of an administrator, the
// largest that there is, and answers with it as it is kept.
func BenchmarkOpenAPI(b *testing.B) {
	server.TuneGC()
	cfg := config.Default()
	cfg.Platform.Data = b.TempDir()
	cfg.AdminPassword = config.NewSecret(password)
	cfg.API.RateLimit = config.RateLimit{}
	s, err := server.Open(b.Context(), cfg, apps.All...)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = s.Close() })
	if err := s.FirstStart(b.Context(), false); err != nil {
		b.Fatal(err)
	}
	at := &site{h: s.Handler()}
	w := at.do("POST", "/api/auth/token", `{"username":"admin","password":"`+password+`"}`)
	var token struct{ Token string }
	if err := json.Unmarshal(w.Body.Bytes(), &token); err != nil || token.Token == "" {
		b.Fatalf("no token: %d %s", w.Code, w.Body)
	}
	at.bearer = token.Token
	admin, err := s.As(b.Context(), "admin")
	if err != nil {
		b.Fatal(err)
	}

	b.Run("make", func(b *testing.B) {
		b.ReportAllocs()
		from, size := cpu(), 0
		for b.Loop() {
			body, err := json.Marshal(s.Describe(admin))
			if err != nil {
				b.Fatal(err)
			}
			size = len(body)
		}
		b.ReportMetric(float64((cpu()-from).Microseconds())/1000/float64(b.N), "cpu-ms/op")
		b.ReportMetric(float64(size), "bytes")
	})
	tag := at.do("GET", "/api/openapi.json", "").Header().Get("ETag")
	b.Run("answer", func(b *testing.B) {
		at.measure(b, func(int) *http.Request {
			r := at.api("GET", "/api/openapi.json", "")
			r.Header.Set("Accept-Encoding", "gzip")
			return r
		}, 200)
	})
	b.Run("unchanged", func(b *testing.B) {
		at.measure(b, func(int) *http.Request {
			r := at.api("GET", "/api/openapi.json", "")
			r.Header.Set("If-None-Match", tag)
			return r
		}, 304)
	})
	b.Run("page", func(b *testing.B) {
		at.measure(b, func(int) *http.Request { return at.api("GET", "/api/docs/crmOrdersList", "") }, 200)
	})
}
