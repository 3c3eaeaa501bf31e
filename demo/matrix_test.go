package main_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// users are the columns of the permission matrix; "" is nobody.
var users = []string{"", "ana", "sam", "cora", "fin", "partner", "admin"}

type route struct {
	Method, Path, Object, Permission, Guard string
	API                                     bool
}

// TestPermissionMatrix holds every route of the demo to a row of
// testdata/permissions.golden that says who is let in. A route without a row
// fails, and so does a row whose route is gone.
func TestPermissionMatrix(t *testing.T) {
	n := start(t, t.TempDir(), "--no-seed")
	clients := map[string]*client{"": {n: n}}
	browsers := map[string]*browser{"": {n: n}}
	for _, u := range users[1:] {
		clients[u] = n.As(u)
		if u != "partner" { // service accounts have no screens
			browsers[u] = n.SignIn(u)
		}
	}

	var got strings.Builder
	for _, r := range routes(t) {
		if r.Path == "/sign-out" || r.Method == "DELETE" && r.Path == "/api/auth/token" {
			fmt.Fprintf(&got, "%-7s %-45s ends the session of whoever has one\n", r.Method, r.Path)
			continue
		}
		fmt.Fprintf(&got, "%-7s %-45s", r.Method, r.Path)
		for _, u := range users {
			name := u
			if name == "" {
				name = "nobody"
			}
			if let := lets(t, r, clients[u], browsers[u]); let != "" {
				fmt.Fprintf(&got, " %s=%s", name, let)
			}
		}
		got.WriteString("\n")
	}

	const golden = "testdata/permissions.golden"
	if *update {
		if err := os.WriteFile(golden, []byte(got.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	wantLines, gotLines := strings.Split(string(want), "\n"), strings.Split(got.String(), "\n")
	for _, line := range gotLines {
		if !slices.Contains(wantLines, line) {
			t.Errorf("not in %s: %s", golden, line)
		}
	}
	for _, line := range wantLines {
		if !slices.Contains(gotLines, line) {
			t.Errorf("only in %s: %s", golden, line)
		}
	}
}

// routes asks the binary for its table of routes.
func routes(t *testing.T) []route {
	t.Helper()
	path, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(path, "routes", "--json").Output()
	if err != nil {
		t.Fatal(err)
	}
	var rs []route
	if err := json.Unmarshal(out, &rs); err != nil {
		t.Fatalf("%v in %s", err, out)
	}
	if len(rs) < 50 {
		t.Fatalf("only %d routes", len(rs))
	}
	return rs
}

// lets asks a route with input that does nothing and says whether the user was
// let in. Ids that no row has and empty bodies are refused after the gate, so
// that only 401, 403 and the way to the sign-in page mean no.
func lets(t *testing.T, r route, c *client, b *browser) string {
	t.Helper()
	path := strings.NewReplacer("{id}", "987654321", "{$}", "").Replace(r.Path)
	for strings.Contains(path, "{") {
		open, end := strings.IndexByte(path, '{'), strings.IndexByte(path, '}')
		path = path[:open] + "987654321" + path[end+1:]
	}
	if r.API {
		var body any
		if r.Method == "POST" || r.Method == "PATCH" || r.Method == "PUT" {
			body = "{"
		}
		status, _, answer := c.do(r.Method, path, body)
		return verdict(t, r, status, string(answer), "")
	}
	if b == nil {
		return ""
	}
	status, location, answer := b.do(r.Method, path, nil)
	return verdict(t, r, status, answer, location)
}

func verdict(t *testing.T, r route, status int, answer, location string) string {
	t.Helper()
	switch {
	case status >= 500:
		t.Errorf("%s %s = %d: %s", r.Method, r.Path, status, answer)
		return fmt.Sprint(status)
	case status == http.StatusUnauthorized && r.Path != "/api/auth/token" && r.Path != "/sign-in",
		status == http.StatusForbidden,
		status == http.StatusSeeOther && strings.HasPrefix(location, "/sign-in"):
		return "no"
	}
	return "yes"
}
