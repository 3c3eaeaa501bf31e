package server_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/apposengine/appos"
	"github.com/apposengine/appos/platform"
)

// Who is in no group of any app is told so, and can leave.
func TestNothingToOpen(t *testing.T) {
	at, _ := openDepot(t, nil)
	if _, err := appos.Call(at.system, platform.CreateUser{Name: "newcomer", Password: password}); err != nil {
		t.Fatal(err)
	}
	for user, want := range map[string]struct {
		status int
		text   string
	}{
		"newcomer": {http.StatusOK, "No app is open to you yet"},
		"reader":   {http.StatusSeeOther, ""},
	} {
		w := (&site{h: at.h, cookie: at.signIn(t, user)}).with("GET", "/", "", nil)
		if w.Code != want.status || !strings.Contains(w.Body.String(), want.text) {
			t.Errorf("%s: %d %s, want %d with %q", user, w.Code, w.Body, want.status, want.text)
		}
		if want.status == http.StatusOK && !strings.Contains(w.Body.String(), `action="/sign-out"`) {
			t.Errorf("%s cannot sign out: %s", user, w.Body)
		}
	}
}
