package constant

import (
	"errors"
	"fmt"
	"math"
	"reflect"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/shopspring/decimal"

	"github.com/apposengine/appos/internal/object"
)

// Form is how values of a constant are written and chosen.
type Form string

// The forms.
const (
	Text      Form = "text"
	Integer   Form = "integer"
	Number    Form = "number"
	Boolean   Form = "boolean"
	Decimal   Form = "decimal"
	Duration  Form = "duration"
	Date      Form = "date"
	Reference Form = "reference" // of an object
	Other     Form = ""          // a type that has no text form: only the code sets it
)

// maxText is the length of a value, in bytes.
const maxText = 10_000

// maxExponent bounds the power of ten of a decimal: arithmetic on 1e9999999 would
// write all its zeros.
const maxExponent = 64

var (
	decimalType  = reflect.TypeFor[decimal.Decimal]()
	durationType = reflect.TypeFor[time.Duration]()
	dateType     = reflect.TypeFor[object.Date]()
)

// FormOf is the form of the constant's values.
func FormOf(c *object.Constant) Form {
	switch {
	case c.Ref:
		return Reference
	case c.Type == decimalType:
		return Decimal
	case c.Type == durationType:
		return Duration
	case c.Type == dateType:
		return Date
	}
	switch c.Type.Kind() {
	case reflect.String:
		return Text
	case reflect.Bool:
		return Boolean
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64,
		reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return Integer
	case reflect.Float32, reflect.Float64:
		return Number
	}
	return Other
}

// Choices are the values that the constant's rule names, by oneof; nil when it
// names none.
func Choices(c *object.Constant) []string {
	for part := range strings.SplitSeq(c.Validate, ",") {
		if arg, ok := strings.CutPrefix(part, "oneof="); ok {
			return object.SplitOneOf(arg)
		}
	}
	return nil
}

// Parse reads a value of the constant from its text. The error continues a
// sentence that begins with the value.
func Parse(c *object.Constant, text string) (any, error) {
	if len(text) > maxText {
		return nil, fmt.Errorf("must be at most %d bytes long", maxText)
	}
	if !utf8.ValidString(text) || strings.ContainsRune(text, 0) {
		return nil, errors.New("must be a text in UTF-8 without zero bytes")
	}
	v := reflect.New(c.Type).Elem()
	switch form := FormOf(c); form {
	case Text, Reference:
		v.SetString(text)
	case Boolean:
		b, err := strconv.ParseBool(text)
		if err != nil {
			return nil, errors.New("must be true or false")
		}
		v.SetBool(b)
	case Integer:
		if v.CanInt() {
			n, err := strconv.ParseInt(text, 10, 64)
			if err != nil || v.OverflowInt(n) {
				return nil, errors.New("must be a whole number")
			}
			v.SetInt(n)
			break
		}
		n, err := strconv.ParseUint(text, 10, 64)
		if err != nil || v.OverflowUint(n) {
			return nil, errors.New("must be a whole number that is not negative")
		}
		v.SetUint(n)
	case Number:
		n, err := strconv.ParseFloat(text, v.Type().Bits())
		if err != nil || math.IsNaN(n) || math.IsInf(n, 0) {
			return nil, errors.New("must be a number")
		}
		v.SetFloat(n)
	case Decimal:
		d, err := decimal.NewFromString(text)
		if err != nil || d.Exponent() > maxExponent || d.Exponent() < -maxExponent {
			return nil, errors.New(`must be a decimal number, such as "12.50"`)
		}
		return d, nil
	case Duration:
		d, err := object.ParseDuration(text)
		if err != nil {
			return nil, err
		}
		return d, nil
	case Date:
		d, err := object.ParseDate(text)
		if err != nil {
			return nil, err
		}
		return d, nil
	default:
		return nil, fmt.Errorf("is a %s, which only the code can say", c.Type)
	}
	return v.Interface(), nil
}

// Format writes a value of the constant as Parse reads it.
func Format(c *object.Constant, value any) string {
	v := reflect.ValueOf(value)
	switch FormOf(c) {
	case Text, Reference:
		return v.String()
	case Number:
		return strconv.FormatFloat(v.Float(), 'g', -1, v.Type().Bits())
	case Duration:
		return object.FormatDuration(value.(time.Duration))
	}
	return fmt.Sprint(value)
}
