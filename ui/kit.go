package ui

import (
	"fmt"
	"hash/fnv"
	"strconv"
	"strings"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"
)

// Badge is a small label of a state, with a dot in its tone.
func Badge(text string, tone Variant) Node {
	return h.Span(class("badge", string(tone)), g.Text(text))
}

// Avatar shows the initials of a name in a colour that stays the same.
func Avatar(name string) Node {
	hash := fnv.New32a()
	_, _ = hash.Write([]byte(name)) // a hash does not fail
	initials, n := "", 0
	for _, word := range strings.Fields(name) {
		if n == 2 {
			break
		}
		initials += strings.ToUpper(string([]rune(word)[:1]))
		n++
	}
	return h.Span(class("avatar", fmt.Sprintf("a%d", hash.Sum32()%8)), h.Aria("hidden", "true"), g.Text(initials))
}

// Person is an avatar with a name and a line below it.
func Person(name, below string) Node {
	return h.Span(class("person"), Avatar(name), h.Span(h.Span(class("p1"), g.Text(name)), when(below != "", h.Small(g.Text(below)))))
}

// Pair is a line of [KV]: a label and a value.
type Pair struct {
	Label string
	Value Node
}

// KV lists labels with values.
func KV(pairs ...Pair) Node {
	return h.Dl(class("kv"), g.Map(pairs, func(p Pair) Node {
		return h.Div(h.Dt(g.Text(p.Label)), h.Dd(p.Value))
	}))
}

// EmptyState is shown instead of nothing: why there is nothing, and what to do.
// Title and text may be "".
func EmptyState(icon, title, text string, actions ...Node) Node {
	return h.Div(class("empty"), h.Span(class("empty-ic"), Icon(icon)), when(title != "", h.H2(g.Text(title))), when(text != "", h.P(g.Text(text))), group(actions))
}

// Alert is a message within a page. Its tone is [Err], [Warn], [OK] or [Info].
func Alert(tone Variant, title, text string, more ...Node) Node {
	icon, role := "info", "status"
	switch tone {
	case Err:
		icon, role = "circle-alert", "alert"
	case Warn:
		icon = "triangle-alert"
	case OK:
		icon = "circle-check"
	}
	return h.Div(class("alert", string(tone)), h.Role(role), Icon(icon), h.Div(h.Strong(g.Text(title)), when(text != "", h.P(g.Text(text))), group(more)))
}

// Progress is a bar of done out of total. The label says what progresses.
func Progress(label string, done, total int) Node {
	return g.El("progress", class("bar"), h.Aria("label", label), attr("max", strconv.Itoa(max(total, 1))), h.Value(strconv.Itoa(done)))
}

// Tab is a choice of [Tabs]: the value of the query parameter that shows it.
type Tab struct{ Value, Label string }

// PathTabs are links between pages that belong together; the value of a tab is
// the address of its page.
func PathTabs(c *Ctx, tabs ...Tab) Node {
	return h.Nav(class("tabs"), h.Aria("label", c.T("tabs")), g.Map(tabs, func(t Tab) Node {
		return h.A(Href(t.Value), when(c.s.HTTP.URL.Path == t.Value, h.Aria("current", "true")), g.Text(t.Label))
	}))
}

// Tabs are links that set a query parameter of the page; the first is current
// when the parameter is absent. Give the first the value "".
func Tabs(c *Ctx, param string, tabs ...Tab) Node {
	current := c.Query(param)
	return h.Nav(class("tabs"), h.Aria("label", c.T("tabs")), g.Map(tabs, func(t Tab) Node {
		return h.A(Href(c.With(param, t.Value)), when(current == t.Value, h.Aria("current", "true")), g.Text(t.Label))
	}))
}

// Dialog is a window over the page, opened by a button with the label. Its
// content is part of the page, so it opens without a request, and without
// JavaScript.
func Dialog(c *Ctx, label string, v Variant, title string, content ...Node) Node {
	id := c.ID("dialog")
	return g.Group{
		h.Button(h.Type("button"), class("btn", string(v)), attr("popovertarget", id), h.Span(g.Text(label))),
		h.Div(h.ID(id), flag("popover"), class("dialog"), h.Role("dialog"), h.Aria("labelledby", id+"-t"),
			h.Header(h.H2(h.ID(id+"-t"), g.Text(title)),
				h.Button(h.Type("button"), class("btn ghost icon sm"), attr("popovertarget", id), attr("popovertargetaction", "hide"), h.Aria("label", c.T("close")), Icon("x"))),
			h.Div(class("dialog-body"), group(content))),
	}
}

// Event is an entry of a [Timeline].
type Event struct {
	State       string // "done", "run", "fail" or "wait"
	Title, Text string
	When        string
}

// Timeline shows what happened, or happens, in order.
func Timeline(c *Ctx, events ...Event) Node {
	return h.Ol(class("steps"), g.Map(events, func(e Event) Node {
		icon, ok := map[string]string{"done": "check", "run": "loader-circle", "fail": "x", "wait": "circle-dashed"}[e.State]
		if !ok {
			e.State, icon = "wait", "circle-dashed"
		}
		return h.Li(class(e.State), h.Span(class("sdot"), Icon(icon)),
			h.Div(class("st"), h.Strong(g.Text(e.Title)), srOnly(" "+c.T("state."+e.State)), when(e.Text != "", h.Small(g.Text(e.Text)))),
			h.Span(class("dur"), g.Text(e.When)))
	}))
}

// Feed is an entry of [Activity]: who did what, when.
type Feed struct{ Who, What, When string }

// Activity lists what people did.
func Activity(entries ...Feed) Node {
	return h.Ul(class("feed"), g.Map(entries, func(e Feed) Node {
		return h.Li(Avatar(e.Who), h.Div(class("grow"), h.Strong(g.Text(e.Who)), g.Text(" "+e.What)), h.Small(g.Text(e.When)))
	}))
}
