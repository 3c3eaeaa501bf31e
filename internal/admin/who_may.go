package admin

import (
	"errors"

	h "maragu.dev/gomponents/html"

	"github.com/apposengine/appos"
	"github.com/apposengine/appos/internal/object"
	"github.com/apposengine/appos/internal/security"
	"github.com/apposengine/appos/ui"
)

// whoMay lists users with what each may do with an object, and explains it for
// the one that is picked.
func (d Deps) whoMay(c *ui.Ctx, o *object.Object, user string) (ui.Node, error) {
	var why ui.Node
	if user != "" {
		var err error
		if why, err = d.explanation(c, o, user); err != nil {
			return nil, err
		}
	}
	columns := []ui.Column[security.Account]{
		{Key: "name", Title: "User", Main: true, Cell: func(a *security.Account) ui.Node { return person(a.Name, a.FullName) }},
		{Key: "groups", Title: "Groups", Hidden: true, Text: func(a *security.Account) string { return some(a.Groups, 3) }},
	}
	for _, p := range o.Kind.Permissions().Split() {
		columns = append(columns, ui.Column[security.Account]{
			Key: p.String(), Title: object.Humanize(p.String()),
			Cell: func(a *security.Account) ui.Node { return yes(d.may(c, a, o, p)) },
		})
	}
	return ui.Stack(why, ui.DataTable(c, ui.Table[security.Account]{
		ID: "who", Name: "users", Search: true, Columns: columns,
		Source:  d.accounts(security.AccountQuery{}),
		Filters: []ui.Filter{{Key: "type", Title: "Type", Options: accountTypes}, stateFilters},
		Key:     func(a *security.Account) string { return a.Name },
		URL: func(a *security.Account) string {
			return c.URL(Permissions{Ref: o.Ref, View: viewWho, User: a.Name})
		},
	})), nil
}

// may says what the check itself says; who is not active may nothing.
func (d Deps) may(c *ui.Ctx, a *security.Account, o *object.Object, p object.Permission) bool {
	if !a.Active {
		return false
	}
	u, err := d.Security.UserByID(c, a.ID)
	return err == nil && d.Security.Permissions().Check(u, o, p)
}

// explanation says for every permission whether the user has it, and why.
func (d Deps) explanation(c *ui.Ctx, o *object.Object, name string) (ui.Node, error) {
	u, err := d.Security.UserNamed(c, name)
	if errors.Is(err, appos.Denied) {
		return ui.Alert(ui.Warn, name+" may do nothing", "The account is not active."), nil
	}
	if err != nil {
		return nil, err
	}
	var pairs []ui.Pair
	for _, p := range o.Kind.Permissions().Split() {
		x, err := d.Security.Permissions().Explain(c, u, o, p)
		if err != nil {
			return nil, err
		}
		answer := ui.Badge("No", ui.Muted)
		if x.Allowed {
			answer = ui.Badge("Yes", ui.OK)
		}
		pairs = append(pairs, ui.Pair{Label: object.Humanize(p.String()), Value: h.Span(answer, ui.Text(" "+x.Text))})
	}
	return ui.Card("What "+u.DisplayName()+" may do, and why",
		ui.Beside(anchor(c.URL(User{Name: u.Name, View: viewRights}), ui.Text("All rights of "+u.Name))),
		h.Div(h.Class("kv-wide"), ui.KV(pairs...))), nil
}
