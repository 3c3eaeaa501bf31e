package admin

import (
	"context"

	"github.com/apposengine/appos/internal/object"
	"github.com/apposengine/appos/internal/security"
	"github.com/apposengine/appos/ui"
)

// fullName is the name of an account for people.
func fullName(a security.Account) string {
	if a.FullName != "" {
		return a.FullName
	}
	return a.Name
}

// accounts is the source of tables of accounts. Filters that the table has are
// "type" and "state"; always narrows the list further.
func (d Deps) accounts(always security.AccountQuery) ui.Source[security.Account] {
	return func(c *ui.Ctx, s ui.State) (ui.Slice[security.Account], error) {
		t := trailOf(s)
		q := always
		q.Search, q.After, q.Limit, q.Count = s.Search, t.cursor(), s.Size, true
		if v := s.Filters["type"]; v != "" {
			q.Type = object.UserType(v)
		}
		q.Active = stateFilter(s)
		page, err := d.Security.Accounts(c, q)
		return slice(t, page.Items, page.Next, page.Total), err
	}
}

// stateFilters narrows a list to what is active or not.
var stateFilters = ui.Filter{Key: "state", Title: "State", Options: []ui.Option{{Value: "active", Label: "Active"}, {Value: "inactive", Label: "Inactive"}}}

func stateFilter(s ui.State) *bool {
	active := s.Filters["state"] == "active"
	if !active && s.Filters["state"] != "inactive" {
		return nil
	}
	return &active
}

// groups reads all groups, for forms that offer each of them.
func (d Deps) groups(ctx context.Context, active *bool) ([]security.Group, error) {
	var all []security.Group
	q := security.GroupQuery{Active: active, Limit: 500}
	for {
		page, err := d.Security.Groups(ctx, q)
		if err != nil {
			return nil, err
		}
		all = append(all, page.Items...)
		if q.After = page.Next; q.After == "" {
			return all, nil
		}
	}
}

// person is the cell of an account in a list.
func person(name, full string) ui.Node {
	if full == "" {
		full = name
	}
	below := name
	if full == name {
		below = ""
	}
	return ui.Person(full, below)
}
