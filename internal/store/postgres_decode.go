package store

import (
	"encoding/binary"
	"fmt"
	"math"
	"time"

	"github.com/jackc/pgx/v5/pgtype"

	"github.com/apposengine/appos/internal/object"
)

// formatOf is the format in which values of the type are read.
func formatOf(oid uint32) int16 {
	switch oid {
	case pgtype.TextOID, pgtype.VarcharOID, pgtype.BPCharOID, pgtype.NameOID, pgtype.QCharOID, pgtype.UnknownOID, pgtype.JSONOID, pgtype.JSONBOID,
		pgtype.Int8OID, pgtype.Int4OID, pgtype.Int2OID, pgtype.OIDOID, pgtype.BoolOID, pgtype.Float8OID, pgtype.Float4OID,
		pgtype.NumericOID, pgtype.TimestamptzOID, pgtype.TimestampOID, pgtype.DateOID, pgtype.ByteaOID:
		return formatBinary
	}
	return formatText // read as strings
}

// decode puts a value of the type into the caller's destination.
func decode(oid uint32, src []byte, to any) error {
	if src == nil {
		return setNull(to)
	}
	ok := false
	switch oid {
	case pgtype.Int8OID, pgtype.Int4OID, pgtype.Int2OID, pgtype.OIDOID:
		var n int64
		switch len(src) {
		case 8:
			n = int64(binary.BigEndian.Uint64(src))
		case 4:
			n = int64(int32(binary.BigEndian.Uint32(src)))
			if oid == pgtype.OIDOID {
				n = int64(uint32(n))
			}
		case 2:
			n = int64(int16(binary.BigEndian.Uint16(src)))
		default:
			return broken("integer", src)
		}
		ok = setInt(to, n)
	case pgtype.TimestamptzOID, pgtype.TimestampOID:
		if len(src) != 8 {
			return broken("time", src)
		}
		n := int64(binary.BigEndian.Uint64(src))
		if n == math.MaxInt64 || n == math.MinInt64 {
			return &Error{Kind: Range, Text: "a time that is infinite"}
		}
		ok = setTime(to, time.UnixMicro(n+epoch).UTC())
	case pgtype.DateOID:
		if len(src) != 4 {
			return broken("date", src)
		}
		ok = setDate(to, object.DateOf(time.Unix((int64(int32(binary.BigEndian.Uint32(src)))+epochDay)*daySeconds, 0).UTC()))
	case pgtype.BoolOID:
		if len(src) != 1 {
			return broken("bool", src)
		}
		ok = setBool(to, src[0] != 0)
	case pgtype.NumericOID:
		return setNumeric(to, src)
	case pgtype.Float8OID:
		if len(src) != 8 {
			return broken("number", src)
		}
		ok = setFloat(to, math.Float64frombits(binary.BigEndian.Uint64(src)))
	case pgtype.Float4OID:
		if len(src) != 4 {
			return broken("number", src)
		}
		ok = setFloat(to, float64(math.Float32frombits(binary.BigEndian.Uint32(src))))
	case pgtype.ByteaOID:
		ok = setBytes(to, src)
	case pgtype.JSONBOID:
		if len(src) == 0 || src[0] != 1 {
			return broken("jsonb", src)
		}
		ok = setText(to, compact(src[1:]))
	default:
		ok = setText(to, src)
	}
	if !ok {
		name := "column"
		if t, found := pgtype.NewMap().TypeForOID(oid); found {
			name = t.Name
		}
		return &Error{Kind: Invalid, Text: fmt.Sprintf("a %s cannot be read into a %T", name, to)}
	}
	return nil
}

// compact takes the spaces out that jsonb puts between its parts, in place: what
// was stored as {"a":1} comes back so, as from SQLite.
func compact(json []byte) []byte {
	n, quoted := 0, false
	for i := 0; i < len(json); i++ {
		c := json[i]
		switch {
		case c == '"':
			quoted = !quoted
		case quoted && c == '\\': // and what it escapes
			json[n] = c
			n++
			i++
			c = json[i]
		case c == ' ' && !quoted:
			continue
		}
		json[n] = c
		n++
	}
	return json[:n]
}

func setText(to any, src []byte) bool {
	switch to := to.(type) {
	case *string:
		*to = string(src)
	case **string:
		s := string(src)
		*to = &s
	case *JSON:
		*to = append(make(JSON, 0, len(src)), src...)
	case *any:
		*to = string(src)
	default:
		return false
	}
	return true
}

func setInt(to any, n int64) bool {
	switch to := to.(type) {
	case *int64:
		*to = n
	case **int64:
		*to = &n
	case *int:
		*to = int(n)
		return int64(*to) == n
	case **int:
		i := int(n)
		*to = &i
		return int64(i) == n
	case *int32:
		*to = int32(n)
		return int64(*to) == n
	case **int32:
		i := int32(n)
		*to = &i
		return int64(i) == n
	case *time.Duration:
		*to = time.Duration(n) * time.Microsecond
		return to.Microseconds() == n
	case **time.Duration:
		d := time.Duration(n) * time.Microsecond
		*to = &d
		return d.Microseconds() == n
	case *float64:
		*to = float64(n)
	case **float64:
		f := float64(n)
		*to = &f
	case *any:
		*to = n
	default:
		return false
	}
	return true
}

func setTime(to any, t time.Time) bool {
	switch to := to.(type) {
	case *time.Time:
		*to = t
	case **time.Time:
		*to = &t
	case *any:
		*to = t
	default:
		return false
	}
	return true
}

func setDate(to any, d object.Date) bool {
	switch to := to.(type) {
	case *object.Date:
		*to = d
	case **object.Date:
		*to = &d
	case *any:
		*to = d
	default:
		return false
	}
	return true
}

func setBool(to any, b bool) bool {
	switch to := to.(type) {
	case *bool:
		*to = b
	case **bool:
		*to = &b
	case *any:
		*to = b
	default:
		return false
	}
	return true
}

func setFloat(to any, f float64) bool {
	switch to := to.(type) {
	case *float64:
		*to = f
	case **float64:
		*to = &f
	case *any:
		*to = f
	default:
		return false
	}
	return true
}

func setBytes(to any, src []byte) bool {
	switch to := to.(type) {
	case *[]byte:
		*to = append(make([]byte, 0, len(src)), src...)
	case *any:
		*to = append(make([]byte, 0, len(src)), src...)
	default:
		return false
	}
	return true
}

// setNumeric also fills integers and floats: sums of integers are numeric.
func setNumeric(to any, src []byte) error {
	d, err := decodeNumeric(src)
	if err != nil {
		return err
	}
	switch to := to.(type) {
	case *Decimal:
		to.Value, to.Null = d, false
		return nil
	case *any:
		*to = Decimal{Value: d, Scale: int(-d.Exponent())}
		return nil
	case *float64:
		*to = d.InexactFloat64()
		return nil
	case **float64:
		f := d.InexactFloat64()
		*to = &f
		return nil
	}
	if n := d.BigInt(); d.IsInteger() && n.IsInt64() && setInt(to, n.Int64()) {
		return nil
	}
	return &Error{Kind: Invalid, Text: fmt.Sprintf("a numeric cannot be read into a %T", to)}
}
