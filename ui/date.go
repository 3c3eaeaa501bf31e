package ui

import (
	"strconv"
	"time"
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
	t = t.In(c.s.zone)
	day := strconv.Itoa(t.Day())
	if c.s.kit == "de" {
		day += "."
	}
	return day + " " + c.Month(t.Month()) + " " + strconv.Itoa(t.Year())
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
