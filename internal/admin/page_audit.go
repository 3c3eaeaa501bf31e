package admin

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"

	"github.com/apposengine/appos"
	"github.com/apposengine/appos/internal/object"
	"github.com/apposengine/appos/internal/security"
	"github.com/apposengine/appos/ui"
)

// Audit is /admin/audit: what was changed about users, groups, permissions and
// sessions, and by whom.
type Audit struct {
	appos.Returns[ui.Node]

	Actor   string
	Subject string
}

func (k console) audit(c *ui.Ctx, in Audit) (ui.Node, error) {
	return ui.Screen(c, titles.Audit.In(c),
		ui.Sub("Every change of users, groups, permissions and sessions, newest first."),
		k.deps().auditTable(c, security.ChangeQuery{Actor: in.Actor, Subject: in.Subject}, true)), nil
}

// auditTable lists changes, with more columns after its own. With filters they can be narrowed to an actor and a
// subject, of which those of the latest changes are offered.
func (d Deps) auditTable(c *ui.Ctx, q security.ChangeQuery, filters bool, more ...ui.Column[security.Change]) ui.Node {
	t := ui.Table[security.Change]{
		ID: "changes", Name: "changes",
		Key: func(x *security.Change) string { return strconv.FormatInt(x.ID, 10) },
		Source: func(c *ui.Ctx, s ui.State) (ui.Slice[security.Change], error) {
			t := trailOf(s)
			q.Before, q.Limit = position(t), s.Size+1
			rows, err := d.Security.Changes(c, q)
			next := ""
			if len(rows) > s.Size {
				rows = rows[:s.Size]
				next = strconv.FormatInt(rows[s.Size-1].ID, 10)
			}
			return slice(t, rows, next, -1), err
		},
		Columns: []ui.Column[security.Change]{
			{Key: "at", Title: "When", Text: func(x *security.Change) string { return c.Time(x.At) }},
			{Key: "action", Title: "What", Main: true, Text: func(x *security.Change) string { return actionName(x.Action) }},
			{Key: "subject", Title: "Subject", Cell: func(x *security.Change) ui.Node { return d.subject(c, x.Subject) }},
			{Key: "actor", Title: "By", Cell: func(x *security.Change) ui.Node {
				return anchor(c.URL(User{Name: x.Actor}), ui.Text(x.Actor))
			}},
			{Key: "changed", Title: "Change", Cell: func(x *security.Change) ui.Node { return differences(x) }},
			{Key: "execution", Title: "Execution", Cell: func(x *security.Change) ui.Node {
				if x.ExecutionID == "" {
					return muted("–")
				}
				return anchor(c.URL(Logs{ExecutionID: x.ExecutionID}), ui.Text("Logs"))
			}},
		},
	}
	t.Columns = append(t.Columns, more...)
	if filters {
		latest, err := d.Security.Changes(c, security.ChangeQuery{Limit: 500})
		if err != nil { // the table says so: it asks the same
			latest = nil
		}
		actors, subjects := map[string]bool{}, map[string]bool{}
		for _, x := range latest {
			actors[x.Actor], subjects[x.Subject] = true, true
		}
		t.Filters = []ui.Filter{{Key: "actor", Title: "By", Options: options(actors)}, {Key: "subject", Title: "Subject", Options: options(subjects)}}
	}
	return ui.DataTable(c, t)
}

func options(values map[string]bool) []ui.Option {
	var all []ui.Option
	for _, v := range slices.Sorted(maps.Keys(values)) {
		all = append(all, ui.Option{Value: v, Label: v})
	}
	return all
}

// actionName is an action in words: "user.update" → "User: update".
func actionName(action string) string {
	of, what, ok := strings.Cut(action, ".")
	if !ok {
		return object.Humanize(action)
	}
	return object.Humanize(of) + ": " + strings.ToLower(object.Humanize(what))
}

// subject links to what was changed.
func (d Deps) subject(c *ui.Ctx, subject string) ui.Node {
	of, name, ok := strings.Cut(subject, ":")
	switch {
	case ok && of == "user":
		return anchor(c.URL(User{Name: name}), ui.Text(name))
	case ok && of == "group":
		return anchor(c.URL(Group{Name: name}), ui.Text(name))
	case ok && of == "webhook":
		if id, err := strconv.ParseInt(name, 10, 64); err == nil {
			return anchor(c.URL(Webhook{ID: id}), ui.Text(subject))
		}
	case d.registry().ByRef(subject) != nil && d.registry().ByRef(subject).Constant != nil:
		return anchor(c.URL(Constant{Ref: subject}), ui.Text(subject))
	case d.registry().ByRef(subject) != nil, strings.HasSuffix(subject, ".*"):
		return anchor(c.URL(Permissions{Ref: subject}), ui.Text(subject))
	}
	return ui.Text(subject)
}

// differences lists what a change changed, field by field.
func differences(x *security.Change) ui.Node {
	var lines []ui.Node
	for _, f := range fieldChanges(x.Before, x.After) {
		lines = append(lines, h.Div(muted(object.Humanize(f.name)+": "),
			g.If(f.before != "", h.Del(ui.Text(shortened(f.before, 48)))),
			g.If(f.before != "" && f.after != "", ui.Text(" → ")),
			ui.Text(shortened(f.after, 48)),
			g.If(f.before == "" && f.after == "", ui.Text("empty"))))
	}
	if lines == nil {
		return muted("–")
	}
	return h.Div(lines...)
}
