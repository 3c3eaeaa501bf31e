package admin

import (
	"fmt"
	"time"

	"github.com/apposengine/appos/ui"
)

// took writes how long a call lasted, in the unit that suits it: "840 µs",
// "12.4 ms", "3.1 s".
func took(c *ui.Ctx, d time.Duration) string {
	switch {
	case d <= 0:
		return "–"
	case d < time.Millisecond:
		return c.Int(int(d.Microseconds())) + " µs"
	case d < 100*time.Millisecond:
		return c.Number(float64(d)/float64(time.Millisecond), 1) + " ms"
	case d < time.Second:
		return c.Int(int(d.Milliseconds())) + " ms"
	}
	return c.Number(d.Seconds(), 1) + " s"
}

// lasting writes a span in its two largest units, without what is none: "3 d 4 h",
// "1 h".
func lasting(d time.Duration) string {
	d = max(d, 0)
	days, hours, minutes := int(d.Hours())/24, int(d.Hours())%24, int(d.Minutes())%60
	switch {
	case days > 0 && hours > 0:
		return fmt.Sprintf("%d d %d h", days, hours)
	case days > 0:
		return fmt.Sprintf("%d d", days)
	case hours > 0 && minutes > 0:
		return fmt.Sprintf("%d h %d min", hours, minutes)
	case hours > 0:
		return fmt.Sprintf("%d h", hours)
	case minutes > 0:
		return fmt.Sprintf("%d min", minutes)
	}
	return fmt.Sprintf("%d s", int(d.Seconds()))
}

// ago writes how long before now something was: "4 min ago"; days and more are
// written as the date.
func ago(c *ui.Ctx, now, t time.Time) string {
	d := now.Sub(t)
	switch {
	case t.IsZero():
		return "never"
	case d < 10*time.Second:
		return "just now"
	case d < time.Minute:
		return fmt.Sprintf("%d s ago", int(d.Seconds()))
	case d < time.Hour:
		return fmt.Sprintf("%d min ago", int(d.Minutes()))
	case d < 24*time.Hour:
		return fmt.Sprintf("%d h ago", int(d.Hours()))
	}
	return c.Date(t)
}
