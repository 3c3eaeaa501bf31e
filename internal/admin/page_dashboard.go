package admin

import (
	"cmp"
	"context"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/apposengine/appos"
	"github.com/apposengine/appos/internal/logs"
	"github.com/apposengine/appos/internal/metrics"
	"github.com/apposengine/appos/internal/object"
	"github.com/apposengine/appos/internal/security"
	"github.com/apposengine/appos/ui"
)

// Dashboard is /admin/: how the platform is.
type Dashboard struct{ appos.Returns[ui.Node] }

func (k console) dashboard(c *ui.Ctx, _ Dashboard) (ui.Node, error) {
	d := k.deps()
	figures, err := d.keyFigures(c)
	if err != nil {
		return nil, err
	}
	refusals, err := d.latest(c, "Security events", "Nobody was refused and nothing was changed.", logs.Filter{Categories: []logs.Category{logs.Security}})
	if err != nil {
		return nil, err
	}
	errors, err := d.latest(c, "Errors", "Nothing has failed.", logs.Filter{Categories: []logs.Category{logs.Execution}, Least: slog.LevelError})
	if err != nil {
		return nil, err
	}
	return ui.Screen(c, titles.Dashboard.In(c),
		ui.Sub(d.Product+" · "+d.Version),
		ui.Actions(ui.Badge(d.Env, ui.Info)),
		figures,
		ui.Split(ui.Card("Calls per hour", d.callChart(c)), d.health(c)),
		ui.Split(ui.Stack(d.slowest(c), refusals, errors), ui.Stack(d.failing(c), d.kinds(c)))), nil
}

// keyFigures are users, sessions, calls and errors.
func (d Deps) keyFigures(c *ui.Ctx) (ui.Node, error) {
	active := true
	users, err := d.Security.Accounts(c, security.AccountQuery{Active: &active, Limit: 1, Count: true})
	if err != nil {
		return nil, err
	}
	const most = 500
	sessions, err := d.Security.Sessions(c, security.SessionQuery{Limit: most})
	if err != nil {
		return nil, err
	}
	signedIn := c.Int(len(sessions))
	if len(sessions) == most {
		signedIn += "+"
	}
	day := d.Metrics.Merged(d.indexes(), metrics.Day)
	share := 0.0
	if day.Count > 0 {
		share = 100 * float64(day.Errors) / float64(day.Count)
	}
	return ui.Grid(4,
		ui.Metric(c, ui.Figure{Label: "Active users", Value: c.Int(users.Total), URL: c.URL(Users{})}),
		ui.Metric(c, ui.Figure{Label: "Sessions", Value: signedIn, URL: c.URL(Sessions{})}),
		ui.Metric(c, ui.Figure{Label: "Calls, 24 h", Value: c.Int(int(day.Count)), URL: c.URL(Objects{})}),
		ui.Metric(c, ui.Figure{Label: "Failed calls, 24 h", Value: c.Int(int(day.Errors)) + " (" + c.Percent(share, 1) + ")", URL: c.URL(Logs{Level: "warn"})}),
	), nil
}

func (d Deps) indexes() []int {
	all := make([]int, len(d.registry().Objects))
	for i := range all {
		all[i] = i
	}
	return all
}

// callChart is what all objects did, hour by hour.
func (d Deps) callChart(c *ui.Ctx) ui.Node {
	chart := ui.Chart{Label: "Calls per hour in the last 24 hours", Series: []ui.Series{{Name: "Calls"}, {Name: "Failed"}}}
	for i := range d.indexes() {
		for at, p := range d.Metrics.Series(i, metrics.Day) {
			if at == len(chart.X) {
				chart.X = append(chart.X, p.Start.In(c.Zone()).Format("15:04"))
				chart.Series[0].Values = append(chart.Series[0].Values, 0)
				chart.Series[1].Values = append(chart.Series[1].Values, 0)
			}
			chart.Series[0].Values[at] += float64(p.Count)
			chart.Series[1].Values[at] += float64(p.Errors)
		}
	}
	return ui.AreaChart(c, chart)
}

// pingPatience is how long the dashboard waits for the database to answer.
const pingPatience = 2 * time.Second

// health says how what the platform stands on is.
func (d Deps) health(c *ui.Ctx) ui.Node {
	ctx, stop := context.WithTimeout(c, pingPatience)
	defer stop()
	database := ui.Badge("Up", ui.OK)
	if err := d.DB.Ping(ctx); err != nil {
		database = ui.Badge("Does not answer", ui.Err)
	}
	kept, written := d.Cache.Health(), d.Logs.Health()
	journal := ui.Badge("Written", ui.OK)
	var dropped uint64
	for _, n := range written.Dropped {
		dropped += n
	}
	switch {
	case written.Degraded:
		journal = ui.Badge("Disk does not take them", ui.Err)
	case dropped > 0:
		journal = ui.Badge(c.Int(int(dropped))+" dropped", ui.Warn)
	}
	pairs := []ui.Pair{
		{Label: "Database", Value: database},
		{Label: "Cache, " + kept.Kind, Value: cacheBadge(kept.State)},
		{Label: "Logs", Value: journal},
		{Label: "Up for", Value: ui.Text(lasting(d.Now().Sub(d.Started)))},
		{Label: "Started", Value: ui.Text(c.Time(d.Started))},
		{Label: "Environment", Value: ui.Text(d.Env)},
		{Label: "Version", Value: ui.Text(d.Version)},
	}
	if kept.Error != "" {
		pairs = append(pairs, ui.Pair{Label: "Last failure of the cache", Value: ui.Text(kept.Error)})
	}
	if written.Reason != "" {
		pairs = append(pairs, ui.Pair{Label: "Failure of the logs", Value: ui.Text(written.Reason)})
	}
	return ui.Card("Health", ui.KV(pairs...))
}

// topObjects is how many objects a ranking shows.
const topObjects = 6

// ranked are the objects that were called in the last day, by the order, as far
// as keep says that they belong there.
func (d Deps) ranked(order func(a, b objectRow) int, keep func(objectRow) bool) []objectRow {
	var rows []objectRow
	for _, o := range d.registry().Objects {
		if r := (objectRow{o, d.Metrics.Summary(o.Index, metrics.Day)}); r.day.Count > 0 && keep(r) {
			rows = append(rows, r)
		}
	}
	slices.SortStableFunc(rows, order)
	return rows[:min(len(rows), topObjects)]
}

func (d Deps) slowest(c *ui.Ctx) ui.Node {
	rows := d.ranked(func(a, b objectRow) int { return cmp.Compare(b.day.P95, a.day.P95) }, func(objectRow) bool { return true })
	if len(rows) == 0 {
		return ui.Card("Slowest objects", muted("Nothing was called yet."))
	}
	s := sheet{label: "Slowest objects", columns: []string{"Object", "Calls", "p50", "p95", "p99"}, numbers: 4}
	for _, r := range rows {
		s.rows = append(s.rows, []ui.Node{d.reference(c, r.Ref), ui.Text(count(c, r.day.Count)),
			ui.Text(took(c, r.day.P50)), ui.Text(took(c, r.day.P95)), ui.Text(took(c, r.day.P99))})
	}
	return ui.FlushCard("Slowest objects", ui.Beside(muted("by p95, 24 h")), s.node())
}

func (d Deps) failing(c *ui.Ctx) ui.Node {
	rows := d.ranked(func(a, b objectRow) int { return cmp.Compare(b.day.Errors, a.day.Errors) }, func(r objectRow) bool { return r.day.Errors > 0 })
	if len(rows) == 0 {
		return ui.Card("Most failing", muted("No call failed in the last 24 hours."))
	}
	s := sheet{label: "Most failing objects", columns: []string{"Object", "Failed"}, numbers: 1}
	for _, r := range rows {
		s.rows = append(s.rows, []ui.Node{d.reference(c, r.Ref), ui.Text(count(c, r.day.Errors))})
	}
	return ui.FlushCard("Most failing", s.node())
}

// kinds counts the objects of each kind.
func (d Deps) kinds(c *ui.Ctx) ui.Node {
	var pairs []ui.Pair
	for _, kind := range object.Kinds() {
		if n := len(d.registry().Of("", kind)); n > 0 {
			pairs = append(pairs, ui.Pair{Label: object.Humanize(kind.Plural()), Value: anchor(c.URL(Objects{Kind: kind.Title()}), ui.Text(c.Int(n)))})
		}
	}
	return ui.Card("Objects", ui.KV(pairs...))
}

// latest are the newest entries of a filter that are worth the room: that an
// administrator passed is logged, but is no news.
func (d Deps) latest(c *ui.Ctx, title, none string, f logs.Filter) (ui.Node, error) {
	f.Limit, f.MaxBytes = 50*topObjects, 4<<20
	page, err := d.Logs.Query(c, f)
	if err != nil {
		return nil, err
	}
	lines := slices.DeleteFunc(page.Lines, func(l logs.Line) bool { return l.Fields["event"] == "admin_pass" })
	if len(lines) == 0 {
		return ui.Card(title, muted(none)), nil
	}
	in := Logs{Category: f.Categories[0].String()}
	if f.Least != nil {
		in.Level = "error"
	}
	return ui.FlushCard(title, ui.Beside(anchor(c.URL(in), ui.Text("All"))), d.news(c, lines[:min(len(lines), topObjects)])), nil
}

// news lists entries with how long ago they were.
func (d Deps) news(c *ui.Ctx, lines []logs.Line) ui.Node {
	now := d.Now()
	s := sheet{label: "Recent entries", columns: []string{"What", "About", "User", "When"}, numbers: 1}
	for i := range lines {
		l := &lines[i]
		s.rows = append(s.rows, []ui.Node{
			anchor(c.URL(entryOf(l)), ui.Text(shortened(newsLine(l), 44))), d.about(c, l.Object),
			userLink(c, l.User), ui.Text(ago(c, now, l.Time)),
		})
	}
	return s.node()
}

// about links to what a security event is about: a subject of the audit, or an object.
func (d Deps) about(c *ui.Ctx, what string) ui.Node {
	if strings.Contains(what, ":") {
		return d.subject(c, what)
	}
	return d.reference(c, what)
}

// newsLine is an event by its name, which is shorter than its message.
func newsLine(l *logs.Line) string {
	event, _ := l.Fields["event"].(string)
	switch event {
	case "":
		return headline(l)
	case security.EventChanged:
		return actionName(l.Message)
	}
	return object.Humanize(event)
}
