package admin

import (
	"strconv"
	"strings"

	"github.com/apposengine/appos"
	"github.com/apposengine/appos/internal/security"
	"github.com/apposengine/appos/ui"
)

// Users is /admin/users: every account.
type Users struct{ appos.Returns[ui.Node] }

func (k console) users(c *ui.Ctx, _ Users) (ui.Node, error) {
	d := k.deps()
	now := d.Now()
	return ui.Screen(c, titles.Users.In(c),
		ui.Sub("People and outside systems. Accounts are never deleted, only deactivated."),
		ui.Actions(ui.LinkButton(c.URL(NewUser{}), titles.NewUser.In(c), ui.Primary, ui.Icon("user-plus"))),
		ui.DataTable(c, ui.Table[security.Account]{
			ID: "users", Name: "users", Search: true,
			Source:  d.accounts(security.AccountQuery{}),
			Filters: []ui.Filter{{Key: "type", Title: "Type", Options: accountTypes}, stateFilters},
			Key:     func(a *security.Account) string { return a.Name },
			URL:     func(a *security.Account) string { return c.URL(User{Name: a.Name}) },
			Columns: []ui.Column[security.Account]{
				{Key: "name", Title: "Name", Main: true, Cell: func(a *security.Account) ui.Node { return person(a.Name, a.FullName) }},
				{Key: "type", Title: "Type", Cell: func(a *security.Account) ui.Node { return typeBadge(a.Type) }},
				{Key: "groups", Title: "Groups", Text: func(a *security.Account) string { return some(a.Groups, 3) }},
				{Key: "state", Title: "State", Cell: func(a *security.Account) ui.Node { return activeBadge(a.Active) }},
				{Key: "sessions", Title: "Sessions", Number: true, Text: func(a *security.Account) string { return c.Int(a.Sessions) }},
				{Key: "last", Title: "Last sign-in", Text: func(a *security.Account) string { return ago(c, now, a.LastSignInAt) }},
				{Key: "email", Title: "E-mail", Hidden: true, Text: func(a *security.Account) string { return a.Email }},
				{Key: "created", Title: "Created", Hidden: true, Text: func(a *security.Account) string { return c.Date(a.CreatedAt) }},
			},
		})), nil
}

// some lists the first names and counts the rest.
func some(names []string, most int) string {
	switch {
	case len(names) == 0:
		return "–"
	case len(names) > most:
		return strings.Join(names[:most], ", ") + " +" + strconv.Itoa(len(names)-most)
	}
	return strings.Join(names, ", ")
}
