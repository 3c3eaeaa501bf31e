package security

import (
	"context"
	"slices"
	"strings"

	"github.com/apposengine/appos/internal/object"
)

// GroupGrant is what a group has on an object or ref, and why.
type GroupGrant struct {
	Group string
	// Permissions as they count: those that mean something for the object's kind,
	// all of them where admin is granted. For a wildcard, as they are stored.
	Permissions object.Permission
	Ref         string // whose rows decide: the object's own, or a wildcard's
	Source      Source
}

// GrantsOf lists what every group with a say has on the object or on exactly the
// wildcard, by group. A group whose Permissions are 0 is refused.
func (p *Permissions) GrantsOf(ctx context.Context, ref string) ([]GroupGrant, error) {
	if err := checkRef(p.reg, ref); err != nil {
		return nil, err
	}
	all, err := p.rows(ctx, "")
	if err != nil {
		return nil, err
	}
	return decide(all, ref, p.reg.ByRef(ref)), nil
}

// Overridden says whether an administrator's rows stand on exactly this ref.
func (p *Permissions) Overridden(ctx context.Context, ref string) (bool, error) {
	rows, err := p.rows(ctx, ref)
	return slices.ContainsFunc(rows, func(r row) bool { return r.Source == ByAdmin }), err
}

// Wildcards lists the wildcards that have rows.
func (p *Permissions) Wildcards(ctx context.Context) ([]string, error) {
	all, err := p.rows(ctx, "")
	var refs []string
	for _, r := range all {
		if _, ok := wildcard(r.Ref); ok {
			refs = append(refs, r.Ref)
		}
	}
	return slices.Compact(refs), err // rows are sorted by ref
}

// decide finds the deciding rows of every group, the plain way: it is for people
// who look, where compile is for checks.
func decide(all []row, ref string, o *object.Object) []GroupGrant {
	best := map[string]GroupGrant{}
	for _, r := range all {
		if r.Ref != ref && (o == nil || !covers(r.Ref, ref)) {
			continue
		}
		g, ok := best[r.Group]
		switch {
		case !ok || moreSpecific(r.Ref, g.Ref):
			best[r.Group] = GroupGrant{r.Group, r.Permission, r.Ref, r.Source}
		case r.Ref == g.Ref:
			g.Permissions |= r.Permission
			best[r.Group] = g
		}
	}
	grants := make([]GroupGrant, 0, len(best))
	for _, g := range best {
		if o != nil {
			if g.Permissions&object.Admin != 0 {
				g.Permissions = object.AllPermissions
			}
			g.Permissions &= o.Kind.Permissions()
		}
		grants = append(grants, g)
	}
	slices.SortFunc(grants, func(a, b GroupGrant) int { return strings.Compare(a.Group, b.Group) })
	return grants
}

// moreSpecific compares two refs that cover the same object.
func moreSpecific(a, b string) bool {
	pa, wa := wildcard(a)
	pb, wb := wildcard(b)
	if wa != wb {
		return wb
	}
	return len(pa) > len(pb)
}

// Explanation says why a user may or may not do something.
type Explanation struct {
	Allowed bool
	// Admin says that the user passes as system administrator; the groups are
	// listed all the same.
	Admin  bool
	Groups []GroupGrant // of the user's groups, those with a say
	Text   string       // for people
}

// Explain says whether the user has the permission on the object now, which
// groups decide it and by which rows.
func (p *Permissions) Explain(ctx context.Context, u *object.User, o *object.Object, permission object.Permission) (Explanation, error) {
	now, _, err := p.at(ctx, u.ID, u.Epoch)
	if err != nil {
		if object.AsError(err).Code == object.Denied {
			return Explanation{Text: u.Name + " is not active, and so has no permissions"}, nil
		}
		return Explanation{}, err
	}
	now = narrowed(now, u.Scope)
	all, err := p.rows(ctx, "")
	if err != nil {
		return Explanation{}, err
	}
	x := Explanation{Admin: now.Type == object.SystemAdmin}
	var mask object.Permission
	var from []string
	for _, g := range decide(all, o.Ref, o) {
		if !now.Member(g.Group) {
			continue
		}
		x.Groups = append(x.Groups, g)
		mask |= g.Permissions
		if g.Permissions&permission != 0 {
			from = append(from, "group "+g.Group+" by "+string(g.Source)+" rows on "+g.Ref)
		}
	}
	byGroup := permission != 0 && mask&permission == permission
	x.Allowed = x.Admin || byGroup
	what := permission.String() + " on " + o.Ref
	switch {
	case byGroup:
		x.Text = u.Name + " has " + what + " through " + strings.Join(from, " and ")
	case x.Admin:
		x.Text = u.Name + " has " + what + " as a system administrator; no group grants it"
	case permission&^o.Kind.Permissions() != 0:
		x.Text = what + " means nothing: a " + o.Kind.String() + " has " + o.Kind.Permissions().String()
	case len(x.Groups) == 0:
		x.Text = u.Name + " has no " + what + ": none of the groups " + list(now.Groups) + " has rows that cover it"
	default:
		x.Text = u.Name + " has no " + what + ": " + refusals(x.Groups)
	}
	return x, nil
}

func refusals(groups []GroupGrant) string {
	said := make([]string, len(groups))
	for i, g := range groups {
		said[i] = "group " + g.Group + " has " + permissionName(g.Permissions) + " by " + string(g.Source) + " rows on " + g.Ref
	}
	return strings.Join(said, ", ")
}

func list(names []string) string {
	if len(names) == 0 {
		return "(no groups)"
	}
	return strings.Join(names, ", ")
}
