package object

import (
	"errors"
	"math"
	"strconv"
	"strings"
	"time"
)

// FormatDuration writes a duration as short as Go reads it: "1h30m" and not
// "1h30m0s".
func FormatDuration(d time.Duration) string {
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = s[:len(s)-len("0s")]
	}
	if strings.HasSuffix(s, "h0m") {
		s = s[:len(s)-len("0m")]
	}
	return s
}

var errDuration = errors.New(`must be a duration, such as "1h30m", "45s" or "2d"`)

// ParseDuration reads what FormatDuration writes and every other duration as Go
// writes it, and also whole days of 24 hours before the rest: "2d", "1d12h". The
// error continues a sentence that begins with what was read.
func ParseDuration(s string) (time.Duration, error) {
	if len(s) > 64 {
		return 0, errDuration
	}
	rest, negative := strings.CutPrefix(s, "-")
	text, rest, hasDays := strings.Cut(rest, "d")
	if !hasDays {
		d, err := time.ParseDuration(s)
		if err != nil || s == "0" {
			return 0, errDuration
		}
		return d, nil
	}
	days, err := strconv.ParseUint(text, 10, 32)
	if err != nil || days > math.MaxInt64/uint64(24*time.Hour) {
		return 0, errDuration
	}
	d := time.Duration(days) * 24 * time.Hour
	if rest != "" {
		more, err := time.ParseDuration(rest)
		if err != nil || strings.ContainsAny(rest[:1], "+-") || more > math.MaxInt64-d {
			return 0, errDuration
		}
		d += more
	}
	if negative {
		d = -d
	}
	return d, nil
}
