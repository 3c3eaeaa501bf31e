package record

import (
	"strconv"
	"time"
	"unsafe"

	"github.com/shopspring/decimal"

	"github.com/apposengine/appos/internal/object"
	"github.com/apposengine/appos/internal/wire"
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
		return wire.AppendString(dst, *(*string)(p))
	case formInt64:
		return strconv.AppendInt(dst, *(*int64)(p), 10)
	case formInt32:
		return strconv.AppendInt(dst, int64(*(*int32)(p)), 10)
	case formFloat:
		return wire.AppendFloat(dst, *(*float64)(p))
	case formBool:
		return strconv.AppendBool(dst, *(*bool)(p))
	case formTime:
		dst = append(dst, '"')
		dst = wire.AppendTime(dst, *(*time.Time)(p))
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
		dst = wire.AppendDecimal(dst, (*decimal.Decimal)(p), c.f.Scale)
		return append(dst, '"')
	}
	v, err := c.marshal(p)
	if err != nil {
		return append(dst, "null"...)
	}
	return append(dst, v...)
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
