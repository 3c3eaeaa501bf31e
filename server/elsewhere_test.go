package server_test

import (
	"fmt"
	"net/http"
	"path/filepath"
	"testing"
)

// Rows that are kept beside the platform's database change as others do, also
// many at once, and are told apart from what was sent before.
func TestChangesBesideThePlatform(t *testing.T) {
	t.Setenv("APPOS_CLUB_MOORINGS_URL", "sqlite:"+filepath.Join(t.TempDir(), "club.db"))
	at := serveApps(t, club).as("admin")
	const yachts = "/api/club/yachts"
	for _, key := range []string{"", "a key"} {
		header := http.Header{"Content-Type": {"application/json"}}
		send := func(method, path, body string, want int) {
			t.Helper()
			if key != "" {
				header.Set("Idempotency-Key", fmt.Sprint(key, method, path))
			}
			for range 2 {
				w := at.with(method, path, body, header)
				if w.Code != want {
					t.Errorf("%s %s with the key %q = %d %s, want %d", method, path, key, w.Code, w.Body, want)
				}
				if key == "" {
					return
				}
			}
		}
		send("POST", yachts, `{"name":"Joshua"}`, 201)
		send("PATCH", yachts+"/1", `{"name":"Suhaili"}`, 200)
		send("POST", yachts+"/bulk", `{"create":[{"name":"Pen Duick"},{"name":"Kriter"}],"update":[{"id":1,"name":"Spray"}]}`, 200)
		send("POST", yachts+"/import?format=json", `[{"name":"Lively Lady"}]`, 200)
	}
}
