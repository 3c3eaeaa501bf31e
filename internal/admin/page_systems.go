package admin

import (
	"strings"
	"time"

	"github.com/apposengine/appos"
	"github.com/apposengine/appos/internal/object"
	"github.com/apposengine/appos/internal/system"
	"github.com/apposengine/appos/ui"
)

// Systems is /admin/systems: what the platform is connected to, and how it does.
type Systems struct{ appos.Returns[ui.Node] }

// A systemRow is a connected system with its health.
type systemRow struct {
	*system.System
	health system.Health
}

func (k console) systems(c *ui.Ctx, _ Systems) (ui.Node, error) {
	d := k.deps()
	var rows []systemRow
	for _, s := range d.Systems.Systems() {
		health, err := s.Health(c)
		if err != nil {
			return nil, err
		}
		rows = append(rows, systemRow{s, health})
	}
	return ui.Screen(c, titles.Systems.In(c),
		ui.Sub("What apps declare with appos.ConnectedSystem. Credentials and overrides are set here."),
		ui.DataTable(c, ui.Table[systemRow]{
			ID: "systems", Name: "connected systems", Rows: rows, Search: true,
			Key: func(r *systemRow) string { return r.Object().Ref },
			URL: func(r *systemRow) string { return c.URL(System{Ref: r.Object().Ref}) },
			Columns: []ui.Column[systemRow]{
				{Key: "system", Title: "System", Main: true, Sort: true, Text: func(r *systemRow) string { return r.Object().Ref }},
				{Key: "type", Title: "Type", Sort: true, Text: func(r *systemRow) string { return object.Humanize(r.Type().Name()) }},
				{Key: "state", Title: "State", Sort: true, Text: func(r *systemRow) string { return string(r.health.State) },
					Cell: func(r *systemRow) ui.Node { return stateBadge(r.health.State) }},
				{Key: "since", Title: "Since", Text: func(r *systemRow) string {
					if r.health.State != system.Down {
						return "–"
					}
					return ago(c, d.Now(), r.health.Since)
				}},
				{Key: "latency", Title: "Latency, 24 h", Cell: func(r *systemRow) ui.Node { return latencySpark(c, r.health) }},
				{Key: "used", Title: "Used by", Text: func(r *systemRow) string { return usedBy(r.System) }},
			},
		})), nil
}

func stateBadge(s system.State) ui.Node {
	tone := map[system.State]ui.Variant{system.Up: ui.OK, system.Degraded: ui.Warn, system.Down: ui.Err}[s]
	if tone == "" {
		tone = ui.Muted
	}
	return ui.Badge(object.Humanize(string(s)), tone)
}

func usedBy(s *system.System) string {
	var names []string
	for _, o := range s.Records() {
		names = append(names, o.Name)
	}
	return some(names, 3)
}

// latencySpark is the latest latency with the trend of a day.
func latencySpark(c *ui.Ctx, h system.Health) ui.Node {
	if len(h.History) == 0 {
		return muted("–")
	}
	text := took(c, h.Last.Latency)
	if h.Last.Fault != "" {
		text = "–"
	}
	_, latency, _ := buckets(h.History, 48, time.Time{})
	return ui.Row(ui.Text(text), ui.Spark("Latency of a day, now "+text, latency))
}

// buckets gathers checks in so many equal spans of time: the slowest answer of
// each in milliseconds, and how many failed. A zero end is the last check.
func buckets(checks []system.Probe, n int, end time.Time) (starts []time.Time, latency, failed []float64) {
	if len(checks) == 0 {
		return nil, nil, nil
	}
	if end.IsZero() {
		end = checks[len(checks)-1].At
	}
	begin := checks[0].At
	span := max(end.Sub(begin)/time.Duration(n), time.Minute)
	for at := begin; !at.After(end); at = at.Add(span) {
		starts = append(starts, at)
	}
	latency, failed = make([]float64, len(starts)), make([]float64, len(starts))
	for _, p := range checks {
		i := min(int(p.At.Sub(begin)/span), len(starts)-1)
		if p.Fault != "" {
			failed[i]++
			continue
		}
		latency[i] = max(latency[i], float64(p.Latency.Microseconds())/1000)
	}
	return starts, latency, failed
}

// originName is where the value of a setting comes from, in a word.
func originName(v system.Value, env string) string {
	switch v.From {
	case system.FromVariable:
		return v.Variable
	case system.FromCodeEnv:
		return "code, " + env
	case system.FromConsoleEnv:
		return "console, " + env
	}
	return strings.ToLower(string(v.From))
}
