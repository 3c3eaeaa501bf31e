package admin

import (
	"strings"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"

	"github.com/apposengine/appos/internal/cache"
	"github.com/apposengine/appos/internal/object"
	"github.com/apposengine/appos/internal/security"
	"github.com/apposengine/appos/ui"
)

func activeBadge(active bool) ui.Node {
	if active {
		return ui.Badge("Active", ui.OK)
	}
	return ui.Badge("Inactive", ui.Muted)
}

// accountTypes are the types of accounts, for choices and filters.
var accountTypes = []ui.Option{
	{Value: string(object.Basic), Label: "User"},
	{Value: string(object.SystemAdmin), Label: "Administrator"},
	{Value: string(object.ServiceAccount), Label: "Service account"},
}

func typeName(t object.UserType) string {
	for _, o := range accountTypes {
		if o.Value == string(t) {
			return o.Label
		}
	}
	return string(t)
}

func typeBadge(t object.UserType) ui.Node {
	tone := ui.Muted
	switch t {
	case object.SystemAdmin:
		tone = ui.Primary
	case object.ServiceAccount:
		tone = ui.Info
	}
	return ui.Badge(typeName(t), tone)
}

// levelBadge shows the level of a log entry, such as "error".
func levelBadge(level string) ui.Node {
	tone := ui.Muted
	switch level {
	case "error":
		tone = ui.Err
	case "warn":
		tone = ui.Warn
	case "info":
		tone = ui.Info
	}
	return ui.Badge(level, tone)
}

func cacheBadge(s cache.State) ui.Node {
	switch s {
	case cache.Up:
		return ui.Badge("Up", ui.OK)
	case cache.Connecting:
		return ui.Badge("Connecting", ui.Warn)
	}
	return ui.Badge("Down", ui.Err)
}

// sourceBadge says where the rows that decide for a group come from.
func sourceBadge(grant security.GroupGrant, ref string) ui.Node {
	switch {
	case grant.Ref != ref:
		return h.Span(ui.Badge("Wildcard", ui.Info), ui.Text(" "), code(grant.Ref))
	case grant.Source == security.ByAdmin:
		return ui.Badge("Administrator", ui.Primary)
	}
	return ui.Badge("Declared", ui.Muted)
}

// permissionBadges are the single permissions of a set.
func permissionBadges(p object.Permission) ui.Node {
	if p == 0 {
		return muted("none")
	}
	return h.Span(h.Class("row"), g.Map(p.Split(), func(one object.Permission) ui.Node {
		tone := ui.Muted
		switch one {
		case object.Admin:
			tone = ui.Primary
		case object.Delete:
			tone = ui.Warn
		}
		return ui.Badge(one.String(), tone)
	}))
}

// yes is a check mark with its meaning in words for assistive technology.
func yes(holds bool) ui.Node {
	if holds {
		return h.Span(h.Class("yes"), ui.Icon("check"), h.Span(h.Class("sr"), ui.Text("yes")))
	}
	return h.Span(h.Class("muted"), ui.Text("–"), h.Span(h.Class("sr"), ui.Text("no")))
}

// permissionWords are the single permissions of a set in a line.
func permissionWords(p object.Permission) string {
	if p == 0 {
		return "nothing"
	}
	return strings.ReplaceAll(p.String(), ",", ", ")
}

func code(text string) ui.Node  { return h.Code(ui.Text(text)) }
func muted(text string) ui.Node { return h.Span(h.Class("muted"), ui.Text(text)) }

// anchor is a link to an address, such as one of ui.Ctx.URL.
func anchor(address string, content ...ui.Node) ui.Node {
	return h.A(ui.Href(address), h.Class("link"), g.Group(content))
}
