package ui

import (
	"math"
	"strconv"
	"strings"
	"time"
)

// spans are the units that durations are written in; a day has 24 hours. A fifth
// is written as a part of the last.
var spans = []struct {
	length time.Duration
	name   string
}{{24 * time.Hour, "d"}, {time.Hour, "h"}, {time.Minute, "min"}, {time.Second, "s"}}

// Duration writes a duration in the user's language: 2 d 4 h, 1 h 30 min, 1.5 s.
func (c *Ctx) Duration(d time.Duration) string { return durationText(c.s.kit, d) }

func durationText(lang string, d time.Duration) string {
	if d < 0 {
		return "-" + durationText(lang, -max(d, -math.MaxInt64))
	}
	var parts []string
	for _, unit := range spans {
		n := d / unit.length
		d -= n * unit.length
		text := strconv.FormatInt(int64(n), 10)
		if unit.length == time.Second && d > 0 {
			text = strconv.FormatFloat(float64(n)+d.Round(time.Microsecond).Seconds(), 'f', -1, 64)
		} else if n == 0 {
			continue
		}
		name := unit.name
		if name == "d" && lang == "fr" {
			name = "j"
		}
		parts = append(parts, localNumber(lang, text, false)+"\u00a0"+name)
	}
	if parts == nil {
		return "0\u00a0min"
	}
	return strings.Join(parts, " ")
}

// spanNames are how people of all languages of the kit call the units.
var spanNames = map[string]time.Duration{
	"d": 24 * time.Hour, "j": 24 * time.Hour, "t": 24 * time.Hour,
	"h": time.Hour, "std": time.Hour, "min": time.Minute, "m": time.Minute, "s": time.Second, "sec": time.Second, "sek": time.Second, "ms": time.Millisecond,
}

// parseDuration reads what people write for a duration: "1 h 30 min", "1h30m",
// "2 d", "1:30" for hours and minutes.
func parseDuration(lang, text string) (time.Duration, bool) {
	text = strings.ToLower(strings.NewReplacer(" ", "", "\u00a0", "", "\u202f", "").Replace(text))
	text, negative := strings.CutPrefix(text, "-")
	if hours, minutes, ok := strings.Cut(text, ":"); ok {
		if len(minutes) != 2 || minutes > "59" {
			return 0, false
		}
		text = hours + "h" + minutes + "m"
	}
	var sum time.Duration
	if text == "" || len(text) > 64 {
		return 0, false
	}
	for text != "" {
		end := strings.IndexFunc(text, func(r rune) bool { return (r < '0' || r > '9') && r != '.' && r != ',' })
		if end <= 0 {
			return 0, false
		}
		number, ok := plainNumber(lang, text[:end])
		if !ok {
			return 0, false
		}
		text = text[end:]
		if end = strings.IndexFunc(text, func(r rune) bool { return r >= '0' && r <= '9' }); end < 0 {
			end = len(text)
		}
		unit, ok := spanNames[strings.TrimSuffix(text[:end], ".")]
		n, err := strconv.ParseFloat(number, 64)
		part := n * float64(unit)
		if !ok || err != nil || part > float64(200*365*24*time.Hour) {
			return 0, false
		}
		if sum += time.Duration(part).Round(time.Microsecond); sum < 0 {
			return 0, false
		}
		text = text[end:]
	}
	if negative {
		sum = -sum
	}
	return sum, true
}
