package admin

import (
	"slices"
	"strings"
	"time"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"

	"github.com/apposengine/appos/ui"
)

// languages are those that the kit itself speaks.
var languages = []ui.Option{{Value: "", Label: "Platform's"}, {Value: "en", Label: "English"}, {Value: "fr", Label: "Français"}, {Value: "de", Label: "Deutsch"}}

// languageOptions are the languages, with those that apps speak and the one that
// an account has beside them.
func (d Deps) languageOptions(current string) []ui.Option {
	all := slices.Clone(languages)
	for _, tag := range append(slices.Clone(d.Texts.Speech("").Languages), current) {
		if !slices.ContainsFunc(all, func(o ui.Option) bool { return o.Value == tag }) {
			all = append(all, ui.Option{Value: tag, Label: tag})
		}
	}
	return all
}

// zones are suggested; any zone that the platform knows is accepted.
var zones = []string{
	"UTC", "Africa/Cairo", "Africa/Johannesburg", "Africa/Lagos", "Africa/Nairobi",
	"America/Bogota", "America/Chicago", "America/Denver", "America/Los_Angeles", "America/Mexico_City", "America/New_York", "America/Sao_Paulo", "America/Toronto",
	"Asia/Bangkok", "Asia/Dubai", "Asia/Hong_Kong", "Asia/Jakarta", "Asia/Karachi", "Asia/Kolkata", "Asia/Manila", "Asia/Seoul", "Asia/Shanghai", "Asia/Singapore", "Asia/Tokyo",
	"Australia/Melbourne", "Australia/Sydney",
	"Europe/Amsterdam", "Europe/Athens", "Europe/Berlin", "Europe/Brussels", "Europe/Dublin", "Europe/Helsinki", "Europe/Istanbul", "Europe/Lisbon", "Europe/London", "Europe/Madrid",
	"Europe/Moscow", "Europe/Oslo", "Europe/Paris", "Europe/Prague", "Europe/Rome", "Europe/Stockholm", "Europe/Vienna", "Europe/Warsaw", "Europe/Zurich",
	"Pacific/Auckland", "Pacific/Honolulu",
}

func knownZone(name string) bool {
	_, err := time.LoadLocation(name)
	return err == nil && name != "Local"
}

// timeZoneField is a field with suggestions.
func timeZoneField(f *ui.Form) ui.Node {
	return g.Group{
		f.Input("time_zone", "Time zone", ui.Field{Placeholder: "UTC", Autocomplete: "off", MaxLen: 60, Hint: "Such as Europe/Paris"}, h.List("zones")),
		h.DataList(h.ID("zones"), g.Map(zones, func(z string) ui.Node { return h.Option(h.Value(z)) })),
	}
}

// folded is a name as accounts and groups have it.
func folded(name string) string { return strings.ToLower(strings.TrimSpace(name)) }
