package wire

import (
	"encoding/json"
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/shopspring/decimal"
)

// AppendTime appends a time as RFC 3339 in UTC, to the microsecond.
func AppendTime(dst []byte, t time.Time) []byte {
	return t.UTC().Truncate(time.Microsecond).AppendFormat(dst, time.RFC3339Nano) // a form that package time is fast at
}

// AppendFloat appends a number, or null for one that JSON does not have.
func AppendFloat(dst []byte, f float64) []byte {
	data, err := json.Marshal(f) // NaN is no JSON
	if err != nil {
		return append(dst, "null"...)
	}
	return append(dst, data...)
}

// AppendDecimal appends a decimal with scale digits after the point.
func AppendDecimal(dst []byte, d *decimal.Decimal, scale int) []byte {
	if int(-d.Exponent()) != scale || scale == 0 || d.NumDigits() > 18 {
		return append(dst, d.StringFixed(int32(scale))...)
	}
	n := d.CoefficientInt64()
	if n < 0 {
		dst, n = append(dst, '-'), -n
	}
	var digits [20]byte
	text := strconv.AppendInt(digits[:0], n, 10)
	if missing := scale + 1 - len(text); missing > 0 {
		for range missing {
			dst = append(dst, '0')
		}
		// the zeros before the number stand before and after the point
		at := len(dst) - missing
		dst = append(dst, text...)
		return point(dst, at+1)
	}
	at := len(dst) + len(text) - scale
	dst = append(dst, text...)
	return point(dst, at)
}

// point puts a point before position at.
func point(dst []byte, at int) []byte {
	dst = append(dst, 0)
	copy(dst[at+1:], dst[at:])
	dst[at] = '.'
	return dst
}

const hex = "0123456789abcdef"

// AppendString appends a JSON string. What is not UTF-8 becomes U+FFFD, and what
// would end a script in HTML is escaped, so that the JSON may stand there.
func AppendString(dst []byte, s string) []byte {
	dst = append(dst, '"')
	from := 0
	for i := 0; i < len(s); {
		b := s[i]
		if b < utf8.RuneSelf {
			if b >= ' ' && b != '"' && b != '\\' && b != '<' && b != '>' && b != '&' {
				i++
				continue
			}
			dst = append(dst, s[from:i]...)
			switch b {
			case '"', '\\':
				dst = append(dst, '\\', b)
			case '\n':
				dst = append(dst, '\\', 'n')
			case '\t':
				dst = append(dst, '\\', 't')
			case '\r':
				dst = append(dst, '\\', 'r')
			default:
				dst = append(dst, '\\', 'u', '0', '0', hex[b>>4], hex[b&15])
			}
			i++
			from = i
			continue
		}
		r, n := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && n == 1:
			dst = append(dst, s[from:i]...)
			dst = append(dst, `\ufffd`...)
			from = i + n
		case r == '\u2028' || r == '\u2029':
			dst = append(dst, s[from:i]...)
			dst = append(dst, `\u202`...)
			dst = append(dst, hex[r&15])
			from = i + n
		}
		i += n
	}
	dst = append(dst, s[from:]...)
	return append(dst, '"')
}
