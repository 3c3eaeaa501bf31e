package appos

import (
	"time"

	"github.com/apposengine/appos/internal/object"
)

// Date is a calendar day, without a time of day and without a zone: a due date,
// a birthday. Dates are compared with == and can be keys of maps. In JSON and
// filters a Date is "2026-01-31". The zero Date, 1 January of the year 1, stands
// for no day.
type Date = object.Date

// NewDate returns a day. Months and days outside of their range are carried
// over, as [time.Date] does: 31 April is 1 May. A day before or after all dates,
// those of the years 1 to 9999, becomes the first or the last.
func NewDate(year int, month time.Month, day int) Date { return object.NewDate(year, month, day) }

// DateOf returns the day that t is on in its own location; t.In gives another.
func DateOf(t time.Time) Date { return object.DateOf(t) }

// ParseDate reads a day such as "2026-01-31".
func ParseDate(s string) (Date, error) { return object.ParseDate(s) }

// File says what is known about a stored file: its name, size, media type, hash
// and version. AppOS makes it when content is stored. The zero File is none.
type File = object.File
