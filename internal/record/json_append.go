package record

import (
	"encoding/json"
	"strconv"
	"time"
	"unicode/utf8"
	"unsafe"

	"github.com/shopspring/decimal"

	"github.com/apposengine/appos/internal/object"
)

// AppendJSON appends a row as a JSON object: names in snake case, ids and
// references as numbers, decimals as strings with the digits of their scale,
// times as RFC 3339 in UTC, dates as "2026-01-31", durations as "1h30m", null
// for no value. Hidden fields are missing. What
// was loaded with Expand follows the fields. A row of another type appends null.
func (p *Plan) AppendJSON(dst []byte, row any, hidden Mask, expand ...Expand) []byte {
	base, err := p.base(row)
	if err != nil {
		return append(dst, "null"...)
	}
	return p.appendRow(dst, base, hidden, expand)
}

func (p *Plan) appendRow(dst []byte, base unsafe.Pointer, hidden Mask, expand []Expand) []byte {
	dst = append(dst, '{')
	start := len(dst)
	for i := range p.cols {
		c := &p.cols[i]
		if hidden.Has(i) || c.f.Hidden || c.f.Secret {
			continue
		}
		if len(dst) > start {
			dst = append(dst, ',')
		}
		dst = append(dst, c.key...)
		dst = c.appendJSON(dst, base)
	}
	for i := range expand {
		e := &expand[i]
		if len(dst) > start {
			dst = append(dst, ',')
		}
		dst = append(dst, '"')
		dst = append(dst, e.key...)
		dst = append(dst, '"', ':')
		dst = e.appendJSON(dst, p, base)
	}
	return append(dst, '}')
}

func (e *Expand) appendJSON(dst []byte, from *Plan, base unsafe.Pointer) []byte {
	if e.rel == nil {
		id, _ := from.cols[e.column].arg(base)
		if n, ok := id.(int64); ok {
			if row, ok := e.rows[n]; ok {
				return e.plan.AppendJSON(dst, row, e.hidden, e.inner...)
			}
		}
		return append(dst, "null"...)
	}
	rows := relatedRows(e.rel, base)
	if e.rel.One {
		if rows.Len() == 0 {
			return append(dst, "null"...)
		}
		return e.plan.appendRow(dst, rows.Index(0).Addr().UnsafePointer(), e.hidden, e.inner)
	}
	dst = append(dst, '[')
	for i := range rows.Len() {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = e.plan.appendRow(dst, rows.Index(i).Addr().UnsafePointer(), e.hidden, e.inner)
	}
	return append(dst, ']')
}

func (c *column) appendJSON(dst []byte, base unsafe.Pointer) []byte {
	p := c.at(base)
	if c.f.Optional {
		if p = *(*unsafe.Pointer)(p); p == nil {
			return append(dst, "null"...)
		}
	}
	switch c.form {
	case formText:
		return appendString(dst, *(*string)(p))
	case formInt64:
		return strconv.AppendInt(dst, *(*int64)(p), 10)
	case formInt32:
		return strconv.AppendInt(dst, int64(*(*int32)(p)), 10)
	case formFloat:
		return appendFloat(dst, *(*float64)(p))
	case formBool:
		return strconv.AppendBool(dst, *(*bool)(p))
	case formTime:
		dst = append(dst, '"')
		dst = appendTime(dst, *(*time.Time)(p))
		return append(dst, '"')
	case formDate:
		dst = append(dst, '"')
		dst = append(dst, (*object.Date)(p).String()...)
		return append(dst, '"')
	case formDuration:
		dst = append(dst, '"')
		dst = append(dst, object.FormatDuration(*(*time.Duration)(p))...)
		return append(dst, '"')
	case formDecimal:
		dst = append(dst, '"')
		dst = appendDecimal(dst, (*decimal.Decimal)(p), c.f.Scale)
		return append(dst, '"')
	}
	v, err := c.marshal(p)
	if err != nil {
		return append(dst, "null"...)
	}
	return append(dst, v...)
}

func appendTime(dst []byte, t time.Time) []byte {
	return t.UTC().AppendFormat(dst, "2006-01-02T15:04:05.999999Z07:00")
}

func appendFloat(dst []byte, f float64) []byte {
	data, err := json.Marshal(f) // NaN is no JSON
	if err != nil {
		return append(dst, "null"...)
	}
	return append(dst, data...)
}

// appendDecimal writes a decimal with scale digits after the point.
func appendDecimal(dst []byte, d *decimal.Decimal, scale int) []byte {
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

// appendString writes a JSON string. What is not UTF-8 becomes U+FFFD, and what
// would end a script in HTML is escaped, so that the JSON may stand there.
func appendString(dst []byte, s string) []byte {
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

// AppendField appends the value of one field of a row, as AppendJSON does.
func (p *Plan) AppendField(dst []byte, row any, f *object.Field) []byte {
	base, err := p.base(row)
	i, ok := p.byField[f]
	if err != nil || !ok {
		return append(dst, "null"...)
	}
	return p.cols[i].appendJSON(dst, base)
}
