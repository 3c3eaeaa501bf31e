package admin

import (
	"errors"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"

	"github.com/apposengine/appos"
	"github.com/apposengine/appos/internal/object"
	"github.com/apposengine/appos/internal/security"
	"github.com/apposengine/appos/platform"
	"github.com/apposengine/appos/ui"
)

// A grantLine is a group in the form of permissions: what it has now, and why.
type grantLine struct {
	group string
	grant security.GroupGrant
	says  bool // something is said about the group; grant holds it
}

// grantForm is the table of groups and permissions of a ref, as a form.
func (d Deps) grantForm(c *ui.Ctx, ref string, o *object.Object, grants []security.GroupGrant) (ui.Node, error) {
	if c.Posting(do) == "restore" {
		return changeThen(c, platform.RestoreDeclared{Ref: ref}, "Restored", c.URL(Permissions{Ref: ref}))
	}
	byAdmin, err := d.Security.Permissions().Overridden(c, ref)
	if err != nil {
		return nil, err
	}
	active := true
	groups, err := d.groups(c, &active)
	if err != nil {
		return nil, err
	}
	columns := applicable(ref, o).Split()
	lines := grantLines(groups, grants)
	defaults := map[string]string{}
	for _, l := range lines {
		for _, p := range columns {
			defaults[box(l.group, p)] = ""
			if l.grant.Permissions&p != 0 {
				defaults[box(l.group, p)] = "on"
			}
		}
	}
	f := ui.NewForm(c, "permissions", defaults)
	if f.Submitted() {
		_, err := appos.Call(c, platform.SetPermissions{Ref: ref, Grants: wanted(f, ref, columns, lines, grants)})
		if err == nil {
			c.Toast(ui.OK, "Permissions saved", "They count from the next request on.")
			return c.Redirect(Permissions{Ref: ref})
		}
		if errors.Is(err, appos.NotFound) { // a group went away while the form was open
			f.Fault(reason(err))
		} else if !f.Fail(err) {
			return nil, err
		}
	}
	// It stands above the form: one form cannot hold another.
	var state ui.Node
	switch {
	case o == nil && len(grants) > 0:
		state = ui.Alert(ui.Info, "Set by an administrator", "It counts for every group that nothing more specific is said about.",
			confirm(c, "Remove wildcard", "Remove the permissions of "+ref+"?", "What it covers is then decided by other wildcards and by what is declared.", "Remove", do, "restore"))
	case byAdmin:
		state = ui.Alert(ui.Info, "Changed by an administrator", "What the code declares does not count here until you restore it.",
			confirm(c, "Restore declared", "Restore what is declared?", "The changes that administrators made to "+ref+" are undone.", "Restore", do, "restore"))
	}
	return ui.Stack(state, f.Node(
		ui.FlushCard("", grantSheet(f, ref, columns, lines)),
		ui.Footer(ui.Save(c, "Save")))), nil
}

// grantLines are the groups to offer: all that are active.
func grantLines(groups []security.Group, grants []security.GroupGrant) []grantLine {
	said := map[string]security.GroupGrant{}
	for _, x := range grants {
		said[x.Group] = x
	}
	lines := make([]grantLine, len(groups))
	for i, group := range groups {
		grant, ok := said[group.Name]
		lines[i] = grantLine{group.Name, grant, ok}
	}
	return lines
}

// box names the checkbox of a permission of a group.
func box(group string, p object.Permission) string { return group + ":" + p.String() }

// wanted are the grants to set. A group keeps being decided by a wildcard, or by
// nothing, as long as its line is as it was; groups that the form does not show
// keep their rows.
func wanted(f *ui.Form, ref string, columns []object.Permission, lines []grantLine, grants []security.GroupGrant) map[string][]string {
	set := map[string][]string{}
	for _, x := range grants {
		if x.Ref == ref {
			set[x.Group] = names(x.Permissions)
		}
	}
	for _, l := range lines {
		var ticked object.Permission
		for _, p := range columns {
			if f.On(box(l.group, p)) {
				ticked |= p
			}
		}
		if own := l.says && l.grant.Ref == ref; own || ticked != l.grant.Permissions {
			set[l.group] = names(ticked)
		}
	}
	return set
}

func names(p object.Permission) []string {
	all := []string{}
	for _, one := range p.Split() {
		all = append(all, one.String())
	}
	return all
}

// grantSheet is the table of checkboxes.
func grantSheet(f *ui.Form, ref string, columns []object.Permission, lines []grantLine) ui.Node {
	s := sheet{label: "Permissions by group", columns: []string{"Group"}}
	for _, p := range columns {
		s.columns = append(s.columns, object.Humanize(p.String()))
	}
	s.columns = append(s.columns, "Comes from")
	for _, l := range lines {
		row := []ui.Node{ui.Text(l.group)}
		for _, p := range columns {
			name := box(l.group, p)
			row = append(row, h.Input(h.Type("checkbox"), h.ID("p-"+name), h.Name(name), h.Value("on"), h.Aria("label", l.group+": "+p.String()), g.If(f.On(name), h.Checked())))
		}
		var from ui.Node = muted("–")
		if l.says {
			from = sourceBadge(l.grant, ref)
		}
		s.rows = append(s.rows, append(row, from))
	}
	return s.node()
}
