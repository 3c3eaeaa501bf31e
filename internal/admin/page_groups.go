package admin

import (
	"github.com/apposengine/appos"
	"github.com/apposengine/appos/internal/security"
	"github.com/apposengine/appos/ui"
)

// Groups is /admin/groups: every group.
type Groups struct{ appos.Returns[ui.Node] }

func (k console) groups(c *ui.Ctx, _ Groups) (ui.Node, error) {
	d := k.deps()
	return ui.Screen(c, titles.Groups.In(c),
		ui.Sub("Permissions are given to groups; users have those of the groups they are in."),
		ui.Actions(ui.LinkButton(c.URL(NewGroup{}), titles.NewGroup.In(c), ui.Primary, ui.Icon("plus"))),
		ui.DataTable(c, ui.Table[security.Group]{
			ID: "groups", Name: "groups", Search: true, Filters: []ui.Filter{stateFilters},
			Source: func(c *ui.Ctx, s ui.State) (ui.Slice[security.Group], error) {
				t := trailOf(s)
				page, err := d.Security.Groups(c, security.GroupQuery{Search: s.Search, Active: stateFilter(s), After: t.cursor(), Limit: s.Size, Count: true})
				return slice(t, page.Items, page.Next, page.Total), err
			},
			Key: func(g *security.Group) string { return g.Name },
			URL: func(g *security.Group) string { return c.URL(Group{Name: g.Name}) },
			Columns: []ui.Column[security.Group]{
				{Key: "name", Title: "Name", Main: true, Text: func(g *security.Group) string { return g.Name }},
				{Key: "description", Title: "Description", Text: func(g *security.Group) string { return shortened(g.Description, 90) }},
				{Key: "members", Title: "Members", Number: true, Text: func(g *security.Group) string { return c.Int(g.Members) }},
				{Key: "state", Title: "State", Cell: func(g *security.Group) ui.Node { return activeBadge(g.Active) }},
				{Key: "created", Title: "Created", Hidden: true, Text: func(g *security.Group) string { return c.Date(g.CreatedAt) }},
			},
		})), nil
}
