package admin

import (
	"slices"

	h "maragu.dev/gomponents/html"

	"github.com/apposengine/appos"
	"github.com/apposengine/appos/internal/object"
	"github.com/apposengine/appos/internal/security"
	"github.com/apposengine/appos/internal/system"
	"github.com/apposengine/appos/ui"
)

// System is /admin/systems/{ref}: one connected system, in several views.
type System struct {
	appos.Returns[ui.Node]

	Ref  string
	View string // "" is how it does
	Env  string // of the settings; "" is the server's own, "*" every environment
}

const everywhere = "*"

func (k console) system(c *ui.Ctx, in System) (ui.Node, error) {
	d := k.deps()
	s := d.Systems.System(in.Ref)
	if s == nil {
		return nil, appos.Errorf(appos.NotFound, "no connected system has the reference %q", in.Ref)
	}
	if in.Env == "" {
		in.Env = d.Env
	}
	if in.Env != everywhere && !slices.Contains(s.Environments(), in.Env) {
		return nil, appos.Errorf(appos.NotFound, "there is no environment %q", in.Env)
	}
	ref := s.Object().Ref
	switch c.Posting(do) {
	case "":
	case "test":
		return testSystem(c, s, in.Env)
	case "credential":
		return changeCredential(c, ref, in.Env)
	default:
		return nil, unknown(c)
	}
	var body ui.Node
	var err error
	health, err := s.Health(c)
	if err != nil {
		return nil, err
	}
	switch in.View {
	case "":
		body = d.systemHealth(c, s, health)
	case viewSettings:
		body, err = d.systemSettings(c, s, in.Env)
	case viewHistory:
		body = d.auditTable(c, security.ChangeQuery{Subject: ref}, false)
	default:
		return nil, appos.Errorf(appos.NotFound, "there is no view %q of a connected system", in.View)
	}
	if body == nil || err != nil { // a form that was saved goes on elsewhere
		return nil, err
	}
	c.Crumbs(ui.Crumb{Label: titles.Systems.In(c), URL: c.URL(Systems{})})
	at := func(label, view string) section { return section{label, System{Ref: ref, View: view}, in.View == view} }
	return ui.Screen(c, ref,
		ui.Sub(object.Humanize(s.Type().Name())+" of the app "+s.Object().App.Name+" · "+s.Object().Source.String()),
		ui.Actions(stateBadge(health.State), ui.PostButton(c, c.Request().URL.RequestURI(), "Test connection", ui.Outline, do, "test"),
			ui.LinkButton(c.URL(Permissions{Ref: ref}), "Permissions", ui.Outline, ui.Icon("key-round"))),
		sections(c, at("Health", ""), at("Settings", viewSettings), at("History", viewHistory)),
		body), nil
}

// testSystem connects with the settings of an environment and says how it went.
func testSystem(c *ui.Ctx, s *system.System, env string) (ui.Node, error) {
	if env == everywhere {
		env = ""
	}
	if p := s.Test(c, env); p.Fault != "" {
		c.Toast(ui.Err, "It cannot be reached", p.Fault)
	} else {
		c.Toast(ui.OK, "It answers", "Connecting and asking took "+took(c, p.Latency)+".")
	}
	return c.RedirectTo(c.Request().URL.RequestURI())
}

// systemHealth is the state, the checks of a day, the settings in force and who
// uses the system.
func (d Deps) systemHealth(c *ui.Ctx, s *system.System, health system.Health) ui.Node {
	var state ui.Node
	switch health.State {
	case system.Down:
		state = ui.Alert(ui.Err, "It cannot be used since "+c.Time(health.Since), health.Fault+". It is tried again until it answers; what needs it is refused meanwhile.")
	case system.Degraded:
		state = ui.Alert(ui.Warn, "It answers, but not reliably", "One of the last checks failed or took more than a second.")
	}
	return ui.Stack(state,
		ui.Split(ui.Stack(d.latencyCard(c, health), d.effective(c, s)), ui.Stack(d.checksCard(c, health), d.usedByCard(c, s))))
}

func (d Deps) latencyCard(c *ui.Ctx, health system.Health) ui.Node {
	if len(health.History) == 0 {
		return ui.Card("Latency, 24 h", muted("It was not checked yet."))
	}
	starts, latency, failed := buckets(health.History, 48, d.Now())
	chart := ui.Chart{Label: "Slowest answer, in milliseconds", Height: 160, Series: []ui.Series{{Name: "Milliseconds", Values: latency}, {Name: "Failed checks", Values: failed}}}
	for _, t := range starts {
		chart.X = append(chart.X, t.In(c.Zone()).Format("15:04"))
	}
	return ui.Card("Latency, 24 h", ui.AreaChart(c, chart))
}

func (d Deps) checksCard(c *ui.Ctx, health system.Health) ui.Node {
	failed := 0
	for _, p := range health.History {
		if p.Fault != "" {
			failed++
		}
	}
	pairs := []ui.Pair{
		{Label: "Checks, 24 h", Value: ui.Text(c.Int(len(health.History)))},
		{Label: "Failed", Value: ui.Text(c.Int(failed))},
	}
	if n := len(health.History); n > 0 {
		pairs = append(pairs,
			ui.Pair{Label: "Available", Value: ui.Text(c.Percent(100*float64(n-failed)/float64(n), 1))},
			ui.Pair{Label: "Last check", Value: ui.Text(ago(c, d.Now(), health.Last.At) + ", " + took(c, health.Last.Latency))})
	}
	return ui.Card("Checks", ui.KV(pairs...))
}

// effective lists the settings in force and where each comes from.
func (d Deps) effective(c *ui.Ctx, s *system.System) ui.Node {
	sheet := sheet{label: "Settings in force", columns: []string{"Setting", "Value", "Comes from"}}
	for _, v := range s.Values(d.Env) {
		if v.Ignored {
			continue
		}
		var value ui.Node = code(v.Text)
		switch {
		case v.Form == system.Credential && v.Set:
			value = ui.Text("•••••• (set)")
		case v.Form == system.Credential:
			value = muted("not set")
		case !v.Set && v.Default != "":
			value = code(v.Default)
		case !v.Set:
			value = muted("–")
		}
		from := h.Span(ui.Text(originName(v, d.Env)))
		if v.By != "" {
			from = h.Span(ui.Text(originName(v, d.Env)+", by "), userLink(c, v.By), ui.Text(" "+ago(c, d.Now(), v.At)))
		}
		sheet.rows = append(sheet.rows, []ui.Node{ui.Text(v.Label), value, from})
	}
	return ui.FlushCard("Settings in force in "+d.Env, ui.Beside(anchor(c.URL(System{Ref: s.Object().Ref, View: viewSettings}), ui.Text("Change"))), sheet.node())
}

func (d Deps) usedByCard(c *ui.Ctx, s *system.System) ui.Node {
	records := s.Records()
	if len(records) == 0 {
		return ui.Card("Used by", muted("Nothing that is declared."))
	}
	var pairs []ui.Pair
	for _, o := range records {
		pairs = append(pairs, ui.Pair{Label: "Stores", Value: d.reference(c, o.Ref)})
	}
	return ui.Card("Used by", ui.KV(pairs...))
}
