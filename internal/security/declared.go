package security

import (
	"cmp"
	"context"
	"slices"

	"github.com/apposengine/appos/internal/object"
)

// Source says who gave a permission.
type Source string

const (
	// Declared permissions come from the code and app.yaml.
	Declared Source = "declared"
	// ByAdmin permissions were set by an administrator, and stay when the code changes.
	ByAdmin Source = "admin"
)

// Defaults are the groups that an app's app.yaml names in security.defaults.
type Defaults struct {
	Logic []string // for objects of object.TierLogic
	UI    []string // for objects of object.TierUI
}

// declarations are the grants of every object, by reference: its own, or those
// of the app's defaults where it names none and its kind inherits.
func declarations(reg *object.Registry, defaults map[string]Defaults) map[string][]object.Grant {
	all := make(map[string][]object.Grant, len(reg.Objects))
	for _, o := range reg.Objects {
		if o.Declared {
			all[o.Ref] = o.Grants
			continue
		}
		groups := defaults[o.App.Name].Logic
		switch o.Kind.Tier() {
		case object.TierExplicit:
			continue
		case object.TierUI:
			groups = defaults[o.App.Name].UI
		}
		for _, g := range groups {
			all[o.Ref] = append(all[o.Ref], object.Grant{Group: g, Permissions: o.Kind.Inherits()})
		}
	}
	return all
}

// rowsOf are the rows that grants on a ref amount to; no permission at all is
// the row none.
func rowsOf(ref string, grants []object.Grant, source Source) []row {
	masks := map[string]object.Permission{}
	for _, g := range grants {
		masks[g.Group] |= g.Permissions & object.AllPermissions
	}
	var rows []row
	for group, mask := range masks {
		if mask == 0 {
			rows = append(rows, row{group, ref, 0, source})
		}
		for _, p := range mask.Split() {
			rows = append(rows, row{group, ref, p, source})
		}
	}
	slices.SortFunc(rows, byKey)
	return rows
}

func byKey(a, b row) int {
	return cmp.Or(cmp.Compare(a.Ref, b.Ref), cmp.Compare(a.Group, b.Group), cmp.Compare(a.Permission, b.Permission))
}

// Sync makes the declared rows of the table equal to what the registry declares,
// and says whether anything had to be written. Refs that an administrator has
// changed stay as they are, also when their object has another name now. It runs
// at every start.
func (p *Permissions) Sync(ctx context.Context, defaults map[string]Defaults) (changed bool, err error) {
	declared := declarations(p.reg, defaults)
	p.declared.Store(&declared)
	have, err := p.rows(ctx, "")
	if err != nil {
		return false, err
	}
	if p.plan(have, declared).empty() {
		return false, nil
	}
	err = p.change(ctx, func(ctx context.Context) error {
		have, err := p.rows(ctx, "") // again, now that nobody else changes them
		if err != nil {
			return err
		}
		plan := p.plan(have, declared)
		changed = !plan.empty()
		for _, r := range plan.remove {
			if _, err := p.db.Exec(ctx, `DELETE FROM appos_object_permission WHERE object_ref = ? AND group_name = ? AND permission = ?`,
				r.Ref, r.Group, permissionName(r.Permission)); err != nil {
				return err
			}
		}
		for old, ref := range plan.renamed {
			if _, err := p.db.Exec(ctx, `UPDATE appos_object_permission SET object_ref = ? WHERE object_ref = ?`, ref, old); err != nil {
				return err
			}
		}
		if err := p.insert(ctx, plan.add); err != nil {
			return err
		}
		return p.audit(ctx, nil, "permissions.sync", "*", nil, map[string]any{
			"added": len(plan.add), "removed": len(plan.remove), "renamed": plan.renamed})
	})
	return changed, err
}

// syncPlan is what Sync writes.
type syncPlan struct {
	renamed     map[string]string // refs with an administrator's rows, whose objects have new names
	remove, add []row
}

func (s syncPlan) empty() bool { return len(s.renamed)+len(s.remove)+len(s.add) == 0 }

func (p *Permissions) plan(have []row, declared map[string][]object.Grant) syncPlan {
	plan := syncPlan{renamed: map[string]string{}}
	byAdmin := map[string]bool{}
	for _, r := range have {
		if r.Source == ByAdmin {
			byAdmin[r.Ref] = true
		}
	}
	for ref := range byAdmin {
		if o := p.reg.ByRef(ref); o != nil && o.Ref != ref && !byAdmin[o.Ref] {
			plan.renamed[ref] = o.Ref
		}
	}
	for _, ref := range plan.renamed {
		byAdmin[ref] = true
	}
	stored := map[row]bool{}
	for _, r := range have {
		if r.Source == Declared {
			stored[r] = true
		}
	}
	wanted := map[row]bool{}
	for ref, grants := range declared {
		if byAdmin[ref] {
			continue
		}
		for _, r := range rowsOf(ref, grants, Declared) {
			wanted[r] = true
			if !stored[r] {
				plan.add = append(plan.add, r)
			}
		}
	}
	for r := range stored {
		if !wanted[r] {
			plan.remove = append(plan.remove, r)
		}
	}
	slices.SortFunc(plan.add, byKey)
	slices.SortFunc(plan.remove, byKey)
	return plan
}
