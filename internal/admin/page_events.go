package admin

import (
	"strconv"
	"strings"
	"time"

	"github.com/apposengine/appos"
	"github.com/apposengine/appos/internal/record"
	"github.com/apposengine/appos/ui"
)

// Events is /admin/events: what the apps have written into their event logs.
type Events struct {
	appos.Returns[ui.Node]

	App         string
	User        string
	Within      string // a Go duration, such as "24h"
	ExecutionID string
}

func (k console) events(c *ui.Ctx, in Events) (ui.Node, error) {
	return ui.Screen(c, titles.Events.In(c), ui.Sub("What apps have reported with appos.Event, newest first."), k.deps().eventTable(c, in)), nil
}

func (d Deps) eventTable(c *ui.Ctx, in Events) ui.Node {
	var apps []ui.Option
	for _, a := range d.registry().Apps {
		apps = append(apps, ui.Option{Value: a.Name, Label: a.Name})
	}
	filters := []ui.Filter{
		{Key: "app", Title: "App", Options: apps},
		{Key: "user", Title: "User", Options: d.userOptions(c)},
		{Key: "within", Title: "Time", Options: []ui.Option{{Value: "1h", Label: "Last hour"}, {Value: "24h", Label: "Last 24 hours"}, {Value: "168h", Label: "Last 7 days"}}},
	}
	if in.ExecutionID != "" {
		filters = append(filters, ui.Filter{Key: "execution_id", Title: "Execution", Options: []ui.Option{{Value: in.ExecutionID, Label: shortened(in.ExecutionID, 14)}}})
	}
	return ui.DataTable(c, ui.Table[record.Event]{
		ID: "events", Name: "events", Search: true, Size: 50, Filters: filters,
		Key: func(x *record.Event) string { return x.App + "-" + strconv.FormatInt(x.ID, 10) },
		Source: func(c *ui.Ctx, s ui.State) (ui.Slice[record.Event], error) {
			t := trailOf(s)
			q := record.EventQuery{App: in.App, Name: s.Search, By: in.User, ExecutionID: in.ExecutionID, Limit: s.Size, After: t.cursor()}
			if span, err := time.ParseDuration(in.Within); err == nil {
				q.Since = d.Now().Add(-span)
			}
			rows, next, err := d.Engine.Events(c, q)
			return slice(t, rows, next, -1), err
		},
		Columns: []ui.Column[record.Event]{
			{Key: "at", Title: "When", Text: func(x *record.Event) string { return c.Time(x.At) }},
			{Key: "app", Title: "App", Text: func(x *record.Event) string { return x.App }},
			{Key: "name", Title: "Event", Main: true, Text: func(x *record.Event) string { return x.Name }},
			{Key: "fields", Title: "Fields", Cell: func(x *record.Event) ui.Node { return eventFields(x) }},
			{Key: "user", Title: "By", Cell: func(x *record.Event) ui.Node { return userLink(c, x.By) }},
			{Key: "execution", Title: "Execution", Cell: func(x *record.Event) ui.Node {
				if x.ExecutionID == "" {
					return muted("–")
				}
				return anchor(c.URL(Logs{ExecutionID: x.ExecutionID}), ui.Text("Logs"))
			}},
		},
	})
}

func eventFields(x *record.Event) ui.Node {
	if text := strings.TrimSpace(string(x.Fields)); text != "{}" {
		return code(shortened(text, 120))
	}
	return muted("–")
}
