package migrate

import (
	"encoding/base64"
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/shopspring/decimal"

	"github.com/apposengine/appos/internal/store"
)

// defaultText is a column's default as snapshots have it: the same for the same
// value, whatever Go type it was declared with. It is false when there is none.
func defaultText(c *store.Column) (string, bool) {
	if c.Default == nil {
		return "", false
	}
	switch v := c.Default.(type) {
	case store.Decimal:
		return v.Value.StringFixed(int32(c.Type.Scale)), true
	case decimal.Decimal:
		return v.StringFixed(int32(c.Type.Scale)), true
	case time.Time:
		return v.UTC().Format(time.RFC3339Nano), true
	case []byte:
		return base64.StdEncoding.EncodeToString(v), true
	case store.JSON:
		return string(v), true
	case time.Duration:
		return strconv.FormatInt(v.Microseconds(), 10), true
	}
	v := reflect.ValueOf(c.Default) // types with a String of their own are stored as what they are
	switch v.Kind() {
	case reflect.String:
		return v.String(), true
	case reflect.Bool:
		return strconv.FormatBool(v.Bool()), true
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return strconv.FormatInt(v.Int(), 10), true
	case reflect.Float32, reflect.Float64:
		return strconv.FormatFloat(v.Float(), 'g', -1, 64), true
	}
	return fmt.Sprint(c.Default), true // a date
}

// defaultOf reads a default that defaultText wrote.
func defaultOf(t store.Type, text string) (any, error) {
	switch t.Kind {
	case store.KindInt:
		return strconv.ParseInt(text, 10, 64)
	case store.KindFloat:
		return strconv.ParseFloat(text, 64)
	case store.KindBool:
		return strconv.ParseBool(text)
	case store.KindDecimal:
		d, err := decimal.NewFromString(text)
		return store.Decimal{Value: d, Scale: t.Scale}, err
	case store.KindTime:
		return time.Parse(time.RFC3339Nano, text)
	case store.KindJSON:
		return store.JSON(text), nil
	case store.KindBytes:
		return base64.StdEncoding.DecodeString(text)
	}
	return text, nil // text, dates
}

// literal writes the default of a column in SQL; the column has one.
func literal(d store.Dialect, c *store.Column) (string, error) {
	text, _ := defaultText(c)
	v, err := defaultOf(c.Type, text)
	if err != nil {
		return "", fmt.Errorf("the default %q is no %s", text, c.Type)
	}
	switch v := v.(type) {
	case bool:
		if d == store.SQLite {
			return map[bool]string{true: "1", false: "0"}[v], nil
		}
	case store.Decimal:
		n, err := v.Scaled()
		if err != nil {
			return "", fmt.Errorf("the default %q: %w", text, err)
		}
		if d == store.SQLite {
			return strconv.FormatInt(n, 10), nil
		}
	case time.Time:
		if d == store.SQLite {
			return strconv.FormatInt(v.UnixMicro(), 10), nil
		}
		return quote(text), nil
	case []byte:
		if d == store.SQLite {
			return fmt.Sprintf("x'%x'", v), nil
		}
		return fmt.Sprintf(`'\x%x'`, v), nil
	case string, store.JSON:
		return quote(text), nil
	}
	return text, nil
}

// quote writes a text in SQL.
func quote(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }
