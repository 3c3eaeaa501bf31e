package security

import (
	"context"
	"slices"
	"strings"

	"github.com/apposengine/appos/internal/object"
)

const none = "none"

func permissionName(p object.Permission) string {
	if p == 0 {
		return none
	}
	return p.String()
}

// rows reads the rows of a ref, or all of them for "".
func (p *Permissions) rows(ctx context.Context, ref string) ([]row, error) {
	sql, args := `SELECT group_name, object_ref, permission, source FROM appos_object_permission`, []any{}
	if ref != "" {
		sql, args = sql+` WHERE object_ref = ?`, append(args, ref)
	}
	rows, err := p.db.Query(ctx, sql, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var all []row
	for rows.Next() {
		var r row
		var name string
		if err := rows.Scan(&r.Group, &r.Ref, &name, (*string)(&r.Source)); err != nil {
			return nil, err
		}
		r.Permission, _ = object.ParsePermission(name)
		all = append(all, r)
	}
	slices.SortFunc(all, byKey)
	return all, rows.Err()
}

// insert adds rows, many to a statement.
func (p *Permissions) insert(ctx context.Context, rows []row) error {
	for chunk := range slices.Chunk(rows, 200) {
		args := make([]any, 0, 4*len(chunk))
		for _, r := range chunk {
			args = append(args, r.Group, r.Ref, permissionName(r.Permission), string(r.Source))
		}
		sql := `INSERT INTO appos_object_permission (group_name, object_ref, permission, source) VALUES (?, ?, ?, ?)` +
			strings.Repeat(`, (?, ?, ?, ?)`, len(chunk)-1)
		if _, err := p.db.Exec(ctx, sql, args...); err != nil {
			return err
		}
	}
	return nil
}

// SetPermissions makes the grants the ones of exactly this ref, in the place of
// those declared, until RestoreDeclared. A group that is given nothing, and a
// group that the code grants something and that is not mentioned, has nothing,
// whatever a wildcard says. Setting no grants on a wildcard removes its rows.
//
// The errors are Invalid for what is no reference or a permission that means
// nothing for the kind, and NotFound for an object or a group that does not exist.
func (p *Permissions) SetPermissions(ctx context.Context, actor *object.User, ref string, grants map[string]object.Permission) error {
	if err := p.checkGrants(ref, grants); err != nil {
		return err
	}
	return p.change(ctx, func(ctx context.Context) error {
		before, err := p.rows(ctx, ref)
		if err != nil {
			return err
		}
		wanted := make([]object.Grant, 0, len(grants))
		for group, permissions := range grants {
			if err := p.checkGroup(ctx, group); err != nil {
				return err
			}
			wanted = append(wanted, object.Grant{Group: group, Permissions: permissions})
		}
		lost := func(group string) {
			if _, ok := grants[group]; !ok {
				wanted = append(wanted, object.Grant{Group: group})
			}
		}
		for _, r := range before {
			if r.Source == Declared {
				lost(r.Group)
			}
		}
		for _, g := range p.declaredOn(ref) {
			lost(g.Group)
		}
		return p.replace(ctx, actor, "permissions.set", ref, before, rowsOf(ref, wanted, ByAdmin))
	})
}

// RestoreDeclared makes the permissions of an object what the code says again. On
// a wildcard it removes the rows.
func (p *Permissions) RestoreDeclared(ctx context.Context, actor *object.User, ref string) error {
	if err := checkRef(p.reg, ref); err != nil {
		return err
	}
	return p.change(ctx, func(ctx context.Context) error {
		before, err := p.rows(ctx, ref)
		if err != nil {
			return err
		}
		return p.replace(ctx, actor, "permissions.restore", ref, before, rowsOf(ref, p.declaredOn(ref), Declared))
	})
}

func (p *Permissions) replace(ctx context.Context, actor *object.User, action, ref string, before, after []row) error {
	if _, err := p.db.Exec(ctx, `DELETE FROM appos_object_permission WHERE object_ref = ?`, ref); err != nil {
		return err
	}
	if err := p.insert(ctx, after); err != nil {
		return err
	}
	return p.audit(ctx, actor, action, ref, readable(before), readable(after))
}

func (p *Permissions) declaredOn(ref string) []object.Grant {
	if all := p.declared.Load(); all != nil {
		return (*all)[ref]
	}
	return declarations(p.reg, nil)[ref]
}

func (p *Permissions) checkGrants(ref string, grants map[string]object.Permission) error {
	if err := checkRef(p.reg, ref); err != nil {
		return err
	}
	for group, permissions := range grants {
		if extra := permissions &^ object.AllPermissions; extra != 0 {
			return object.Errorf(object.Invalid, "group %q: there are only six permissions", group)
		}
		if o := p.reg.ByRef(ref); o != nil {
			if extra := permissions &^ o.Kind.Permissions(); extra != 0 {
				return object.Errorf(object.Invalid, "%s: permission %q means nothing for a %s; it has %s", ref, extra, o.Kind, o.Kind.Permissions())
			}
		}
	}
	return nil
}

func (p *Permissions) checkGroup(ctx context.Context, group string) error {
	var n int64
	if err := p.db.QueryRow(ctx, []any{&n}, `SELECT COUNT(*) FROM appos_user_group WHERE name = ?`, group); err != nil {
		return err
	}
	if n == 0 {
		return object.Errorf(object.NotFound, "no group is called %q", group)
	}
	return nil
}

// readable is rows for the audit: group to permissions.
func readable(rows []row) map[string]string {
	if len(rows) == 0 {
		return nil
	}
	masks := map[string]object.Permission{}
	for _, r := range rows {
		masks[r.Group] |= r.Permission
	}
	out := map[string]string{}
	for group, mask := range masks {
		out[group] = permissionName(mask)
	}
	return out
}
