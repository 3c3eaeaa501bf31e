package admin

import (
	"strings"

	h "maragu.dev/gomponents/html"

	"github.com/apposengine/appos"
	"github.com/apposengine/appos/internal/object"
	"github.com/apposengine/appos/internal/security"
	"github.com/apposengine/appos/ui"
)

// Permissions is /admin/permissions: what administrators changed and, with a
// reference, the permissions of one object or wildcard.
type Permissions struct {
	appos.Returns[ui.Node]

	Ref  string
	View string // "" is the table of groups
	User string // in the view of users: whose permissions to explain
}

// viewWho is the view of who can do what, and why.
const viewWho = "who"

func (k console) permissions(c *ui.Ctx, in Permissions) (ui.Node, error) {
	d := k.deps()
	if in.Ref == "" {
		return d.permissionOverview(c)
	}
	grants, err := d.Security.Permissions().GrantsOf(c, in.Ref)
	if err != nil {
		return nil, err
	}
	o := d.registry().ByRef(in.Ref)
	c.Crumbs(ui.Crumb{Label: titles.Permissions.In(c), URL: c.URL(Permissions{})})
	var body ui.Node
	switch {
	case in.View == "":
		body, err = d.grantForm(c, in.Ref, o, grants)
	case in.View == viewWho && o != nil:
		body, err = d.whoMay(c, o, in.User)
	default:
		err = appos.Errorf(appos.NotFound, "there is no view %q of the permissions of %s", in.View, in.Ref)
	}
	if body == nil || err != nil { // what was saved goes on elsewhere
		return nil, err
	}
	if o == nil {
		return ui.Screen(c, in.Ref, ui.Sub("A wildcard: for what it covers, it counts where nothing more specific is said about a group."), body), nil
	}
	return ui.Screen(c, in.Ref,
		ui.Sub("Who may do what with this "+strings.ToLower(o.Kind.Title())+"."),
		ui.Actions(ui.LinkButton(c.URL(Object{Ref: o.Ref}), "Object", ui.Outline, ui.Icon("box"))),
		sections(c,
			section{"Groups", Permissions{Ref: in.Ref}, in.View == ""},
			section{"Who can, and why", Permissions{Ref: in.Ref, View: viewWho}, in.View == viewWho}),
		body), nil
}

// A changed is a ref on which administrator's rows stand.
type changed struct {
	ref, kind string
	grants    []security.GroupGrant
}

// permissionOverview lists what differs from the code: changes of administrators,
// and wildcards.
func (d Deps) permissionOverview(c *ui.Ctx) (ui.Node, error) {
	form, err := d.wildcardForm(c)
	if form == nil || err != nil {
		return nil, err
	}
	rows, err := d.changedRefs(c)
	if err != nil {
		return nil, err
	}
	return ui.Screen(c, titles.Permissions.In(c),
		ui.Sub("What administrators have changed. Everything else is as the code and app.yaml declare it."),
		ui.Actions(ui.LinkButton(c.URL(Objects{}), "Find an object", ui.Outline, ui.Icon("search"))),
		ui.DataTable(c, ui.Table[changed]{
			ID: "changed", Name: "changed permissions", Rows: rows, Search: len(rows) > 0,
			Key: func(x *changed) string { return x.ref },
			URL: func(x *changed) string { return c.URL(Permissions{Ref: x.ref}) },
			Columns: []ui.Column[changed]{
				{Key: "ref", Title: "Object or wildcard", Main: true, Sort: true, Text: func(x *changed) string { return x.ref }},
				{Key: "kind", Title: "Kind", Sort: true, Text: func(x *changed) string { return x.kind }},
				{Key: "grants", Title: "Gives", Text: func(x *changed) string { return given(x.grants) }, Cell: func(x *changed) ui.Node { return ui.Text(shortened(given(x.grants), 90)) }},
			},
			Empty: []ui.Node{h.P(ui.Text("Open an object to change who may do what with it."))},
		}),
		form), nil
}

// given is grants in a line.
func given(grants []security.GroupGrant) string {
	var parts []string
	for _, x := range grants {
		parts = append(parts, x.Group+": "+permissionWords(x.Permissions))
	}
	return strings.Join(parts, "; ")
}

func (d Deps) changedRefs(c *ui.Ctx) ([]changed, error) {
	p := d.Security.Permissions()
	wildcards, err := p.Wildcards(c)
	if err != nil {
		return nil, err
	}
	var rows []changed
	add := func(ref, kind string) error {
		grants, err := p.GrantsOf(c, ref)
		rows = append(rows, changed{ref, kind, grants})
		return err
	}
	for _, ref := range wildcards {
		if err := add(ref, "Wildcard"); err != nil {
			return nil, err
		}
	}
	for _, o := range d.objects() {
		byAdmin, err := p.Overridden(c, o.Ref)
		if err == nil && byAdmin {
			err = add(o.Ref, o.Kind.Title())
		}
		if err != nil {
			return nil, err
		}
	}
	return rows, nil
}

// wildcardForm leads to the permissions of a wildcard, whether it has rows or not.
func (d Deps) wildcardForm(c *ui.Ctx) (ui.Node, error) {
	f := ui.NewForm(c, "wildcard", nil)
	ref := f.Value("ref")
	f.Check("ref", strings.HasSuffix(ref, "*"), "Enter a reference that ends in an asterisk, such as crm.rules.*")
	if f.Submitted() && f.Valid() {
		_, err := d.Security.Permissions().GrantsOf(c, ref)
		if err == nil {
			return c.Redirect(Permissions{Ref: ref})
		}
		if !f.Fail(err) {
			return nil, err
		}
	}
	return ui.Card("Permissions by wildcard",
		f.Node(ui.Fields("Wildcard", "It covers every object whose reference begins so, those of the future too. A group's most specific rows decide.",
			f.Input("ref", "Objects", ui.Field{Required: true, Placeholder: "crm.rules.*", MaxLen: 200, Autocomplete: "off", Wide: true}, h.SpellCheck("false")),
			h.Div(h.Class("wide"), ui.Save(c, "Set permissions"))))), nil
}

// applicable are the permissions that mean something on a ref: those of the
// kind, for a wildcard that names one, else all.
func applicable(ref string, o *object.Object) object.Permission {
	if o != nil {
		return o.Kind.Permissions()
	}
	if parts := strings.Split(ref, "."); len(parts) > 2 {
		for _, kind := range object.Kinds() {
			if kind.Plural() == parts[1] {
				return kind.Permissions()
			}
		}
	}
	return object.AllPermissions
}
