package migrate

import (
	"fmt"
	"strings"

	"github.com/apposengine/appos/internal/store"
)

// conversion is how the values of a column become those of another type.
type conversion struct {
	// loses says that values may become others, and what of them is lost.
	loses string
	// checks says that values which do not fit make the migration fail, which
	// then changes nothing, and which those are.
	checks string
	// SQL in which %s is the column.
	sqlite, postgres string
}

// converted returns how values of one type become those of another; it is false
// when they cannot.
func converted(from, to store.Type) (conversion, bool) {
	if from.Kind == store.KindDecimal && to.Kind == store.KindDecimal {
		return rescaled(from.Scale, to.Scale), true
	}
	ten := power(from.Scale)
	switch [2]store.TypeKind{from.Kind, to.Kind} {
	case [2]store.TypeKind{store.KindInt, store.KindDecimal}:
		return conversion{sqlite: "%s * " + power(to.Scale), postgres: "%s"}, true
	case [2]store.TypeKind{store.KindDecimal, store.KindInt}:
		c := rescaled(from.Scale, 0)
		c.postgres = "round(%s)::bigint"
		return c, true
	case [2]store.TypeKind{store.KindInt, store.KindFloat}:
		return conversion{loses: "the digits of whole numbers beyond 2^53", sqlite: "CAST(%s AS REAL)", postgres: "%s::double precision"}, true
	case [2]store.TypeKind{store.KindDecimal, store.KindFloat}:
		return conversion{loses: "the exactness of decimals", sqlite: "CAST(%s AS REAL) / " + ten, postgres: "%s::double precision"}, true
	case [2]store.TypeKind{store.KindFloat, store.KindInt}:
		return conversion{loses: "what stands after the point", sqlite: "CAST(round(%s) AS INTEGER)", postgres: "round(%s::numeric)::bigint"}, true
	case [2]store.TypeKind{store.KindFloat, store.KindDecimal}:
		return conversion{
			loses:  fmt.Sprintf("what stands after %d digits behind the point", to.Scale),
			sqlite: "CAST(round(%s * " + power(to.Scale) + ") AS INTEGER)", postgres: "%s::numeric",
		}, true
	case [2]store.TypeKind{store.KindBool, store.KindInt}:
		return conversion{sqlite: "%s", postgres: "%s::int::bigint"}, true
	case [2]store.TypeKind{store.KindInt, store.KindBool}:
		return conversion{loses: "which number it was, beside zero", sqlite: "%s <> 0", postgres: "%s <> 0"}, true

	case [2]store.TypeKind{store.KindInt, store.KindText}:
		return conversion{sqlite: "CAST(%s AS TEXT)", postgres: "%s::text"}, true
	case [2]store.TypeKind{store.KindBool, store.KindText}:
		return conversion{sqlite: "CASE %s WHEN 0 THEN 'false' WHEN 1 THEN 'true' END", postgres: "%s::text"}, true
	case [2]store.TypeKind{store.KindDecimal, store.KindText}:
		return conversion{sqlite: decimalText(from.Scale), postgres: "%s::text"}, true
	case [2]store.TypeKind{store.KindDate, store.KindText}:
		return conversion{sqlite: "%s", postgres: "to_char(%s, 'YYYY-MM-DD')"}, true
	case [2]store.TypeKind{store.KindJSON, store.KindText}:
		return conversion{sqlite: "%s", postgres: "%s::text"}, true
	case [2]store.TypeKind{store.KindText, store.KindInt}:
		return conversion{
			checks: "a text that is no whole number",
			// what does not read back as the same is left as text, which a STRICT
			// column of integers refuses
			sqlite:   "CASE WHEN CAST(CAST(%[1]s AS INTEGER) AS TEXT) = %[1]s THEN CAST(%[1]s AS INTEGER) ELSE %[1]s END",
			postgres: "(CASE WHEN %[1]s ~ '^(0|-?[1-9][0-9]*)$' THEN %[1]s ELSE 'no whole number: ' || %[1]s END)::bigint",
		}, true
	case [2]store.TypeKind{store.KindDate, store.KindTime}:
		return conversion{sqlite: "unixepoch(%s) * 1000000", postgres: "%s::timestamp AT TIME ZONE 'UTC'"}, true
	case [2]store.TypeKind{store.KindTime, store.KindDate}:
		return conversion{
			loses:  "the time of the day",
			sqlite: "date((%[1]s - ((%[1]s %% 1000000) + 1000000) %% 1000000) / 1000000, 'unixepoch')", postgres: "(%s AT TIME ZONE 'UTC')::date",
		}, true
	}
	return conversion{}, false
}

// rescaled moves the point of decimals, rounded half away from zero.
func rescaled(from, to int) conversion {
	if to >= from {
		return conversion{sqlite: "%s * " + power(to-from), postgres: "%s"}
	}
	divisor := power(from - to)
	half := "5" + divisor[2:]
	return conversion{
		loses:    fmt.Sprintf("what stands after %d digits behind the point", to),
		sqlite:   "(%[1]s + CASE WHEN %[1]s < 0 THEN -" + half + " ELSE " + half + " END) / " + divisor,
		postgres: "%s",
	}
}

// decimalText writes a decimal of SQLite with its point.
func decimalText(scale int) string {
	if scale == 0 {
		return "CAST(%s AS TEXT)"
	}
	return fmt.Sprintf("CASE WHEN %%[1]s < 0 THEN '-' ELSE '' END || abs(%%[1]s / %[1]s) || '.' || printf('%%%%0%[2]dd', abs(%%[1]s %%%% %[1]s))", power(scale), scale)
}

// power is a power of ten.
func power(n int) string { return "1" + strings.Repeat("0", n) }

// in writes the conversion of a column in the SQL of a dialect.
func (c conversion) in(d store.Dialect, column string) string {
	text := c.sqlite
	if d == store.PostgreSQL {
		text = c.postgres
	}
	return fmt.Sprintf(text, store.Quote(column))
}
