package store

import (
	"bytes"
	"fmt"
	"math"
	"math/big"
	"reflect"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/shopspring/decimal"

	"github.com/apposengine/appos/internal/object"
)

// JSON is a JSON text, as an argument and, by its address, as a destination. A
// null column leaves it nil.
type JSON []byte

// Decimal is a decimal number as an argument, and *Decimal as a destination. It
// is stored with Scale digits after the point, rounded half away from zero; a
// number that does not fit 64 bits when the point is taken away is a Range error.
type Decimal struct {
	Value decimal.Decimal
	Scale int
	Null  bool // as a destination: the column was null; as an argument: it is to be
}

// Scaled returns the number without its point, such as 1250 for 12.5 of scale 2.
func (d Decimal) Scaled() (int64, error) {
	if e := d.Value.Exponent(); e > 18 || e < -10_000 {
		// shifting it would take time and memory without bounds
		return 0, d.tooLarge()
	}
	v := d.Value.Round(int32(d.Scale)).Shift(int32(d.Scale))
	if c := v.Coefficient(); v.Exponent() == 0 && c.IsInt64() {
		return c.Int64(), nil
	}
	if b := v.BigInt(); b.IsInt64() {
		return b.Int64(), nil
	}
	return 0, d.tooLarge()
}

func (d Decimal) tooLarge() error {
	most := new(big.Int).Quo(big.NewInt(math.MaxInt64), new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(d.Scale)), nil))
	return &Error{Kind: Range, Text: fmt.Sprintf("a decimal with %d digits after the point is at most %s", d.Scale, most)}
}

// setScaled puts a stored number in.
func (d *Decimal) setScaled(n int64) {
	d.Value, d.Null = decimal.New(n, -int32(d.Scale)), false
}

// underlying returns the plain value of what is declared on top of a type of
// values, or points to one.
func underlying(v reflect.Value) (any, error) {
	switch v.Kind() {
	case reflect.Pointer:
		if v.IsNil() {
			return nil, nil
		}
		return v.Elem().Interface(), nil
	case reflect.String:
		return v.String(), nil
	case reflect.Bool:
		return v.Bool(), nil
	case reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64, reflect.Int:
		return v.Int(), nil
	case reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uint:
		if v.Uint() > math.MaxInt64 {
			return nil, &Error{Kind: Range, Text: "an integer of more than 63 bits"}
		}
		return int64(v.Uint()), nil
	case reflect.Float32, reflect.Float64:
		return v.Float(), nil
	}
	return nil, fmt.Errorf("a %s cannot be stored", v.Type())
}

// checkText refuses what not every database stores.
func checkText(s string) error {
	if strings.IndexByte(s, 0) >= 0 {
		return &Error{Kind: Range, Text: "a text with a NUL character"}
	}
	if !utf8.ValidString(s) {
		return &Error{Kind: Range, Text: "a text that is not UTF-8"}
	}
	return nil
}

// checkJSON refuses a NUL character that is written as an escape: PostgreSQL has
// none in its texts.
func checkJSON(j JSON) error {
	for rest := j; ; {
		i := bytes.Index(rest, []byte(`\u0000`))
		if i < 0 {
			return nil
		}
		escapes := 0
		for i-escapes > 0 && rest[i-escapes-1] == '\\' {
			escapes++
		}
		if escapes%2 == 0 {
			return &Error{Kind: Range, Text: "a text with a NUL character"}
		}
		rest = rest[i+1:]
	}
}

// checkTime refuses what not every database stores: PostgreSQL begins with
// 4713 BC.
func checkTime(t time.Time) error {
	if y := t.Year(); y < -4711 || y > 9999 {
		return &Error{Kind: Range, Text: fmt.Sprintf("the year %d", y)}
	}
	return nil
}

// setNull puts a null in, which only optional destinations take.
func setNull(to any) error {
	switch to := to.(type) {
	case **string:
		*to = nil
	case **int64:
		*to = nil
	case **time.Time:
		*to = nil
	case **object.Date:
		*to = nil
	case **time.Duration:
		*to = nil
	case **bool:
		*to = nil
	case **int:
		*to = nil
	case **int32:
		*to = nil
	case **float64:
		*to = nil
	case *Decimal:
		to.Value, to.Null = decimal.Decimal{}, true
	case *JSON:
		*to = nil
	case *[]byte:
		*to = nil
	case *any:
		*to = nil
	default:
		return &Error{Kind: Invalid, Text: fmt.Sprintf("a null cannot be read into a %T", to)}
	}
	return nil
}
