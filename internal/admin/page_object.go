package admin

import (
	g "maragu.dev/gomponents"

	"github.com/apposengine/appos"
	"github.com/apposengine/appos/internal/graph"
	"github.com/apposengine/appos/internal/logs"
	"github.com/apposengine/appos/internal/metrics"
	"github.com/apposengine/appos/internal/object"
	"github.com/apposengine/appos/ui"
)

// Object is /admin/objects/{ref}: what one object is, and how it does.
type Object struct {
	appos.Returns[ui.Node]

	Ref string
}

func (k console) object(c *ui.Ctx, in Object) (ui.Node, error) {
	d := k.deps()
	o := d.registry().ByRef(in.Ref)
	if o == nil {
		return nil, appos.Errorf(appos.NotFound, "no object has the reference %q", in.Ref)
	}
	permissions, err := d.permissionCard(c, o)
	if err != nil {
		return nil, err
	}
	entries, err := d.recentEntries(c, o)
	if err != nil {
		return nil, err
	}
	c.Crumbs(ui.Crumb{Label: titles.Objects.In(c), URL: c.URL(Objects{})})
	return ui.Screen(c, o.Ref,
		ui.Sub(o.Kind.Title()+" of the app "+o.App.Name+" · "+o.Source.String()),
		ui.Actions(
			g.If(o.Record != nil && o.Record.Audited, ui.LinkButton(c.URL(DataAudit{Record: o.Ref}), "Changes", ui.Outline, ui.Icon("file-clock"))),
			ui.LinkButton(c.URL(Logs{Object: o.Ref}), "Logs", ui.Outline, ui.Icon("scroll-text")),
			ui.LinkButton(c.URL(Permissions{Ref: o.Ref}), "Permissions", ui.Outline, ui.Icon("key-round"))),
		ui.Split(
			ui.Stack(append(d.definition(c, o), d.figures(c, o), entries)...),
			ui.Stack(permissions,
				d.edges(c, "Uses", "It has called nothing yet.", d.Edges.Uses(o.Index), func(e graph.Edge) *object.Object { return e.To }),
				d.edges(c, "Used by", "Nothing has called it yet.", d.Edges.UsedBy(o.Index), func(e graph.Edge) *object.Object { return e.From })))), nil
}

// permissionCard says who has what on the object.
func (d Deps) permissionCard(c *ui.Ctx, o *object.Object) (ui.Node, error) {
	grants, err := d.Security.Permissions().GrantsOf(c, o.Ref)
	if err != nil {
		return nil, err
	}
	var pairs []ui.Pair
	for _, x := range grants {
		pairs = append(pairs, ui.Pair{Label: x.Group, Value: ui.Text(permissionWords(x.Permissions))})
	}
	change := ui.Beside(anchor(c.URL(Permissions{Ref: o.Ref}), ui.Text("Change")))
	if pairs == nil {
		return ui.Card("Permissions", change, muted("No group has any. Only administrators pass.")), nil
	}
	return ui.Card("Permissions", change, ui.KV(pairs...)), nil
}

// figures are the object's calls in three windows, and hour by hour.
func (d Deps) figures(c *ui.Ctx, o *object.Object) ui.Node {
	if d.Metrics.Summary(o.Index, metrics.Month).Count == 0 {
		return ui.Card("Calls", muted("It was not called since the platform started."))
	}
	s := sheet{label: "Calls by window", columns: []string{"Window", "Calls", "Errors", "p50", "p95", "p99", "Slowest"}, numbers: 6}
	for _, w := range []struct {
		label  string
		window metrics.Window
	}{{"24 hours", metrics.Day}, {"7 days", metrics.Week}, {"30 days", metrics.Month}} {
		x := d.Metrics.Summary(o.Index, w.window)
		s.rows = append(s.rows, []ui.Node{ui.Text(w.label), ui.Text(count(c, x.Count)), ui.Text(count(c, x.Errors)),
			ui.Text(took(c, x.P50)), ui.Text(took(c, x.P95)), ui.Text(took(c, x.P99)), ui.Text(took(c, x.Peak))})
	}
	chart := ui.Chart{Label: "Calls per hour", Height: 160, Series: []ui.Series{{Name: "Calls"}, {Name: "Errors"}}}
	for _, p := range d.Metrics.Series(o.Index, metrics.Day) {
		chart.X = append(chart.X, p.Start.In(c.Zone()).Format("15:04"))
		chart.Series[0].Values = append(chart.Series[0].Values, float64(p.Count))
		chart.Series[1].Values = append(chart.Series[1].Values, float64(p.Errors))
	}
	return ui.Stack(ui.FlushCard("Calls", s.node()), ui.Card("Calls per hour", ui.BarChart(c, chart)))
}

// edges are the objects at the other ends of the calls that were observed.
func (d Deps) edges(c *ui.Ctx, title, none string, edges []graph.Edge, other func(graph.Edge) *object.Object) ui.Node {
	if len(edges) == 0 {
		return ui.Card(title, muted(none))
	}
	s := sheet{label: title, columns: []string{"Object", "Last call"}, numbers: 1}
	for _, e := range edges {
		s.rows = append(s.rows, []ui.Node{d.reference(c, other(e).Ref), ui.Text(c.Date(e.LastSeen))})
	}
	return ui.FlushCard(title, s.node())
}

// recentEntries are the latest entries of the logs about the object.
func (d Deps) recentEntries(c *ui.Ctx, o *object.Object) (ui.Node, error) {
	page, err := d.Logs.Query(c, logs.Filter{Kinds: []logs.Kind{logs.KindOf(o)}, Object: o.Ref, Limit: 10, MaxBytes: 4 << 20})
	if err != nil {
		return nil, err
	}
	more := ui.Beside(anchor(c.URL(Logs{Object: o.Ref}), ui.Text("All entries")))
	if len(page.Lines) == 0 {
		return ui.Card("Recent entries", more, muted("Its log is empty.")), nil
	}
	return ui.FlushCard("Recent entries", more, entrySheet(c, page.Lines)), nil
}

// entrySheet lists entries briefly.
func entrySheet(c *ui.Ctx, lines []logs.Line) ui.Node {
	s := sheet{label: "Recent entries", columns: []string{"What", "Level", "User", "Took", "When"}, numbers: 2}
	for i := range lines {
		l := &lines[i]
		s.rows = append(s.rows, []ui.Node{
			anchor(c.URL(entryOf(l)), ui.Text(shortened(headline(l), 44))), levelBadge(l.Level), ui.Text(l.User),
			ui.Text(took(c, milliseconds(l.DurationMS))), ui.Text(clock(c, l.Time)),
		})
	}
	return s.node()
}
