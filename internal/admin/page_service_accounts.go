package admin

import (
	h "maragu.dev/gomponents/html"

	"github.com/apposengine/appos"
	"github.com/apposengine/appos/internal/object"
	"github.com/apposengine/appos/internal/security"
	"github.com/apposengine/appos/platform"
	"github.com/apposengine/appos/ui"
)

// ServiceAccounts is /admin/service-accounts: the accounts of outside systems.
type ServiceAccounts struct{ appos.Returns[ui.Node] }

func (k console) serviceAccounts(c *ui.Ctx, _ ServiceAccounts) (ui.Node, error) {
	d := k.deps()
	create := ui.LinkButton(c.URL(NewServiceAccount{}), titles.NewService.In(c), ui.Primary, ui.Icon("plus"))
	return ui.Screen(c, titles.ServiceAccounts.In(c),
		ui.Sub("Outside systems that use the API. They have keys, no password and no screens."),
		ui.Actions(create),
		ui.DataTable(c, ui.Table[security.Account]{
			ID: "services", Name: "service accounts", Search: true, Filters: []ui.Filter{stateFilters},
			Source: d.accounts(security.AccountQuery{Type: object.ServiceAccount}),
			Key:    func(a *security.Account) string { return a.Name },
			URL:    func(a *security.Account) string { return c.URL(User{Name: a.Name, View: viewKeys}) },
			Columns: []ui.Column[security.Account]{
				{Key: "name", Title: "Name", Main: true, Cell: func(a *security.Account) ui.Node { return person(a.Name, a.FullName) }},
				{Key: "groups", Title: "Groups", Text: func(a *security.Account) string { return some(a.Groups, 3) }},
				{Key: "keys", Title: "Keys", Number: true, Text: func(a *security.Account) string { return c.Int(a.Keys) }},
				{Key: "state", Title: "State", Cell: func(a *security.Account) ui.Node { return activeBadge(a.Active) }},
				{Key: "created", Title: "Created", Text: func(a *security.Account) string { return c.Date(a.CreatedAt) }},
				{Key: "email", Title: "Contact", Hidden: true, Text: func(a *security.Account) string { return a.Email }},
			},
			Empty: []ui.Node{create},
		})), nil
}

// NewServiceAccount is /admin/service-accounts/new: a form for one.
type NewServiceAccount struct{ appos.Returns[ui.Node] }

func (k console) newServiceAccount(c *ui.Ctx, _ NewServiceAccount) (ui.Node, error) {
	d := k.deps()
	active := true
	groups, err := d.groups(c, &active)
	if err != nil {
		return nil, err
	}
	f := ui.NewForm(c, "service", nil)
	name := f.Value("name")
	f.Check("name", name != "", "Enter a name")
	checkProfile(f)
	if f.Submitted() && f.Valid() {
		_, err := appos.Call(c, platform.CreateServiceAccount{
			Name: name, FullName: f.Value("full_name"), Email: f.Value("email"), Groups: chosen(f, groups),
		})
		if err == nil {
			c.Toast(ui.OK, "Service account created", "Now make its first key.")
			return c.Redirect(NewAPIKey{Account: folded(name)})
		}
		if !f.Fail(err) {
			return nil, err
		}
	}
	c.Crumbs(ui.Crumb{Label: titles.ServiceAccounts.In(c), URL: c.URL(ServiceAccounts{})})
	return ui.Screen(c, titles.NewService.In(c), f.Node(
		ui.Fields("Account", "The name stands in logs and in the history of what it changes. It never changes itself.",
			f.Input("name", "Name", ui.Field{Required: true, MaxLen: 63, Autocomplete: "off", Hint: "Letters, digits and . _ -, beginning with a letter"}, h.AutoFocus(), h.SpellCheck("false")),
			f.Input("full_name", "What it is", ui.Field{MaxLen: 120, Autocomplete: "off", Placeholder: "Web shop"}),
			f.Input("email", "Contact", ui.Field{Type: "email", MaxLen: 200, Autocomplete: "off", Hint: "Who looks after it"})),
		ui.Fields("Groups", "What the account may do. Its keys can be narrowed to some of them.", groupSwitches(f, groups)...),
		ui.Footer(ui.LinkButton(c.URL(ServiceAccounts{}), "Cancel", ui.Outline), ui.Save(c, "Create service account")))), nil
}

// groupField is the switch of a group in a form.
func groupField(group string) string { return "group:" + group }

// groupSwitches offer groups, except that of the administrators, who are so by type.
func groupSwitches(f *ui.Form, groups []security.Group) []ui.Node {
	var all []ui.Node
	for _, g := range groups {
		if g.Name != security.AdminGroup {
			all = append(all, f.Switch(groupField(g.Name), g.Name, shortened(g.Description, 90)))
		}
	}
	return all
}

// chosen are the groups whose switches are on.
func chosen(f *ui.Form, groups []security.Group) []string {
	var names []string
	for _, g := range groups {
		if f.On(groupField(g.Name)) {
			names = append(names, g.Name)
		}
	}
	return names
}
