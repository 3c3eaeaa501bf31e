package security

import (
	"context"
	"time"

	"github.com/apposengine/appos/internal/object"
)

// Group is a set of users that permissions are given to.
type Group struct {
	Name        string
	Description string
	Active      bool // an inactive group gives its members nothing
	Builtin     bool
	Members     int
	CreatedAt   time.Time
	UpdatedAt   time.Time
}

// GroupQuery selects groups.
type GroupQuery struct {
	Search string // in name and description; "" is all
	Active *bool  // nil is all
	After  string // a name: only later ones
	Limit  int    // 0 is 50, at most 500
	Count  bool   // fill GroupPage.Total
}

// GroupPage is a part of a list of groups.
type GroupPage struct {
	Items []Group
	Next  string // GroupQuery.After of the next page; "" is the end
	Total int    // without After and Limit, where asked for
}

// Groups lists groups by name.
func (s *Service) Groups(ctx context.Context, q GroupQuery) (GroupPage, error) {
	var w where
	if q.Search != "" {
		like := s.db.Dialect().Like()
		p := containing(q.Search)
		w.and(`(g.name `+like+` ? ESCAPE '\' OR g.description `+like+` ? ESCAPE '\')`, p, p)
	}
	if q.Active != nil {
		w.and(`g.active = ?`, *q.Active)
	}
	var page GroupPage
	if q.Count {
		if err := s.db.QueryRow(ctx, []any{&page.Total}, `SELECT COUNT(*) FROM appos_user_group g`+w.sql(), w.args...); err != nil {
			return page, err
		}
	}
	if q.After != "" {
		w.and(`g.name > ?`, q.After)
	}
	var err error
	n := limit(q.Limit)
	if page.Items, err = s.groups(ctx, w, n+1); err != nil {
		return page, err
	}
	if len(page.Items) > n {
		page.Items = page.Items[:n]
		page.Next = page.Items[n-1].Name
	}
	return page, nil
}

// Group returns the group; NotFound when there is none.
func (s *Service) Group(ctx context.Context, name string) (Group, error) {
	var w where
	w.and(`g.name = ?`, fold(name))
	found, err := s.groups(ctx, w, 1)
	if err != nil {
		return Group{}, err
	}
	if len(found) == 0 {
		return Group{}, object.Errorf(object.NotFound, "no group is called %q", name)
	}
	return found[0], nil
}

func (s *Service) groups(ctx context.Context, w where, n int) ([]Group, error) {
	rows, err := s.db.Query(ctx, `SELECT g.name, g.description, g.active, g.builtin, g.created_at, g.updated_at,
		(SELECT COUNT(*) FROM appos_membership m WHERE m.group_name = g.name)
		FROM appos_user_group g`+w.sql()+` ORDER BY g.name LIMIT ?`, append(w.args, n)...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var all []Group
	for rows.Next() {
		var g Group
		if err := rows.Scan(&g.Name, &g.Description, &g.Active, &g.Builtin, &g.CreatedAt, &g.UpdatedAt, &g.Members); err != nil {
			return nil, err
		}
		all = append(all, g)
	}
	return all, rows.Err()
}

// CreateGroup adds an active group. It is a Conflict when the name is taken.
func (s *Service) CreateGroup(ctx context.Context, actor *object.User, name, description string) error {
	name = fold(name)
	if err := faults(checkName(name), checkText("description", description, 500)); err != nil {
		return err
	}
	return s.perms.change(ctx, func(ctx context.Context) error {
		created, err := s.insertGroup(ctx, actor, name, description, false)
		if err == nil && !created {
			err = object.Errorf(object.Conflict, "a group is already called %q", name)
		}
		return err
	})
}

func (s *Service) insertGroup(ctx context.Context, actor *object.User, name, description string, builtin bool) (created bool, err error) {
	now := s.o.Now()
	n, err := s.db.Exec(ctx, `INSERT INTO appos_user_group (name, description, active, builtin, created_at, updated_at)
		VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`, name, description, true, builtin, now, now)
	if err != nil || n == 0 {
		return false, err
	}
	return true, s.perms.audit(ctx, actor, "group.create", "group:"+name, nil, map[string]any{"description": description})
}

// EnsureGroups creates the groups that do not exist, such as those that
// manifests and declarations name. It runs at every start.
func (s *Service) EnsureGroups(ctx context.Context, groups map[string]string) error {
	missing := map[string]string{}
	for name, description := range groups {
		if err := checkName(name); err != nil {
			return object.Errorf(object.Invalid, "group %q: %w", name, err)
		}
		var n int
		if err := s.db.QueryRow(ctx, []any{&n}, `SELECT COUNT(*) FROM appos_user_group WHERE name = ?`, name); err != nil {
			return err
		}
		if n == 0 {
			missing[name] = description
		}
	}
	if len(missing) == 0 {
		return nil
	}
	return s.perms.change(ctx, func(ctx context.Context) error {
		for name, description := range missing {
			if _, err := s.insertGroup(ctx, nil, name, description, false); err != nil {
				return err
			}
		}
		return nil
	})
}

// DescribeGroup changes the description of a group.
func (s *Service) DescribeGroup(ctx context.Context, actor *object.User, name, description string) error {
	if err := checkText("description", description, 500); err != nil {
		return err
	}
	return s.perms.change(ctx, func(ctx context.Context) error {
		g, err := s.Group(ctx, name)
		if err != nil {
			return err
		}
		if _, err := s.db.Exec(ctx, `UPDATE appos_user_group SET description = ?, updated_at = ? WHERE name = ?`, description, s.o.Now(), g.Name); err != nil {
			return err
		}
		return s.perms.audit(ctx, actor, "group.update", "group:"+g.Name,
			map[string]any{"description": g.Description}, map[string]any{"description": description})
	})
}

// SetGroupActive activates or deactivates a group. Its members and rows stay.
func (s *Service) SetGroupActive(ctx context.Context, actor *object.User, name string, active bool) error {
	return s.perms.change(ctx, func(ctx context.Context) error {
		g, err := s.Group(ctx, name)
		if err != nil || g.Active == active {
			return err
		}
		if g.Builtin {
			return object.Errorf(object.Conflict, "the group %q is built in and cannot be deactivated", g.Name)
		}
		if _, err := s.db.Exec(ctx, `UPDATE appos_user_group SET active = ?, updated_at = ? WHERE name = ?`, active, s.o.Now(), g.Name); err != nil {
			return err
		}
		action := "group.activate"
		if !active {
			action = "group.deactivate"
		}
		return s.perms.audit(ctx, actor, action, "group:"+g.Name, map[string]any{"active": g.Active}, map[string]any{"active": active})
	})
}

// AddMember adds a user to a group; being in it already is no error.
func (s *Service) AddMember(ctx context.Context, actor *object.User, id int64, group string) error {
	return s.member(ctx, actor, id, group, true)
}

// RemoveMember takes a user out of a group; not being in it is no error.
func (s *Service) RemoveMember(ctx context.Context, actor *object.User, id int64, group string) error {
	return s.member(ctx, actor, id, group, false)
}

func (s *Service) member(ctx context.Context, actor *object.User, id int64, group string, in bool) error {
	group = fold(group)
	if group == AdminGroup {
		return errAdminGroup()
	}
	return s.perms.change(ctx, func(ctx context.Context) error {
		if err := s.perms.checkGroup(ctx, group); err != nil {
			return err
		}
		a, err := s.changeable(ctx, actor, id)
		if err != nil {
			return err
		}
		var n int
		if err := s.db.QueryRow(ctx, []any{&n}, `SELECT COUNT(*) FROM appos_membership WHERE user_id = ? AND group_name = ?`, id, group); err != nil {
			return err
		}
		if (n > 0) == in {
			return nil
		}
		action, do := "group.add_member", s.join
		if !in {
			action, do = "group.remove_member", s.leave
		}
		if err := do(ctx, id, group); err != nil {
			return err
		}
		return s.perms.audit(ctx, actor, action, "group:"+group, nil, map[string]any{"user": a.Name})
	})
}

func (s *Service) join(ctx context.Context, id int64, group string) error {
	_, err := s.db.Exec(ctx, `INSERT INTO appos_membership (user_id, group_name, created_at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING`, id, group, s.o.Now())
	return err
}

func (s *Service) leave(ctx context.Context, id int64, group string) error {
	_, err := s.db.Exec(ctx, `DELETE FROM appos_membership WHERE user_id = ? AND group_name = ?`, id, group)
	return err
}

// mirrorAdmin keeps the group system_admin equal to the users of that type, so
// that there is one answer to who is an administrator.
func (s *Service) mirrorAdmin(ctx context.Context, id int64, t object.UserType) error {
	if t == object.SystemAdmin {
		return s.join(ctx, id, AdminGroup)
	}
	return s.leave(ctx, id, AdminGroup)
}

func errAdminGroup() error {
	return object.Errorf(object.Conflict, "the members of system_admin are the users of that type; change the user's type instead")
}
