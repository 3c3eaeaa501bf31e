package server_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// page asks for a page as the user of the token.
func (s *site) page(path string) *httptest.ResponseRecorder {
	r := httptest.NewRequest("GET", path, nil)
	if s.bearer != "" {
		r.Header.Set("Authorization", "Bearer "+s.bearer)
	}
	w := httptest.NewRecorder()
	s.h.ServeHTTP(w, r)
	return w
}

// The pages that describe the API show what the user may call, and nothing else.
func TestAPIDocs(t *testing.T) {
	_, clients := openDemo(t)
	t.Run("every operation has a page", func(t *testing.T) {
		for _, user := range []string{"admin", "ana"} {
			describe(t, clients[user]).each(func(method, path string, op *operation) {
				w := clients[user].page("/api/docs/" + op.OperationID)
				if w.Code != http.StatusOK || !strings.Contains(w.Body.String(), path) {
					t.Errorf("%s: the page of %s %s: %d", user, method, path, w.Code)
				}
				for _, broken := range []string{"%!", "&lt;nil&gt;", "style=", clients[user].bearer} {
					if strings.Contains(w.Body.String(), broken) {
						t.Errorf("%s: the page of %s contains %q", user, op.OperationID, broken)
					}
				}
			})
		}
	})
	t.Run("no others", func(t *testing.T) {
		allowed := map[string]bool{}
		describe(t, clients["ana"]).each(func(_, _ string, op *operation) { allowed[op.OperationID] = true })
		refused := 0
		describe(t, clients["admin"]).each(func(_, _ string, op *operation) {
			if allowed[op.OperationID] {
				return
			}
			refused++
			if w := clients["ana"].page("/api/docs/" + op.OperationID); w.Code != http.StatusNotFound {
				t.Errorf("the page of %s, which ana may not call: %d", op.OperationID, w.Code)
			}
		})
		if refused == 0 {
			t.Error("ana may call everything")
		}
	})
	t.Run("nothing to call", func(t *testing.T) {
		body := clients["nora"].page("/api/docs").Body.String()
		if !strings.Contains(body, "No app’s API is open to you") || !strings.Contains(body, "/api/docs/createToken") || strings.Contains(body, "/api/crm/") {
			t.Errorf("the page of who may call nothing is %s", body)
		}
		if strings.Contains(body, `<a href="/"></a>`) {
			t.Error("a link leads to no app, and has no name")
		}
	})
	t.Run("signed in", func(t *testing.T) {
		for _, path := range []string{"/api/docs", "/api/docs/createToken"} {
			if w := clients[""].page(path); w.Code != http.StatusSeeOther || !strings.HasPrefix(w.Header().Get("Location"), "/sign-in") {
				t.Errorf("%s without a session: %d, to %q", path, w.Code, w.Header().Get("Location"))
			}
		}
	})
}
