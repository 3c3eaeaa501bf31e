package admin_test

import (
	"context"
	"fmt"
	"html"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/apposengine/appos/internal/logs"
	"github.com/apposengine/appos/internal/security"
)

// walk follows the links with a label from page to page and collects what the
// pattern finds on each.
func (e *env) walk(path, label string, pattern *regexp.Regexp) (pages [][]string, last page) {
	e.t.Helper()
	next := regexp.MustCompile(`href="([^"]*)" aria-label="` + label + `"`)
	for path != "" && len(pages) < 50 {
		last = e.get(path)
		var found []string
		for _, m := range pattern.FindAllStringSubmatch(last.body, -1) {
			found = append(found, html.UnescapeString(m[1]))
		}
		pages = append(pages, found)
		path = ""
		if m := next.FindStringSubmatch(last.body); m != nil {
			path = html.UnescapeString(m[1])
		}
	}
	return pages, last
}

// TestPaging walks lists to their ends and back.
func TestPaging(t *testing.T) {
	e := open(t)
	for i := range 7 {
		name := fmt.Sprintf("user_%d", i)
		if _, err := e.Security.CreateUser(context.Background(), nil, security.NewUser{Name: name}); err != nil {
			t.Fatal(err)
		}
		if err := e.Security.CreateGroup(context.Background(), nil, fmt.Sprintf("group_%d", i), ""); err != nil {
			t.Fatal(err)
		}
		if _, err := e.Security.SignIn(context.Background(), security.SignIn{Name: "admin", Password: "matterhorn at dawn", Kind: security.Token}); err != nil {
			t.Fatal(err)
		}
	}
	for _, test := range []struct {
		path    string
		pattern string
		rows    int
	}{
		{"/admin/users?q=user_&size=3", `<tr id="users-(\w+)"`, 7},
		{"/admin/groups?q=group_&size=3", `<tr id="groups-(\w+)"`, 7},
		{"/admin/sessions?size=2", `<tr id="sessions-(\d+)"`, 7},
		{"/admin/audit?size=4", `<tr id="changes-(\d+)"`, e.changes()},
		{"/admin/objects?size=10", `<tr id="objects-([\w.]+)"`, len(e.Engine.Registry().Objects)},
	} {
		pattern := regexp.MustCompile(test.pattern)
		forth, last := e.walk(test.path, "Next page", pattern)
		all := slices.Concat(forth...)
		slices.Sort(all)
		if n := len(slices.Compact(all)); n != test.rows || len(slices.Concat(forth...)) != n {
			t.Errorf("%s: %d rows on %d pages, want %d", test.path, n, len(forth), test.rows)
		}
		m := regexp.MustCompile(`href="([^"]*)" aria-label="Previous page"`).FindStringSubmatch(last.body)
		if m == nil {
			t.Errorf("%s: the last page has no way back", test.path)
			continue
		}
		back, _ := e.walk(html.UnescapeString(m[1]), "Previous page", pattern)
		slices.Reverse(back)
		if fmt.Sprint(back) != fmt.Sprint(forth[:len(forth)-1]) {
			t.Errorf("%s: forth %v, back %v", test.path, forth, back)
		}
	}
}

// TestLogs pages entries of which many have the same moment, and opens one.
func TestLogs(t *testing.T) {
	e := open(t)
	for i := range 23 {
		entry := logs.Entry{Time: noon, Kind: "rules", Object: "shop.rules.price", User: "sam", ExecutionID: "exec-1", Message: fmt.Sprintf("line %02d", i)}
		if i >= 15 {
			entry.Time = noon.Add(-time.Second) // written late
		}
		e.Logs.Log(entry.With(logs.String("amount", "<12>")))
	}
	pages, _ := e.walk("/admin/logs?user=sam&size=4", "Next page", regexp.MustCompile(`>(line \d\d)<`))
	all := slices.Concat(pages...)
	if len(all) != 23 || len(pages) != 6 {
		t.Errorf("%d entries on %d pages: %v", len(all), len(pages), pages)
	}
	slices.Sort(all)
	if n := len(slices.Compact(all)); n != 23 {
		t.Errorf("%d different entries", n)
	}

	p := e.get("/admin/logs?execution_id=exec-1&q=line+22")
	p.has(t, "line 22", "exec-1", "shop.rules.price")
	m := regexp.MustCompile(`href="(/admin/logs/entry[^"]*)"`).FindStringSubmatch(p.body)
	if m == nil {
		t.Fatalf("no link to the entry: %s", p.text())
	}
	p = e.get(html.UnescapeString(m[1]))
	p.has(t, "line 22", "Amount <12>", "sam", "All of this execution")
	if !strings.Contains(p.body, "/admin/logs?execution_id=exec-1") {
		t.Error("no link to the execution")
	}
	e.get("/admin/logs?user=nobody").has(t, "No entries found")
}
