package object_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/apposengine/appos/internal/object"
)

func TestDate(t *testing.T) {
	day := object.NewDate
	for _, x := range []struct {
		date object.Date
		text string
		week time.Weekday
	}{
		{object.Date{}, "0001-01-01", time.Monday},
		{day(1, 1, 2), "0001-01-02", time.Tuesday},
		{day(1969, 12, 31), "1969-12-31", time.Wednesday},
		{day(1970, 1, 1), "1970-01-01", time.Thursday},
		{day(2024, 2, 29), "2024-02-29", time.Thursday},
		{day(2026, 4, 31), "2026-05-01", time.Friday},
		{day(2026, 14, 0), "2027-01-31", time.Sunday},
		{day(9999, 12, 31), "9999-12-31", time.Friday},
		{day(10000, 1, 1), "9999-12-31", time.Friday},
		{day(-5, 1, 1), "0001-01-01", time.Monday},
		{day(2026, 1, 31).Add(1), "2026-02-01", time.Sunday},
		{day(2026, 3, 1).Add(-1), "2026-02-28", time.Saturday},
		{day(2026, 1, 1).Add(1 << 60), "9999-12-31", time.Friday},
		{day(2026, 1, 1).Add(-1 << 60), "0001-01-01", time.Monday},
		{day(2026, 1, 31).AddDate(1, 1, 0), "2027-03-03", time.Wednesday},
		{object.DateOf(time.Date(2026, 3, 1, 23, 30, 0, 0, time.FixedZone("", -5*3600))), "2026-03-01", time.Sunday},
	} {
		if x.date.String() != x.text || x.date.Weekday() != x.week || x.date.In(time.UTC).Weekday() != x.week {
			t.Errorf("%s on a %s, want %s on a %s", x.date, x.date.Weekday(), x.text, x.week)
		}
		if read, err := object.ParseDate(x.text); err != nil || read != x.date {
			t.Errorf("%s is read as %s, %v", x.text, read, err)
		}
		data, err := json.Marshal(map[object.Date]object.Date{x.date: x.date})
		if want := `{"` + x.text + `":"` + x.text + `"}`; err != nil || string(data) != want {
			t.Errorf("JSON is %s, %v, want %s", data, err, want)
		}
		var back map[object.Date]object.Date
		if err := json.Unmarshal(data, &back); err != nil || back[x.date] != x.date {
			t.Errorf("%s comes back as %v, %v", data, back, err)
		}
	}
	a, b := day(2026, 1, 1), day(2026, 12, 31)
	if b.Sub(a) != 364 || a.Sub(b) != -364 || !a.Before(b) || a.After(b) || a.Compare(b) != -1 || b.Compare(a) != 1 || a.Compare(a) != 0 {
		t.Error("days are not in order")
	}
	if y, m, d := b.Date(); y != 2026 || m != time.December || d != 31 || b.Year() != y || b.Month() != m || b.Day() != d {
		t.Errorf("the parts of %s are %d, %s, %d", b, y, m, d)
	}
	if a.IsZero() || !(object.Date{}).IsZero() {
		t.Error("only the zero Date is zero")
	}
	var unchanged = a
	if err := json.Unmarshal([]byte("null"), &unchanged); err != nil || unchanged != a {
		t.Error("null changes a date")
	}
	for _, bad := range []string{"", "2026-1-31", "2026-02-29", "2026-13-01", "0000-01-01", "2026-01-31T00:00:00Z", " 2026-01-3", "31.01.2026", "-001-01-01", "20260131  "} {
		if d, err := object.ParseDate(bad); err == nil {
			t.Errorf("%q is read as %s", bad, d)
		}
	}
}

func TestDuration(t *testing.T) {
	for text, want := range map[string]time.Duration{
		"0s": 0, "1h30m": 90 * time.Minute, "1h": time.Hour, "45s": 45 * time.Second, "1m30s": 90 * time.Second, "-2h": -2 * time.Hour,
		"1.5s": 1500 * time.Millisecond, "48h": 48 * time.Hour, "10m": 10 * time.Minute, "20s": 20 * time.Second, "1h0m1s": time.Hour + time.Second,
	} {
		if got := object.FormatDuration(want); got != text {
			t.Errorf("%d is written %q, want %q", want, got, text)
		}
		if got, err := object.ParseDuration(text); err != nil || got != want {
			t.Errorf("%q is %s, %v, want %s", text, got, err, want)
		}
	}
	for text, want := range map[string]time.Duration{"2d": 48 * time.Hour, "1d12h": 36 * time.Hour, "-1d1m": -24*time.Hour - time.Minute, "1h30m0s": 90 * time.Minute, "106751d23h47m": 106751*24*time.Hour + 23*time.Hour + 47*time.Minute} {
		got, err := object.ParseDuration(text)
		if err != nil || got != want {
			t.Errorf("%q is %s, %v, want %s", text, got, err, want)
		}
	}
	for _, bad := range []string{"", "0", "5", "d", "1d-2h", "1d+2h", "1h1d", "106752d", "106751d24h", "99999999999d", "1 h", "1e3s", "--1d", "1dd", "-", "-d", "+1d"} {
		if d, err := object.ParseDuration(bad); err == nil {
			t.Errorf("%q is read as %s", bad, d)
		}
	}
}

func TestFile(t *testing.T) {
	f := object.NewFile("logo.png", 1234, "image/png", "ab12", 2)
	data, err := json.Marshal(f)
	if want := `{"name":"logo.png","size":1234,"media_type":"image/png","sha256":"ab12","version":2}`; err != nil || string(data) != want {
		t.Fatalf("JSON is %s, %v, want %s", data, err, want)
	}
	var back object.File
	if err := json.Unmarshal(data, &back); err != nil || back != f || back.IsZero() {
		t.Fatalf("comes back as %+v, %v", back, err)
	}
	if err := json.Unmarshal([]byte("null"), &back); err != nil || !back.IsZero() {
		t.Fatalf("null comes back as %+v, %v", back, err)
	}
	if data, _ := json.Marshal(back); string(data) != "null" {
		t.Fatalf("no file is %s", data)
	}
}
