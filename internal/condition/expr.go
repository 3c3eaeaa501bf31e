package condition

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/apposengine/appos/internal/object"
)

// expr is a part of a condition: what it is, and how each database writes it.
type expr struct {
	is    class
	scale int    // of a number: its digits after the point, which SQLite stores without
	sql   string // for PostgreSQL
	lite  string // for SQLite
	given string // what a number or text that stands in the condition says
	fixed bool   // it stands there: it is no column
}

// class is what an expression is.
type class uint8

const (
	exact class = iota + 1 // a whole number or a decimal
	float
	words
	yesNo
	day
	moment
	span
)

func (c class) String() string {
	return [...]string{"", "a number", "a float64", "a text", "a condition", "a date", "a time", "a duration"}[c]
}

// counts says whether it can be calculated with.
func (c class) counts() bool { return c == exact || c == float || c == span }

func (e expr) wrap(format string, is class) expr {
	return expr{is: is, sql: fmt.Sprintf(format, e.sql), lite: fmt.Sprintf(format, e.lite)}
}

func (e expr) with(next expr, format string, is class) expr {
	return expr{is: is, sql: fmt.Sprintf(format, e.sql, next.sql), lite: fmt.Sprintf(format, e.lite, next.lite)}
}

func ofField(f *object.Field) (expr, error) {
	quoted := `"` + strings.ReplaceAll(f.Column, `"`, `""`) + `"`
	e := expr{sql: quoted, lite: quoted}
	switch f.Kind {
	case object.FieldInt, object.FieldRef:
		e.is = exact
	case object.FieldDecimal:
		e.is, e.scale = exact, f.Scale
	case object.FieldFloat:
		e.is = float
	case object.FieldText:
		e.is = words
	case object.FieldBool:
		e.is = yesNo
	case object.FieldDate:
		e.is = day
	case object.FieldTime:
		e.is = moment
	case object.FieldDuration:
		e.is = span
	default:
		return expr{}, fmt.Errorf("names %s, which is a %s; conditions are about single values", f.Column, f.Kind)
	}
	return e, nil
}

// literal is a number that stands in the condition.
func literal(digits string) expr {
	_, fraction, _ := strings.Cut(digits, ".")
	return expr{is: exact, scale: len(fraction), given: digits, fixed: true, sql: digits, lite: unpointed(digits)}
}

// unpointed is a number without its point and without zeros before it.
func unpointed(digits string) string {
	minus := ""
	if strings.HasPrefix(digits, "-") {
		minus, digits = "-", digits[1:]
	}
	digits = strings.TrimLeft(strings.Replace(digits, ".", "", 1), "0")
	if digits == "" {
		return "0"
	}
	return minus + digits
}

func quoted(content string) expr {
	sql := "'" + strings.ReplaceAll(content, "'", "''") + "'"
	return expr{is: words, given: content, fixed: true, sql: sql, lite: sql}
}

func (e expr) negative() expr {
	if e.fixed {
		if digits, twice := strings.CutPrefix(e.given, "-"); twice {
			return literal(digits)
		}
		return literal("-" + e.given)
	}
	n := e.wrap("(-%s)", e.is)
	n.scale = e.scale
	return n
}

// scaled is a number as SQLite has it with so many digits behind the point.
func (e expr) scaled(scale int) (string, error) {
	zeros := strings.Repeat("0", scale-e.scale)
	switch {
	case scale > 18:
		return "", errors.New("multiplies to more than 18 digits after the point")
	case zeros == "":
		return e.lite, nil
	case e.fixed && e.lite == "0":
		return "0", nil
	case e.fixed:
		return e.lite + zeros, nil
	}
	return "(" + e.lite + " * 1" + zeros + ")", nil
}

// align gives two values one form, so that they can be compared or added.
func align(a, b expr) (expr, expr, error) {
	var err error
	switch {
	case a.is == words && a.fixed && b.is != words:
		a, err = a.as(b.is)
	case b.is == words && b.fixed && a.is != words:
		b, err = b.as(a.is)
	}
	switch {
	case err != nil:
		return a, b, err
	case a.is == float && b.is == exact:
		b, err = b.floating()
	case b.is == float && a.is == exact:
		a, err = a.floating()
	case a.is != b.is:
		err = fmt.Errorf("brings %s and %s together", a.is, b.is)
	case a.is == exact:
		scale := max(a.scale, b.scale)
		if a.lite, err = a.scaled(scale); err == nil {
			b.lite, err = b.scaled(scale)
		}
		a.scale, b.scale = scale, scale
	}
	return a, b, err
}

// floating turns a number into one that is not exact.
func (e expr) floating() (expr, error) {
	if !e.fixed && e.scale > 0 {
		return e, errors.New("brings a decimal and a float64 together, which are not exact to one another")
	}
	if e.fixed {
		e.lite = e.given
	}
	e.is, e.scale = float, 0
	return e, nil
}

// as reads a text in the condition as a value of a class.
func (e expr) as(c class) (expr, error) {
	switch c {
	case day:
		if _, err := object.ParseDate(e.given); err != nil {
			return e, fmt.Errorf("compares a date with %q, which %v", e.given, err)
		}
	case moment:
		t, err := time.Parse(time.RFC3339, e.given)
		if err != nil {
			return e, fmt.Errorf("compares a time with %q, which must be a time, such as 2026-01-31T12:00:00Z", e.given)
		}
		e.lite = strconv.FormatInt(t.UnixMicro(), 10)
	case span:
		d, err := object.ParseDuration(e.given)
		if err != nil {
			return e, fmt.Errorf("compares a duration with %q, which %v", e.given, err)
		}
		e.lite = strconv.FormatInt(d.Microseconds(), 10)
		e.sql = e.lite
	default:
		return e, fmt.Errorf("brings %s and the text %q together", c, e.given)
	}
	e.is = c
	return e, nil
}

func compare(a, b expr, operator string) (expr, error) {
	a, b, err := align(a, b)
	if err != nil {
		return expr{}, err
	}
	if operator == "!=" {
		operator = "<>"
	}
	if a.is == yesNo && operator != "=" && operator != "<>" {
		return expr{}, fmt.Errorf("compares conditions by %s", operator)
	}
	return a.with(b, "(%s "+operator+" %s)", yesNo), nil
}

// oneOf is the condition that e is one of the values.
func oneOf(e expr, values []expr) (expr, error) {
	var all []expr
	for _, v := range values {
		a, b, err := align(e, v)
		if err != nil {
			return expr{}, err
		}
		if e.is == exact && a.scale > e.scale { // the others of the list are held to it too
			e = a
		}
		all = append(all, b)
	}
	var sql, lite []string
	for _, v := range all {
		if e.is == exact {
			text, err := v.scaled(e.scale)
			if err != nil {
				return expr{}, err
			}
			v.lite = text
		}
		sql, lite = append(sql, v.sql), append(lite, v.lite)
	}
	return expr{is: yesNo, sql: "(" + e.sql + " IN (" + strings.Join(sql, ", ") + "))", lite: "(" + e.lite + " IN (" + strings.Join(lite, ", ") + "))"}, nil
}

func calculate(a, b expr, operator string) (expr, error) {
	if !a.is.counts() || !b.is.counts() {
		return expr{}, fmt.Errorf("has %s %s %s; only numbers and durations are calculated with", a.is, operator, b.is)
	}
	format := "(%s " + operator + " %s)"
	if operator == "%" {
		format = "(%s %% %s)"
	}
	switch operator {
	case "+", "-":
		a, b, err := align(a, b)
		if err != nil {
			return expr{}, err
		}
		sum := a.with(b, format, a.is)
		sum.scale = a.scale
		return sum, nil
	case "*":
		if a.is == exact && b.is == exact {
			product := a.with(b, format, exact)
			if product.scale = a.scale + b.scale; product.scale > 18 {
				return expr{}, errors.New("multiplies to more than 18 digits after the point")
			}
			return product, nil
		}
		if a.is == span && b.is == exact && b.scale == 0 || b.is == span && a.is == exact && a.scale == 0 {
			return a.with(b, format, span), nil
		}
		a, b, err := align(a, b)
		if err == nil && a.is == span {
			err = errors.New("multiplies durations")
		}
		return a.with(b, format, a.is), err
	}
	if slices.ContainsFunc([]expr{a, b}, func(e expr) bool { return e.is != exact || e.scale > 0 }) {
		return expr{}, fmt.Errorf("uses %s on what are not whole numbers; multiply the other side instead", operator)
	}
	return a.with(b, format, exact), nil
}

// functions are those that mean the same on every database, with what they take.
var functions = map[string]class{"length": words, "lower": words, "upper": words, "trim": words, "abs": exact, "coalesce": 0}

func apply(function string, args []expr) (expr, error) {
	takes := functions[function]
	if function == "coalesce" {
		if len(args) != 2 {
			return expr{}, errors.New("calls coalesce, which takes two values")
		}
		a, b, err := align(args[0], args[1])
		e := a.with(b, "coalesce(%s, %s)", a.is)
		e.scale = a.scale
		return e, err
	}
	if len(args) != 1 || args[0].is != takes && !(function == "abs" && args[0].is.counts()) {
		return expr{}, fmt.Errorf("calls %s, which takes %s", function, takes)
	}
	e := args[0].wrap(function+"(%s)", args[0].is)
	if e.scale = args[0].scale; function == "length" {
		e.is = exact
	}
	return e, nil
}
