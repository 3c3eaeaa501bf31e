package admin

import (
	"github.com/apposengine/appos"
	"github.com/apposengine/appos/internal/object"
	"github.com/apposengine/appos/internal/security"
	"github.com/apposengine/appos/ui"
)

// PublicAccess is /admin/public: what everybody may do without signing in.
type PublicAccess struct{ appos.Returns[ui.Node] }

func (k console) public(c *ui.Ctx, _ PublicAccess) (ui.Node, error) {
	d := k.deps()
	u, err := d.Security.Anonymous(c)
	if err != nil {
		return nil, err
	}
	group := ui.LinkButton(c.URL(Group{Name: security.PublicGroup, View: viewGrants}), "Grants of "+security.PublicGroup, ui.Outline, ui.Icon("users-round"))
	screen := func(content ...ui.Node) ui.Node {
		return ui.Screen(c, titles.Public.In(c), append([]ui.Node{
			ui.Sub("Whoever has not signed in is the account " + security.PublicUser + ", in the group " + security.PublicGroup + ". What it may do, everybody may do."),
			ui.Actions(d.publicBadge(c, security.PublicUser), group)}, content...)...)
	}
	rights := d.rights(u)
	if len(rights) == 0 {
		return screen(ui.EmptyState("shield-check", "Nothing is public", "Everything asks for a sign-in or a key.")), nil
	}
	note := ui.Alert(ui.Warn, "Everybody who reaches this server may do this", "Without an account, by every address under /api and on every page. Take a permission away from the group "+security.PublicGroup+" to close it.")
	if changes := writes(rights); changes {
		note = ui.Alert(ui.Err, "Everybody who reaches this server may change data", "Some of these permissions let people who are not signed in create, change or delete rows.")
	}
	return screen(note, d.rightsTable(c, u)), nil
}

func writes(rights []right) bool {
	for _, r := range rights {
		if r.object.Kind == object.KindRecord && r.permissions&(object.Create|object.Update|object.Delete|object.Admin) != 0 {
			return true
		}
	}
	return false
}

// publicBadge warns on what stands for the public when the public may do anything.
func (d Deps) publicBadge(c *ui.Ctx, name string) ui.Node {
	if name != security.PublicUser && name != security.PublicGroup {
		return nil
	}
	u, err := d.Security.Anonymous(c)
	if err != nil {
		return ui.Badge("Unknown what is public", ui.Warn)
	}
	if len(d.rights(u)) > 0 {
		return ui.Badge("Open to everybody", ui.Warn)
	}
	return ui.Badge("Nothing is public", ui.OK)
}
