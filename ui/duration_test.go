package ui_test

import (
	"strings"
	"testing"
	"time"

	"github.com/apposengine/appos/ui"
)

func TestDurationText(t *testing.T) {
	for _, x := range []struct {
		lang, text string
		d          time.Duration
	}{
		{"en", "1 h 30 min", 90 * time.Minute}, {"en", "2 d", 48 * time.Hour}, {"fr", "1 j 4 h", 28 * time.Hour}, {"de", "1,5 s", 1500 * time.Millisecond},
		{"en", "45 s", 45 * time.Second}, {"en", "-1 h", -time.Hour}, {"en", "1 min 0.25 s", time.Minute + 250*time.Millisecond},
	} {
		if got := strings.ReplaceAll(ui.DurationText(x.lang, x.d), "\u00a0", " "); got != x.text {
			t.Errorf("%s in %s is %q, want %q", x.d, x.lang, got, x.text)
		}
		if got, ok := ui.ParseDuration(x.lang, x.text); !ok || got != x.d {
			t.Errorf("%q in %s is read as %s, %v, want %s", x.text, x.lang, got, ok, x.d)
		}
	}
	for text, want := range map[string]time.Duration{"1h30m": 90 * time.Minute, "1:30": 90 * time.Minute, "90 min": 90 * time.Minute, "1.5 h": 90 * time.Minute, "2 Std. 5 Min.": 125 * time.Minute, "0 min": 0, "3T": 72 * time.Hour} {
		if got, ok := ui.ParseDuration("en", text); !ok || got != want {
			t.Errorf("%q is read as %s, %v, want %s", text, got, ok, want)
		}
	}
	for _, bad := range []string{"", "5", "h", "1 hour", "1:7", "1:60", "1..5 h", "-", "9999999999 d", "1 h -5 min", "1h\x00", "200000 d"} {
		if got, ok := ui.ParseDuration("en", bad); ok {
			t.Errorf("%q is read as %s", bad, got)
		}
	}
}
