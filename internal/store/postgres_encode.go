package store

import (
	"encoding/binary"
	"fmt"
	"math"
	"reflect"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5/pgtype"

	"github.com/apposengine/appos/internal/object"
)

// How PostgreSQL stores values: text as text COLLATE "C", times as timestamptz,
// bools as boolean, decimals as numeric, JSON as jsonb. Values travel in the
// binary format; a string for a column of another type travels as text, for the
// server to read.

// arguments are the encoded arguments of one statement. Their memory is used
// again by the next one of the connection.
type arguments struct {
	values  [][]byte
	formats []int16
	bytes   []byte
}

// keptBytes bounds the memory that a connection keeps for arguments.
const keptBytes = 64 << 10

// The formats of the protocol.
const (
	formatText   int16 = 0
	formatBinary int16 = 1
	formatNull   int16 = -1 // ours
)

func (a *arguments) encode(types []uint32, args []any) error {
	if len(types) != len(args) {
		return &Error{Kind: Invalid, Text: fmt.Sprintf("the statement has %d placeholders, but there are %d arguments", len(types), len(args))}
	}
	if cap(a.bytes) > keptBytes {
		a.bytes = nil
	}
	clear(a.values)
	a.values, a.formats, a.bytes = a.values[:0], a.formats[:0], a.bytes[:0]
	for i, arg := range args {
		from := len(a.bytes)
		out, format, err := appendArgument(a.bytes, types[i], arg)
		if err != nil {
			if e, ok := err.(*Error); ok {
				return e
			}
			return &Error{Kind: Invalid, Text: fmt.Sprintf("argument %d", i+1), Err: err}
		}
		if format == formatNull {
			a.values, a.formats = append(a.values, nil), append(a.formats, formatBinary)
			continue
		}
		// when the bytes moved to a larger place, the earlier values are still
		// whole in the old one
		a.bytes = out
		a.values, a.formats = append(a.values, out[from:len(out):len(out)]), append(a.formats, format)
	}
	return nil
}

// appendArgument encodes one argument for a parameter of the type.
func appendArgument(b []byte, oid uint32, arg any) ([]byte, int16, error) {
	switch arg := arg.(type) {
	case nil:
		return b, formatNull, nil
	case string:
		return appendText(b, oid, arg)
	case int64:
		return appendInt(b, oid, arg)
	case int:
		return appendInt(b, oid, int64(arg))
	case time.Time:
		return appendTime(b, oid, arg)
	case time.Duration:
		return appendInt(b, oid, arg.Microseconds())
	case object.Date:
		if oid != pgtype.DateOID {
			return nil, 0, misfit(oid, "a date")
		}
		return binary.BigEndian.AppendUint32(b, uint32(arg.In(time.UTC).Unix()/daySeconds-epochDay)), formatBinary, nil
	case bool:
		if oid != pgtype.BoolOID {
			return nil, 0, misfit(oid, "a bool")
		}
		if arg {
			return append(b, 1), formatBinary, nil
		}
		return append(b, 0), formatBinary, nil
	case Decimal:
		if arg.Null {
			return b, formatNull, nil
		}
		n, err := arg.Scaled()
		if err != nil {
			return nil, 0, err
		}
		if oid != pgtype.NumericOID {
			return nil, 0, misfit(oid, "a decimal")
		}
		return appendNumeric(b, n, arg.Scale), formatBinary, nil
	case JSON:
		if arg == nil {
			return b, formatNull, nil
		}
		if err := checkJSON(arg); err != nil {
			return nil, 0, err
		}
		return appendText(b, oid, string(arg))
	case float64:
		return appendFloat(b, oid, arg)
	case []byte:
		if arg == nil {
			return b, formatNull, nil
		}
		if oid != pgtype.ByteaOID {
			return nil, 0, misfit(oid, "bytes")
		}
		return append(b, arg...), formatBinary, nil
	}
	plain, err := underlying(reflect.ValueOf(arg))
	if err != nil {
		return nil, 0, err
	}
	return appendArgument(b, oid, plain)
}

func misfit(oid uint32, what string) error {
	name := strconv.FormatUint(uint64(oid), 10)
	if t, ok := pgtype.NewMap().TypeForOID(oid); ok {
		name = t.Name
	}
	return fmt.Errorf("%s where the statement takes a %s; write CAST(? AS …) where its type cannot be told", what, name)
}

func appendText(b []byte, oid uint32, s string) ([]byte, int16, error) {
	if err := checkText(s); err != nil {
		return nil, 0, err
	}
	switch oid {
	case pgtype.TextOID, pgtype.VarcharOID, pgtype.JSONOID:
		return append(b, s...), formatBinary, nil
	case pgtype.JSONBOID:
		return append(append(b, 1), s...), formatBinary, nil // the version of the format
	}
	return append(b, s...), formatText, nil
}

func appendInt(b []byte, oid uint32, n int64) ([]byte, int16, error) {
	switch oid {
	case pgtype.Int8OID:
		return binary.BigEndian.AppendUint64(b, uint64(n)), formatBinary, nil
	case pgtype.Int4OID:
		if int64(int32(n)) != n {
			return nil, 0, &Error{Kind: Range, Text: "an integer of more than 32 bits"}
		}
		return binary.BigEndian.AppendUint32(b, uint32(n)), formatBinary, nil
	case pgtype.Int2OID:
		if int64(int16(n)) != n {
			return nil, 0, &Error{Kind: Range, Text: "an integer of more than 16 bits"}
		}
		return binary.BigEndian.AppendUint16(b, uint16(n)), formatBinary, nil
	case pgtype.OIDOID, pgtype.XIDOID:
		return strconv.AppendInt(b, n, 10), formatText, nil
	case pgtype.NumericOID:
		return appendNumeric(b, n, 0), formatBinary, nil
	case pgtype.Float8OID, pgtype.Float4OID:
		return appendFloat(b, oid, float64(n))
	}
	return nil, 0, misfit(oid, "an integer")
}

func appendFloat(b []byte, oid uint32, f float64) ([]byte, int16, error) {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return nil, 0, &Error{Kind: Range, Text: "a number that is not finite"}
	}
	switch oid {
	case pgtype.Float8OID:
		return binary.BigEndian.AppendUint64(b, math.Float64bits(f)), formatBinary, nil
	case pgtype.Float4OID, pgtype.NumericOID:
		return strconv.AppendFloat(b, f, 'g', -1, 64), formatText, nil
	}
	if n := int64(f); float64(n) == f && n != math.MaxInt64 {
		return appendInt(b, oid, n)
	}
	return nil, 0, misfit(oid, "a number")
}

// PostgreSQL counts from 2000-01-01, Go from 1970.
const (
	epoch      = 946_684_800_000_000 // in microseconds
	epochDay   = 10_957              // in days
	daySeconds = 24 * 60 * 60
)

func appendTime(b []byte, oid uint32, t time.Time) ([]byte, int16, error) {
	if err := checkTime(t); err != nil {
		return nil, 0, err
	}
	switch oid {
	case pgtype.TimestamptzOID, pgtype.TimestampOID:
		return binary.BigEndian.AppendUint64(b, uint64(t.UnixMicro()-epoch)), formatBinary, nil
	}
	return nil, 0, misfit(oid, "a time")
}
