package wire

import (
	"errors"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/shopspring/decimal"
)

// ParseDecimal reads a decimal of reasonable length: an exponent of a billion
// would make a billion digits.
func ParseDecimal(s string) (decimal.Decimal, error) {
	wrong := errors.New("must be a decimal number, such as 12.50")
	digits, exponent := s, ""
	if i := strings.IndexAny(s, "eE"); i >= 0 {
		digits, exponent = s[:i], s[i+1:]
		if n, err := strconv.Atoi(exponent); err != nil || n < -30 || n > 30 {
			return decimal.Decimal{}, wrong
		}
	}
	plain := strings.TrimLeft(digits, "+-")
	if len(digits)-len(plain) > 1 || len(plain) > 40 || strings.Trim(plain, "0123456789.") != "" {
		return decimal.Decimal{}, wrong
	}
	d, err := decimal.NewFromString(s)
	if err != nil {
		return decimal.Decimal{}, wrong
	}
	return d, nil
}

var timeLayouts = [...]string{time.RFC3339Nano, "2006-01-02T15:04:05.999999999", "2006-01-02T15:04", "2006-01-02 15:04:05", time.DateOnly}

// ParseTime reads a time in RFC 3339, to the microsecond. One without a zone is in
// UTC, one without a time of day is midnight.
func ParseTime(s string) (time.Time, error) {
	if len(s) <= 40 {
		for _, layout := range timeLayouts {
			if t, err := time.Parse(layout, s); err == nil {
				if t = t.UTC(); t.Year() < 1 || t.Year() > 9999 {
					break
				}
				return t.Truncate(time.Microsecond), nil
			}
		}
	}
	return time.Time{}, errors.New("must be a time, such as 2026-01-31T15:04:05Z")
}

// CheckText refuses texts that not every database stores.
func CheckText(s string) error {
	if strings.IndexByte(s, 0) >= 0 {
		return errors.New("must not contain a NUL character")
	}
	if !utf8.ValidString(s) {
		return errors.New("must be UTF-8")
	}
	return nil
}
