package main_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
)

type historyPage struct {
	Items []struct {
		ID              int64
		Version         int64
		Operation       string
		RestoredVersion *int64 `json:"restored_version"`
		ChangedBy       string `json:"changed_by"`
		ExecutionID     string `json:"execution_id"`
		Changes         []struct {
			Field    string
			Old, New any
		}
	}
	NextCursor *string `json:"next_cursor"`
}

func (p historyPage) String() string {
	var lines []string
	for _, e := range p.Items {
		line := fmt.Sprint(e.Version, " ", e.Operation, " by ", e.ChangedBy)
		for _, c := range e.Changes {
			line += fmt.Sprintf(" %s:%v→%v", c.Field, c.Old, c.New)
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, "\n")
}

// TestHistoryAndRestore reads who changed what over REST, and brings versions back.
func TestHistoryAndRestore(t *testing.T) {
	n := start(t, t.TempDir(), "--no-seed")
	cora, ana, sam := n.As("cora"), n.As("ana"), n.As("sam")
	var row created
	cora.must(http.StatusCreated, "POST", "/api/crm/customers", map[string]any{"code": "A1", "name": "Anchor", "email": "anchor@example.com", "city": "Ulm"}, &row)
	one := fmt.Sprintf("/api/crm/customers/%d", row.ID)
	ana.must(http.StatusOK, "PATCH", one, map[string]any{"name": "Anker", "city": "Bonn"}, nil)
	ana.must(http.StatusOK, "PATCH", one, map[string]any{"city": "Köln"}, nil)

	var page historyPage
	sam.must(http.StatusOK, "GET", one+"/history?limit=2", nil, &page)
	if got, want := page.String(), "3 update by ana city:Bonn→Köln\n2 update by ana name:Anchor→Anker city:Ulm→Bonn"; got != want {
		t.Errorf("history\n%s\nwant\n%s", got, want)
	}
	if page.NextCursor == nil || page.Items[0].ExecutionID == "" || page.Items[0].ID != row.ID {
		t.Fatalf("page %+v", page)
	}
	cursor := *page.NextCursor
	page = historyPage{}
	sam.must(http.StatusOK, "GET", one+"/history?limit=2&cursor="+cursor, nil, &page)
	if got := page.String(); !strings.HasPrefix(got, "1 create by cora code:<nil>→A1 name:<nil>→Anchor") || page.NextCursor != nil {
		t.Errorf("the second page is %s", got)
	}
	page = historyPage{}
	sam.must(http.StatusOK, "GET", "/api/crm/customers/history?field=city&user=ana", nil, &page)
	if got, want := page.String(), "3 update by ana city:Bonn→Köln\n2 update by ana city:Ulm→Bonn"; got != want {
		t.Errorf("history of all\n%s\nwant\n%s", got, want)
	}

	var back struct {
		Name, City string
		Version    int64
	}
	header := ana.must(http.StatusOK, "POST", one+"/restore", map[string]any{"version": 1}, &back, "If-Match", `"v3"`)
	if back.Name != "Anchor" || back.City != "Ulm" || back.Version != 4 || header.Get("ETag") != `"v4"` {
		t.Errorf("restored %+v, tag %s", back, header.Get("ETag"))
	}
	page = historyPage{}
	sam.must(http.StatusOK, "GET", one+"/history?operation=restore", nil, &page)
	if got, want := page.String(), "4 restore by ana name:Anker→Anchor city:Köln→Ulm"; got != want || *page.Items[0].RestoredVersion != 1 {
		t.Errorf("history %s of %+v", got, page)
	}

	cora.must(http.StatusNoContent, "DELETE", one, nil, nil)
	for _, tt := range []struct {
		name, method, path string
		c                  *client
		body               any
		status             int
		says               string
		headers            []string
	}{
		{"restore without the right to update", "POST", one + "/restore", sam, `{"version":1}`, 403, "change", nil},
		{"restore of a deleted row without the right to delete", "POST", one + "/restore", ana, `{"version":1}`, 403, "delete", nil},
		{"the deletion itself", "POST", one + "/restore", cora, `{"version":5}`, 422, "deletion", nil},
		{"a version that never was", "POST", one + "/restore", cora, `{"version":9}`, 422, "from 1 to 5", nil},
		{"a version that is no number", "POST", one + "/restore", cora, `{"version":"x"}`, 422, "version", nil},
		{"no version", "POST", one + "/restore", cora, `{}`, 422, "version", nil},
		{"more than a version", "POST", one + "/restore", cora, `{"version":1,"name":"x"}`, 422, "name", nil},
		{"no object", "POST", one + "/restore", cora, `[1]`, 400, `{"version": 3}`, nil},
		{"null", "POST", one + "/restore", cora, `null`, 400, `{"version": 3}`, nil},
		{"a stale version", "POST", one + "/restore", cora, `{"version":1}`, 412, "version 4 was expected", []string{"If-Match", `"v4"`}},
		{"a row that never was", "POST", "/api/crm/customers/999/restore", cora, `{"version":1}`, 404, "999", nil},
		{"history of a row that never was", "GET", "/api/crm/customers/999/history", cora, nil, 404, "999", nil},
		{"history by an unknown field", "GET", one + "/history?field=nmae", cora, nil, 400, "did you mean", nil},
		{"history from a foreign cursor", "GET", one + "/history?cursor=AAAA", cora, nil, 400, "cursor", nil},
		{"history with unknown parameters", "GET", one + "/history?sort=name", cora, nil, 400, "sort", nil},
	} {
		status, _, answer := tt.c.do(tt.method, tt.path, tt.body, tt.headers...)
		if status != tt.status || !strings.Contains(strings.ReplaceAll(string(answer), `\"`, `"`), tt.says) {
			t.Errorf("%s: %d %s; want %d and %q", tt.name, status, answer, tt.status, tt.says)
		}
	}
	cora.must(http.StatusOK, "POST", one+"/restore", map[string]any{"version": 4}, &back)
	if back.Name != "Anchor" || back.Version != 6 {
		t.Errorf("brought back as %+v", back)
	}
	ana.must(http.StatusOK, "GET", one, nil, nil)
}
