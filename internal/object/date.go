package object

import (
	"errors"
	"time"
)

// Date is a calendar day, without a time of day and without a zone: a due date,
// a birthday. Dates are compared with == and can be keys of maps. They reach
// from 1 January of the year 1, which the zero Date is, to 31 December 9999.
type Date struct{ n int32 } // days after the zero Date

const (
	lastDay    = 3652058 // 9999-12-31
	unixDay    = 719162  // 1970-01-01
	daySeconds = 24 * 60 * 60
)

// dateAt returns the n-th day, or the nearest that there is.
func dateAt(n int64) Date { return Date{int32(min(max(n, 0), lastDay))} }

// NewDate returns a day. Months and days outside of their range are carried
// over, as [time.Date] does: 31 April is 1 May. A day before or after all dates
// becomes the first or the last.
func NewDate(year int, month time.Month, day int) Date {
	return DateOf(time.Date(year, month, day, 0, 0, 0, 0, time.UTC))
}

// DateOf returns the day that t is on in its own location.
func DateOf(t time.Time) Date {
	year, month, day := t.Date()
	switch {
	case year < 1:
		return Date{}
	case year > 9999:
		return Date{lastDay}
	}
	return dateAt(time.Date(year, month, day, 0, 0, 0, 0, time.UTC).Unix()/daySeconds + unixDay)
}

var errDate = errors.New("must be a date, such as 2026-01-31")

// ParseDate reads a day as String writes it. The error continues a sentence
// that begins with what was read.
func ParseDate(s string) (Date, error) {
	if len(s) != len(time.DateOnly) || s[4] != '-' || s[7] != '-' {
		return Date{}, errDate
	}
	year, month, day := digits(s[:4]), digits(s[5:7]), digits(s[8:])
	d := NewDate(year, time.Month(month), day)
	if y, m, n := d.Date(); y != year || int(m) != month || n != day {
		return Date{}, errDate // carried over: there is no such day
	}
	return d, nil
}

// digits is the number that s is, or -1.
func digits(s string) int {
	n := 0
	for _, c := range []byte(s) {
		if c < '0' || c > '9' {
			return -1
		}
		n = n*10 + int(c-'0')
	}
	return n
}

// In returns the first moment of the day in a location.
func (d Date) In(loc *time.Location) time.Time {
	year, month, day := d.Date()
	return time.Date(year, month, day, 0, 0, 0, 0, loc)
}

// Date returns the day's year, month and day of the month.
func (d Date) Date() (year int, month time.Month, day int) { return d.utc().Date() }

func (d Date) utc() time.Time { return time.Unix((int64(d.n)-unixDay)*daySeconds, 0).UTC() }

// Year returns the day's year, 1 to 9999.
func (d Date) Year() int { return d.utc().Year() }

// Month returns the day's month.
func (d Date) Month() time.Month { return d.utc().Month() }

// Day returns the day of the month.
func (d Date) Day() int { return d.utc().Day() }

// Weekday returns the day of the week.
func (d Date) Weekday() time.Weekday { return time.Weekday((d.n + 1) % 7) }

// Add returns the day that is so many days later, or earlier for a negative
// number. There is none before the first and after the last.
func (d Date) Add(days int) Date {
	return dateAt(int64(d.n) + int64(min(max(days, -lastDay), lastDay)))
}

// AddDate returns the day that is so many years, months and days later, carried
// over as [time.Time.AddDate] does: a month after 31 January is 3 March.
func (d Date) AddDate(years, months, days int) Date {
	return DateOf(d.utc().AddDate(years, months, days))
}

// Sub returns how many days d is later than e.
func (d Date) Sub(e Date) int { return int(d.n - e.n) }

// Before says whether d is an earlier day than e.
func (d Date) Before(e Date) bool { return d.n < e.n }

// After says whether d is a later day than e.
func (d Date) After(e Date) bool { return d.n > e.n }

// Compare is -1 when d is the earlier day, 0 when they are one, else 1.
func (d Date) Compare(e Date) int {
	switch {
	case d.n < e.n:
		return -1
	case d.n > e.n:
		return 1
	}
	return 0
}

// IsZero says whether d is the zero Date, which stands for no day.
func (d Date) IsZero() bool { return d.n == 0 }

// String writes the day as ISO 8601 does: 2026-01-31.
func (d Date) String() string { return string(d.append(nil)) }

func (d Date) append(dst []byte) []byte {
	year, month, day := d.Date()
	return append(dst, byte('0'+year/1000), byte('0'+year/100%10), byte('0'+year/10%10), byte('0'+year%10),
		'-', byte('0'+month/10), byte('0'+month%10), '-', byte('0'+day/10), byte('0'+day%10))
}

// MarshalText implements [encoding.TextMarshaler].
func (d Date) MarshalText() ([]byte, error) { return d.append(make([]byte, 0, 10)), nil }

// UnmarshalText implements [encoding.TextUnmarshaler].
func (d *Date) UnmarshalText(text []byte) error {
	read, err := ParseDate(string(text))
	if err == nil {
		*d = read
	}
	return err
}
