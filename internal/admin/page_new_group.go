package admin

import (
	h "maragu.dev/gomponents/html"

	"github.com/apposengine/appos"
	"github.com/apposengine/appos/platform"
	"github.com/apposengine/appos/ui"
)

// NewGroup is /admin/groups/new: a form for a group.
type NewGroup struct{ appos.Returns[ui.Node] }

func (k console) newGroup(c *ui.Ctx, _ NewGroup) (ui.Node, error) {
	f := ui.NewForm(c, "group", nil)
	f.Check("name", f.Value("name") != "", "Enter a name")
	if f.Submitted() && f.Valid() {
		_, err := appos.Call(c, platform.CreateGroup{Name: f.Value("name"), Description: f.Value("description")})
		if err == nil {
			c.Toast(ui.OK, "Group created", "Now add its members.")
			return c.Redirect(Group{Name: folded(f.Value("name")), View: viewAdd})
		}
		if !f.Fail(err) {
			return nil, err
		}
	}
	c.Crumbs(ui.Crumb{Label: titles.Groups.In(c), URL: c.URL(Groups{})})
	return ui.Screen(c, titles.NewGroup.In(c), f.Node(
		ui.Fields("Group", "The name stands in app.yaml and in the code of apps. It never changes.",
			f.Input("name", "Name", ui.Field{Required: true, MaxLen: 63, Autocomplete: "off", Hint: "Letters, digits and . _ -, beginning with a letter"}, h.AutoFocus(), h.SpellCheck("false")),
			f.Text("description", "Description", ui.Field{MaxLen: 300})),
		ui.Footer(ui.LinkButton(c.URL(Groups{}), "Cancel", ui.Outline), ui.Save(c, "Create group")))), nil
}
