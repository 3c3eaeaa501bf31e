package ui

import (
	"strconv"
	"time"

	"github.com/apposengine/appos"
	"github.com/apposengine/appos/internal/object"
)

var monthNames = map[string][12]string{
	"en": {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"},
	"fr": {"janv.", "févr.", "mars", "avr.", "mai", "juin", "juil.", "août", "sept.", "oct.", "nov.", "déc."},
	"de": {"Jan.", "Feb.", "März", "Apr.", "Mai", "Juni", "Juli", "Aug.", "Sept.", "Okt.", "Nov.", "Dez."},
}

// Date writes a day in the user's language and time zone: 22 Nov 2026.
func (c *Ctx) Date(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return c.Day(object.DateOf(t.In(c.s.zone)))
}

// Day writes a calendar day in the user's language: 22 Nov 2026. No day is "".
func (c *Ctx) Day(d appos.Date) string {
	if d.IsZero() {
		return ""
	}
	year, month, n := d.Date()
	day := strconv.Itoa(n)
	if c.s.kit == "de" {
		day += "."
	}
	return day + " " + c.Month(month) + " " + strconv.Itoa(year)
}

// Time writes a day and a time in the user's language and time zone:
// 22 Nov 2026, 16:20.
func (c *Ctx) Time(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return c.Date(t) + ", " + t.In(c.s.zone).Format("15:04")
}

// Month is the short name of a month in the user's language.
func (c *Ctx) Month(m time.Month) string {
	names, ok := monthNames[c.s.kit]
	if !ok {
		names = monthNames["en"]
	}
	if m < time.January || m > time.December {
		return ""
	}
	return names[m-1]
}
