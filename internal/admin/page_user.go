package admin

import (
	"github.com/apposengine/appos"
	"github.com/apposengine/appos/internal/object"
	"github.com/apposengine/appos/internal/security"
	"github.com/apposengine/appos/platform"
	"github.com/apposengine/appos/ui"
)

// User is /admin/users/{name}: one account, in several views.
type User struct {
	appos.Returns[ui.Node]

	Name string
	View string // "" is the profile
}

// The views of an account and of a group.
const (
	viewGroups   = "groups"
	viewRights   = "rights"
	viewSessions = "sessions"
	viewPassword = "password"
	viewKeys     = "keys"
	viewHistory  = "history"
	viewAdd      = "add"
	viewGrants   = "grants"
	viewSettings = "settings"
)

func (k console) user(c *ui.Ctx, in User) (ui.Node, error) {
	d := k.deps()
	a, err := d.Security.AccountNamed(c, in.Name)
	if err != nil {
		return nil, err
	}
	if action := c.Posting(do); action != "" {
		return d.changeUser(c, a, action)
	}
	var view func(*ui.Ctx, security.Account) (ui.Node, error)
	switch in.View {
	case "":
		view = d.userProfile
	case viewGroups:
		view = d.userGroups
	case viewRights:
		view = d.userRights
	case viewSessions:
		view = d.userSessions
	case viewKeys:
		view = d.userKeys
	case viewPassword:
		view = d.userPassword
	case viewHistory:
		view = d.userHistory
	default:
		return nil, appos.Errorf(appos.NotFound, "there is no view %q of a user", in.View)
	}
	body, err := view(c, a)
	if body == nil || err != nil { // a form that was saved goes on elsewhere
		return nil, err
	}
	list := ui.Crumb{Label: titles.Users.In(c), URL: c.URL(Users{})}
	if a.Type == object.ServiceAccount {
		list = ui.Crumb{Label: titles.ServiceAccounts.In(c), URL: c.URL(ServiceAccounts{})}
	}
	c.Crumbs(list)
	at := func(label, view string) section {
		return section{label, User{Name: a.Name, View: view}, in.View == view}
	}
	views := []section{at("Profile", ""), at("Groups", viewGroups), at("Rights", viewRights)}
	if !a.Builtin {
		views = append(views, at("API keys", viewKeys))
	}
	if a.Type != object.ServiceAccount { // which has no sign-in
		views = append(views, at("Sessions", viewSessions))
		if !a.Builtin {
			views = append(views, at("Password", viewPassword))
		}
	}
	views = append(views, at("History", viewHistory))
	return ui.Screen(c, fullName(a),
		ui.Sub(accountLine(c, a)),
		ui.Actions(d.publicBadge(c, a.Name), activeBadge(a.Active), typeBadge(a.Type), userSwitch(c, a)),
		sections(c, views...), body), nil
}

// accountLine is an account in a line: name, address, age.
func accountLine(c *ui.Ctx, a security.Account) string {
	line := a.Name
	if a.Email != "" {
		line += " · " + a.Email
	}
	return line + " · since " + c.Date(a.CreatedAt)
}

// userSwitch activates or deactivates the account.
func userSwitch(c *ui.Ctx, a security.Account) ui.Node {
	switch {
	case a.Builtin:
		return nil
	case a.Active:
		return confirm(c, "Deactivate", "Deactivate "+fullName(a)+"?",
			"The account can no longer sign in, its sessions end and its API keys stop at once. Nothing is deleted; you can activate it, and its keys, again.",
			"Deactivate "+a.Name, do, "deactivate")
	}
	return ui.PostButton(c, c.Request().URL.RequestURI(), "Activate", ui.Outline, do, "activate")
}

// changeUser does what a button of the account's page asks for.
func (d Deps) changeUser(c *ui.Ctx, a security.Account, action string) (ui.Node, error) {
	group := c.Posting("group")
	switch action {
	case "activate":
		return change(c, platform.SetUserActive{User: a.Name, Active: true}, a.Name+" is active")
	case "deactivate":
		return change(c, platform.SetUserActive{User: a.Name}, a.Name+" is deactivated")
	case "join":
		return change(c, platform.AddUserToGroup{User: a.Name, Group: group}, a.Name+" is in "+group)
	case "leave":
		return change(c, platform.RemoveUserFromGroup{User: a.Name, Group: group}, a.Name+" is no longer in "+group)
	case "revoke":
		return revokeSession(c)
	case "revoke_key":
		return revokeKey(c)
	case "rotate_key":
		return d.rotateKey(c)
	case "revoke_all":
		return change(c, platform.RevokeUserSessions{User: a.Name}, "All sessions of "+a.Name+" are ended")
	}
	return nil, unknown(c)
}

// userProfile is the form of what an account says about its user.
func (d Deps) userProfile(c *ui.Ctx, a security.Account) (ui.Node, error) {
	if a.Builtin {
		return ui.Stack(ui.Alert(ui.Info, "This account is built in", builtinAccount(a.Name)), ui.Card("Account", ui.KV(
			ui.Pair{Label: "Name", Value: ui.Text(a.Name)},
			ui.Pair{Label: "Type", Value: ui.Text(typeName(a.Type))},
			ui.Pair{Label: "Groups", Value: ui.Text(some(a.Groups, 8))},
		))), nil
	}
	f := ui.NewForm(c, "user", map[string]string{
		"full_name": a.FullName, "email": a.Email, "language": a.Language, "time_zone": a.TimeZone, "type": string(a.Type),
	})
	checkProfile(f)
	if f.Submitted() && f.Valid() {
		_, err := appos.Call(c, platform.UpdateUser{
			User: a.Name, FullName: posted(f, "full_name"), Email: posted(f, "email"),
			Language: posted(f, "language"), TimeZone: posted(f, "time_zone"), Type: posted(f, "type"),
		})
		if err == nil {
			c.Toast(ui.OK, "Saved", "")
			return c.Redirect(User{Name: a.Name})
		}
		if !f.Fail(err) {
			return nil, err
		}
	}
	return f.Node(
		ui.Fields("Profile", "Who signs in as "+a.Name+".",
			f.Input("full_name", "Full name", ui.Field{MaxLen: 120, Autocomplete: "off"}),
			f.Input("email", "E-mail", ui.Field{Type: "email", MaxLen: 200, Autocomplete: "off"})),
		ui.Fields("Preferences", "What the user sees. Empty is the platform's.",
			f.Select("language", "Language", ui.Field{}, d.languageOptions(a.Language)...),
			timeZoneField(f)),
		ui.Fields("Type", "Administrators pass every check. Service accounts are for outside systems and have no screens.",
			f.Choice("type", "Type of account", accountTypes...)),
		ui.Footer(ui.Save(c, ""))), nil
}

func posted(f *ui.Form, key string) *string {
	value := f.Value(key)
	return &value
}

func builtinAccount(name string) string {
	if name == security.PublicUser {
		return "Whoever has not signed in is this account. What it may do, everybody may do."
	}
	return "The platform itself runs as this account. It cannot sign in and cannot be changed."
}

// userGroups lists all groups, with the membership of the account in each.
func (d Deps) userGroups(c *ui.Ctx, a security.Account) (ui.Node, error) {
	in := map[string]bool{}
	for _, name := range a.Groups {
		in[name] = true
	}
	all, err := d.groups(c, nil)
	if err != nil {
		return nil, err
	}
	membership := func(g *security.Group) string {
		if in[g.Name] {
			return "Member"
		}
		return "Not a member"
	}
	return ui.DataTable(c, ui.Table[security.Group]{
		ID: "groups", Name: "groups", Rows: all, Search: true,
		Filters: []ui.Filter{{Key: "membership", Title: "Membership", Options: []ui.Option{{Value: "Member", Label: "Member"}, {Value: "Not a member", Label: "Not a member"}}}},
		Key:     func(g *security.Group) string { return g.Name },
		Columns: []ui.Column[security.Group]{
			{Key: "name", Title: "Group", Main: true, Sort: true, Text: func(g *security.Group) string { return g.Name },
				Cell: func(g *security.Group) ui.Node {
					return anchor(c.URL(Group{Name: g.Name}), ui.Text(g.Name))
				}},
			{Key: "description", Title: "Description", Text: func(g *security.Group) string { return g.Description }},
			{Key: "membership", Title: "Membership", Sort: true, Text: membership, Cell: func(g *security.Group) ui.Node {
				switch {
				case !in[g.Name]:
					return muted("–")
				case !g.Active:
					return ui.Badge("Member, group inactive", ui.Warn)
				}
				return ui.Badge("Member", ui.OK)
			}},
			{Key: "change", Title: "", Number: true, Cell: func(g *security.Group) ui.Node {
				switch {
				case a.Builtin:
					return nil
				case g.Name == security.AdminGroup:
					return muted("by type")
				case in[g.Name]:
					return rowButton(c, "Remove", "Remove from "+g.Name, ui.Outline, do, "leave", "group", g.Name)
				}
				return rowButton(c, "Add", "Add to "+g.Name, ui.Outline, do, "join", "group", g.Name)
			}},
		},
	}), nil
}

// userPassword is the form of a new password.
func (d Deps) userPassword(c *ui.Ctx, a security.Account) (ui.Node, error) {
	if a.Builtin || a.Type == object.ServiceAccount {
		return nil, appos.Errorf(appos.NotFound, "the account %q has no password", a.Name)
	}
	f := ui.NewForm(c, "password", nil)
	password := c.Posting("password") // as it was typed, spaces and all
	f.Check("password", password != "", "Enter a password")
	f.Check("repeat", c.Posting("repeat") == password, "Type the same password again")
	if f.Submitted() && f.Valid() {
		_, err := appos.Call(c, platform.SetPassword{User: a.Name, Password: password})
		if err == nil {
			c.Toast(ui.OK, "Password set", "All sessions of "+a.Name+" are ended.")
			return c.Redirect(User{Name: a.Name})
		}
		if !f.Fail(err) {
			return nil, err
		}
	}
	state := "The account has no password yet and cannot sign in."
	if a.HasPassword {
		state = "The account has a password. Setting another ends its sessions."
	}
	return f.Node(
		ui.Fields("New password", state,
			f.Input("password", "Password", ui.Field{Type: "password", Required: true, Autocomplete: "new-password", MaxLen: 200}),
			f.Input("repeat", "Password again", ui.Field{Type: "password", Required: true, Autocomplete: "new-password", MaxLen: 200})),
		ui.Footer(ui.Save(c, "Set password"))), nil
}

// userSessions lists where the account is signed in.
func (d Deps) userSessions(c *ui.Ctx, a security.Account) (ui.Node, error) {
	var all ui.Node
	if a.Sessions > 0 {
		all = ui.Row(confirm(c, "End all sessions", "End all sessions of "+fullName(a)+"?",
			"The user has to sign in again, everywhere.", "End all sessions of "+a.Name, do, "revoke_all"))
	}
	return ui.Stack(all, d.sessionTable(c, a.ID)), nil
}

// userHistory lists what was changed about the account.
func (d Deps) userHistory(c *ui.Ctx, a security.Account) (ui.Node, error) {
	return d.auditTable(c, security.ChangeQuery{Subject: "user:" + a.Name}, false), nil
}

// A right is what an account may do with one object.
type right struct {
	object      *object.Object
	permissions object.Permission
}

// userRights lists what the account may do, object by object.
func (d Deps) userRights(c *ui.Ctx, a security.Account) (ui.Node, error) {
	if !a.Active {
		return ui.EmptyState("user-x", "No rights", "The account is not active, and so may do nothing."), nil
	}
	u, err := d.Security.UserByID(c, a.ID)
	if err != nil {
		return nil, err
	}
	var note ui.Node
	if u.Type == object.SystemAdmin {
		note = ui.Alert(ui.Info, "An administrator", "System administrators have every permission on every object. Each pass that no group would have given is logged.")
	}
	return ui.Stack(note, d.rightsTable(c, u)), nil
}

// rights are what a user may do, object by object.
func (d Deps) rights(u *object.User) (rights []right) {
	for _, o := range d.objects() {
		var has object.Permission
		for _, p := range o.Kind.Permissions().Split() {
			if d.Security.Permissions().Check(u, o, p) {
				has |= p
			}
		}
		if has != 0 {
			rights = append(rights, right{o, has})
		}
	}
	return rights
}

func (d Deps) rightsTable(c *ui.Ctx, u *object.User) ui.Node {
	return ui.DataTable(c, ui.Table[right]{
		ID: "rights", Name: "objects", Rows: d.rights(u), Search: true,
		Filters: []ui.Filter{{Key: "app", Title: "App", Options: d.appOptions()}, {Key: "kind", Title: "Kind", Options: d.kindOptions()}},
		Key:     func(r *right) string { return r.object.Ref },
		URL:     func(r *right) string { return c.URL(Permissions{Ref: r.object.Ref, View: viewWho, User: u.Name}) },
		Columns: []ui.Column[right]{
			{Key: "object", Title: "Object", Main: true, Sort: true, Text: func(r *right) string { return r.object.Ref }},
			{Key: "app", Title: "App", Sort: true, Text: func(r *right) string { return r.object.App.Name }},
			{Key: "kind", Title: "Kind", Sort: true, Text: func(r *right) string { return r.object.Kind.Title() }},
			{Key: "may", Title: "May", Cell: func(r *right) ui.Node { return permissionBadges(r.permissions) }},
		},
	})
}
