package admin

import (
	"slices"

	"github.com/apposengine/appos"
	"github.com/apposengine/appos/internal/security"
	"github.com/apposengine/appos/platform"
	"github.com/apposengine/appos/ui"
)

// Group is /admin/groups/{name}: one group, in several views.
type Group struct {
	appos.Returns[ui.Node]

	Name string
	View string // "" is the members
}

func (k console) group(c *ui.Ctx, in Group) (ui.Node, error) {
	d := k.deps()
	group, err := d.Security.Group(c, in.Name)
	if err != nil {
		return nil, err
	}
	if action := c.Posting(do); action != "" {
		return changeGroup(c, group, action)
	}
	var view func(*ui.Ctx, security.Group) (ui.Node, error)
	switch in.View {
	case "":
		view = d.groupMembers
	case viewAdd:
		view = d.groupAdd
	case viewGrants:
		view = d.groupGrants
	case viewSettings:
		view = d.groupSettings
	case viewHistory:
		view = d.groupHistory
	default:
		return nil, appos.Errorf(appos.NotFound, "there is no view %q of a group", in.View)
	}
	body, err := view(c, group)
	if body == nil || err != nil { // a form that was saved goes on elsewhere
		return nil, err
	}
	c.Crumbs(ui.Crumb{Label: titles.Groups.In(c), URL: c.URL(Groups{})})
	at := func(label, view string) section {
		return section{label, Group{Name: group.Name, View: view}, in.View == view}
	}
	return ui.Screen(c, group.Name,
		ui.Sub(group.Description),
		ui.Actions(k.deps().publicBadge(c, group.Name), activeBadge(group.Active), groupSwitch(c, group)),
		sections(c, at("Members", ""), at("Add", viewAdd), at("Granted", viewGrants), at("Settings", viewSettings), at("History", viewHistory)),
		body), nil
}

func groupSwitch(c *ui.Ctx, group security.Group) ui.Node {
	switch {
	case group.Builtin:
		return nil
	case group.Active:
		return confirm(c, "Deactivate", "Deactivate "+group.Name+"?",
			"Its members lose what it gives them, at their next request. Members and permissions are kept for when you activate it again.",
			"Deactivate "+group.Name, do, "deactivate")
	}
	return ui.PostButton(c, c.Request().URL.RequestURI(), "Activate", ui.Outline, do, "activate")
}

// changeGroup does what a button of the group's page asks for.
func changeGroup(c *ui.Ctx, group security.Group, action string) (ui.Node, error) {
	user := c.Posting("user")
	switch action {
	case "activate":
		return change(c, platform.SetGroupActive{Group: group.Name, Active: true}, group.Name+" is active")
	case "deactivate":
		return change(c, platform.SetGroupActive{Group: group.Name}, group.Name+" is deactivated")
	case "join":
		return change(c, platform.AddUserToGroup{User: user, Group: group.Name}, user+" is in "+group.Name)
	case "leave":
		return change(c, platform.RemoveUserFromGroup{User: user, Group: group.Name}, user+" is no longer in "+group.Name)
	}
	return nil, unknown(c)
}

// groupMembers lists who is in the group.
func (d Deps) groupMembers(c *ui.Ctx, group security.Group) (ui.Node, error) {
	t := d.memberTable(c, group)
	t.Name, t.Source = "members", d.accounts(security.AccountQuery{Group: group.Name})
	t.Empty = []ui.Node{ui.LinkButton(c.URL(Group{Name: group.Name, View: viewAdd}), "Add members", ui.Primary)}
	return ui.Stack(adminGroupNote(group), ui.DataTable(c, t)), nil
}

// groupAdd lists all accounts, to find those to add.
func (d Deps) groupAdd(c *ui.Ctx, group security.Group) (ui.Node, error) {
	t := d.memberTable(c, group)
	t.Name, t.Source = "users", d.accounts(security.AccountQuery{})
	t.Filters = []ui.Filter{{Key: "type", Title: "Type", Options: accountTypes}, stateFilters}
	return ui.Stack(adminGroupNote(group), ui.DataTable(c, t)), nil
}

func adminGroupNote(group security.Group) ui.Node {
	if group.Name != security.AdminGroup {
		return nil
	}
	return ui.Alert(ui.Info, "Its members are the administrators", "The members of this group are the users of the type administrator. Change a user's type instead.")
}

func (d Deps) memberTable(c *ui.Ctx, group security.Group) ui.Table[security.Account] {
	return ui.Table[security.Account]{
		ID: "members", Search: true,
		Key: func(a *security.Account) string { return a.Name },
		Columns: []ui.Column[security.Account]{
			{Key: "name", Title: "Name", Main: true, Cell: func(a *security.Account) ui.Node {
				return anchor(c.URL(User{Name: a.Name}), person(a.Name, a.FullName))
			}},
			{Key: "type", Title: "Type", Cell: func(a *security.Account) ui.Node { return typeBadge(a.Type) }},
			{Key: "state", Title: "State", Cell: func(a *security.Account) ui.Node { return activeBadge(a.Active) }},
			{Key: "change", Title: "", Number: true, Cell: func(a *security.Account) ui.Node {
				switch {
				case a.Builtin || group.Name == security.AdminGroup:
					return nil
				case slices.Contains(a.Groups, group.Name):
					return rowButton(c, "Remove", "Remove "+a.Name, ui.Outline, do, "leave", "user", a.Name)
				}
				return rowButton(c, "Add", "Add "+a.Name, ui.Outline, do, "join", "user", a.Name)
			}},
		},
	}
}

// A granted is what the group has on one object or wildcard.
type granted struct {
	ref   string
	app   string
	kind  string
	grant security.GroupGrant
}

// groupGrants lists what the group is given, and where that comes from.
func (d Deps) groupGrants(c *ui.Ctx, group security.Group) (ui.Node, error) {
	var rows []granted
	add := func(ref, app, kind string) error {
		grants, err := d.Security.Permissions().GrantsOf(c, ref)
		if err != nil {
			return err
		}
		for _, x := range grants {
			if x.Group == group.Name {
				rows = append(rows, granted{ref, app, kind, x})
			}
		}
		return nil
	}
	wildcards, err := d.Security.Permissions().Wildcards(c)
	if err != nil {
		return nil, err
	}
	for _, ref := range wildcards {
		if err := add(ref, "", "Wildcard"); err != nil {
			return nil, err
		}
	}
	for _, o := range d.objects() {
		if err := add(o.Ref, o.App.Name, o.Kind.Title()); err != nil {
			return nil, err
		}
	}
	var note ui.Node
	switch {
	case !group.Active:
		note = ui.Alert(ui.Warn, "The group is not active", "None of this counts until it is activated again.")
	case group.Name == security.AdminGroup:
		note = ui.Alert(ui.Info, "Administrators pass every check", "This lists what the group is given by name; its members may do everything.")
	}
	return ui.Stack(note, ui.DataTable(c, ui.Table[granted]{
		ID: "grants", Name: "permissions", Rows: rows, Search: true,
		Filters: []ui.Filter{
			{Key: "app", Title: "App", Options: d.appOptions()},
			{Key: "kind", Title: "Kind", Options: append(d.kindOptions(), ui.Option{Value: "Wildcard", Label: "Wildcard"})},
		},
		Key: func(x *granted) string { return x.ref },
		URL: func(x *granted) string { return c.URL(Permissions{Ref: x.ref}) },
		Columns: []ui.Column[granted]{
			{Key: "ref", Title: "Object", Main: true, Sort: true, Text: func(x *granted) string { return x.ref }},
			{Key: "app", Title: "App", Hidden: true, Sort: true, Text: func(x *granted) string { return x.app }},
			{Key: "kind", Title: "Kind", Sort: true, Text: func(x *granted) string { return x.kind }},
			{Key: "permissions", Title: "Permissions", Cell: func(x *granted) ui.Node { return permissionBadges(x.grant.Permissions) }},
			{Key: "source", Title: "Comes from", Cell: func(x *granted) ui.Node { return sourceBadge(x.grant, x.ref) }},
		},
	})), nil
}

// groupSettings is the form of what a group says about itself.
func (d Deps) groupSettings(c *ui.Ctx, group security.Group) (ui.Node, error) {
	f := ui.NewForm(c, "group", map[string]string{"description": group.Description})
	if f.Submitted() && f.Valid() {
		_, err := appos.Call(c, platform.DescribeGroup{Group: group.Name, Description: f.Value("description")})
		if err == nil {
			c.Toast(ui.OK, "Saved", "")
			return c.Redirect(Group{Name: group.Name, View: viewSettings})
		}
		if !f.Fail(err) {
			return nil, err
		}
	}
	return f.Node(
		ui.Fields("Group", "The name "+group.Name+" stands in app.yaml and in code, and never changes.",
			f.Text("description", "Description", ui.Field{MaxLen: 300, Hint: "Who belongs in it, and what for"})),
		ui.Footer(ui.Save(c, ""))), nil
}

// groupHistory lists what was changed about the group.
func (d Deps) groupHistory(c *ui.Ctx, group security.Group) (ui.Node, error) {
	return d.auditTable(c, security.ChangeQuery{Subject: "group:" + group.Name}, false), nil
}
