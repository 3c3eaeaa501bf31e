package store

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"reflect"
	"sync"
	"time"

	"github.com/apposengine/appos/internal/object"
)

// How SQLite stores values: times are microseconds since 1970 in UTC, bools are
// 0 and 1, decimals are integers without the point, JSON is text, dates are text
// such as 2026-01-31, durations are microseconds.

// encoded are the arguments of one statement as the driver takes them.
type encoded struct{ args []any }

var encodedPool = sync.Pool{New: func() any { return new(encoded) }}

func (e *encoded) free() {
	clear(e.args)
	e.args = e.args[:0]
	encodedPool.Put(e)
}

func encodeArgs(args []any) (*encoded, error) {
	e := encodedPool.Get().(*encoded)
	for i, a := range args {
		v, err := encode(a)
		if err != nil {
			e.free()
			if s := (*Error)(nil); errors.As(err, &s) {
				return nil, s
			}
			return nil, &Error{Kind: Invalid, Text: fmt.Sprintf("argument %d", i+1), Err: err}
		}
		e.args = append(e.args, v)
	}
	return e, nil
}

func encode(in any) (any, error) {
	switch a := in.(type) {
	case nil, int64, []byte:
		return in, nil
	case string:
		return in, checkText(a) // in is on the heap already, a would go there again
	case bool:
		if a {
			return int64(1), nil
		}
		return int64(0), nil
	case time.Time:
		if err := checkTime(a); err != nil {
			return nil, err
		}
		return a.UnixMicro(), nil
	case time.Duration:
		return a.Microseconds(), nil
	case object.Date:
		return a.String(), nil
	case float64:
		if math.IsNaN(a) || math.IsInf(a, 0) {
			return nil, &Error{Kind: Range, Text: "a number that is not finite"}
		}
		return in, nil
	case int:
		return int64(a), nil
	case Decimal:
		if a.Null {
			return nil, nil
		}
		return a.Scaled()
	case JSON:
		if a == nil {
			return nil, nil
		}
		return string(a), cmp.Or(checkText(string(a)), checkJSON(a))
	}
	plain, err := underlying(reflect.ValueOf(in))
	if err != nil {
		return nil, err
	}
	return encode(plain)
}

// cell puts the driver's value of a column into the caller's destination. What an
// optional destination points to is a copy: the address of the value itself would
// put it on the heap for every other destination too.
type cell struct{ to any }

// Scan implements sql.Scanner.
func (c *cell) Scan(src any) error {
	switch v := src.(type) {
	case nil:
		return setNull(c.to)
	case string:
		switch to := c.to.(type) {
		case *string:
			*to = v
			return nil
		case **string:
			text := v
			*to = &text
			return nil
		case *JSON:
			*to = JSON(v)
			return nil
		case *object.Date, **object.Date:
			return c.date(v)
		}
	case int64:
		if c.integer(v) {
			return nil
		}
	case float64:
		switch to := c.to.(type) {
		case *float64:
			*to = v
			return nil
		case **float64:
			f := v
			*to = &f
			return nil
		}
	case []byte:
		if to, ok := c.to.(*[]byte); ok {
			*to = append(make([]byte, 0, len(v)), v...)
			return nil
		}
	}
	if to, ok := c.to.(*any); ok {
		*to = src
		return nil
	}
	return &Error{Kind: Invalid, Text: fmt.Sprintf("a column with a %T cannot be read into a %T", src, c.to)}
}

func (c *cell) date(text string) error {
	d, err := object.ParseDate(text)
	if err != nil {
		return &Error{Kind: Invalid, Text: fmt.Sprintf("a column with %q cannot be read into a date", text)}
	}
	switch to := c.to.(type) {
	case *object.Date:
		*to = d
	case **object.Date:
		day := d
		*to = &day
	}
	return nil
}

func (c *cell) integer(v int64) bool {
	switch to := c.to.(type) {
	case *int64:
		*to = v
	case **int64:
		n := v
		*to = &n
	case *time.Time:
		*to = time.UnixMicro(v).UTC()
	case **time.Time:
		t := time.UnixMicro(v).UTC()
		*to = &t
	case *time.Duration:
		*to = time.Duration(v) * time.Microsecond
		return to.Microseconds() == v
	case **time.Duration:
		d := time.Duration(v) * time.Microsecond
		*to = &d
		return d.Microseconds() == v
	case *Decimal:
		to.setScaled(v)
	case *bool:
		*to = v != 0
	case **bool:
		b := v != 0
		*to = &b
	case *int:
		*to = int(v)
	case **int:
		n := int(v)
		*to = &n
	case *int32:
		if int64(int32(v)) != v {
			return false
		}
		*to = int32(v)
	case **int32:
		n := int32(v)
		if int64(n) != v {
			return false
		}
		*to = &n
	case *float64:
		*to = float64(v)
	default:
		return false
	}
	return true
}

// scanError returns the error of a cell, which database/sql wraps.
func scanError(err error) error {
	if e := (*Error)(nil); errors.As(err, &e) {
		return e
	}
	return nil
}
