package admin

import (
	"log/slog"
	"strconv"
	"strings"
	"time"

	"github.com/apposengine/appos"
	"github.com/apposengine/appos/internal/logs"
	"github.com/apposengine/appos/internal/object"
	"github.com/apposengine/appos/internal/security"
	"github.com/apposengine/appos/ui"
)

// Logs is /admin/logs: what happened, newest first.
type Logs struct {
	appos.Returns[ui.Node]

	Kind        string
	Category    string
	Level       string // the lowest
	User        string
	Object      string
	ExecutionID string
}

func (k console) logs(c *ui.Ctx, in Logs) (ui.Node, error) {
	d := k.deps()
	title, sub := titles.Logs.In(c), "What ran, how long it took and who was refused, newest first."
	if in.ExecutionID != "" {
		sub = "Everything that execution " + in.ExecutionID + " led to."
	}
	return ui.Screen(c, title, ui.Sub(sub), d.logTable(c, in)), nil
}

// filter is what the address asks for.
func (in Logs) filter() logs.Filter {
	f := logs.Filter{User: in.User, Object: in.Object, ExecutionID: in.ExecutionID}
	if in.Kind != "" {
		f.Kinds = []logs.Kind{logs.Kind(in.Kind)}
	}
	if category, ok := logs.ParseCategory(in.Category); ok {
		f.Categories = []logs.Category{category}
	}
	var level slog.Level
	if in.Level != "" && level.UnmarshalText([]byte(in.Level)) == nil {
		f.Least = level
	}
	return f
}

// logDisorder is how many entries more than a page are read. An entry has the
// time at which a call began and is written when it ends, so lines are not
// strictly in the order of their times: as many calls as run at once may be late.
const logDisorder = 500

// logTable lists entries. The logs are read backwards from the newest, a bounded
// piece at a time.
func (d Deps) logTable(c *ui.Ctx, in Logs) ui.Node {
	partial := false
	t := ui.Table[logs.Line]{
		ID: "entries", Name: "entries", Search: true, Size: 50,
		Filters: d.logFilters(c, in),
		Source: func(c *ui.Ctx, s ui.State) (ui.Slice[logs.Line], error) {
			t := trailOf(s)
			from := markOf(t.cursor())
			f := in.filter()
			f.Text, f.Limit = s.Search, s.Size+from.skip+logDisorder
			if !from.at.IsZero() {
				f.Until = from.at.Add(time.Microsecond)
			}
			page, err := d.Logs.Query(c, f)
			partial = page.Partial
			lines := page.Lines[min(from.skip, len(page.Lines)):]
			next := ""
			if len(lines) > s.Size {
				lines = lines[:s.Size]
				next = markAfter(lines, from).String()
			}
			return slice(t, lines, next, -1), err
		},
		URL: func(l *logs.Line) string { return c.URL(entryOf(l)) },
		Columns: []ui.Column[logs.Line]{
			{Key: "time", Title: "When", Text: func(l *logs.Line) string { return clock(c, l.Time) }},
			{Key: "level", Title: "Level", Cell: func(l *logs.Line) ui.Node { return levelBadge(l.Level) }},
			{Key: "what", Title: "What", Main: true, Text: func(l *logs.Line) string { return shortened(headline(l), 90) }},
			{Key: "object", Title: "Object", Cell: func(l *logs.Line) ui.Node { return d.reference(c, l.Object) }},
			{Key: "user", Title: "User", Text: func(l *logs.Line) string { return l.User }},
			{Key: "took", Title: "Took", Number: true, Text: func(l *logs.Line) string { return took(c, milliseconds(l.DurationMS)) }},
			{Key: "category", Title: "Category", Hidden: true, Text: func(l *logs.Line) string { return l.Category }},
			{Key: "execution", Title: "Execution", Hidden: true, Cell: func(l *logs.Line) ui.Node { return executionLink(c, l.ExecutionID) }},
		},
	}
	table := ui.DataTable(c, t) // reads the entries
	if !partial {
		return table
	}
	return ui.Stack(table, ui.Alert(ui.Info, "Not everything was searched", "Older entries may match, too. Narrow the filters, such as to one kind, to reach further back."))
}

// logFilters are what entries can be narrowed by. Object and execution come from
// links; they are offered only to be taken away.
func (d Deps) logFilters(c *ui.Ctx, in Logs) []ui.Filter {
	var kinds []ui.Option
	for _, kind := range logs.Kinds() {
		kinds = append(kinds, ui.Option{Value: string(kind), Label: object.Humanize(string(kind))})
	}
	filters := []ui.Filter{
		{Key: "kind", Title: "Kind", Options: kinds},
		{Key: "category", Title: "Category", Options: []ui.Option{{Value: "execution", Label: "Execution"}, {Value: "performance", Label: "Performance"}, {Value: "security", Label: "Security"}}},
		{Key: "level", Title: "Level", Options: []ui.Option{{Value: "info", Label: "Info and above"}, {Value: "warn", Label: "Warnings and errors"}, {Value: "error", Label: "Errors"}}},
		{Key: "user", Title: "User", Options: d.userOptions(c)},
	}
	if in.Object != "" {
		filters = append(filters, ui.Filter{Key: "object", Title: "Object", Options: []ui.Option{{Value: in.Object, Label: in.Object}}})
	}
	if in.ExecutionID != "" {
		filters = append(filters, ui.Filter{Key: "execution_id", Title: "Execution", Options: []ui.Option{{Value: in.ExecutionID, Label: shortened(in.ExecutionID, 14)}}})
	}
	return filters
}

// userOptions are the first accounts; where there are more, the search finds them.
func (d Deps) userOptions(c *ui.Ctx) []ui.Option {
	page, err := d.Security.Accounts(c, security.AccountQuery{Limit: 100})
	if err != nil {
		return nil // the list works without the filter
	}
	var all []ui.Option
	for _, a := range page.Items {
		all = append(all, ui.Option{Value: a.Name, Label: a.Name})
	}
	return all
}

// headline is an entry in a line.
func headline(l *logs.Line) string {
	text, _, _ := strings.Cut(l.Message, "\n")
	switch {
	case text != "":
		return text
	case l.Code != "":
		return "failed: " + l.Code
	case l.Object != "":
		return "ran"
	}
	return l.Category
}

func milliseconds(ms float64) time.Duration { return time.Duration(ms * float64(time.Millisecond)) }

// clock writes a moment to the millisecond, with the day.
func clock(c *ui.Ctx, t time.Time) string {
	local := t.In(c.Zone())
	return c.Date(local) + " " + local.Format("15:04:05.000")
}

// A mark is a place in the logs: how many entries of a moment were shown already.
type mark struct {
	at   time.Time // zero is the newest
	skip int
}

// sameMomentMost bounds what a cursor from outside can ask to skip.
const sameMomentMost = 9000

func markOf(cursor string) mark {
	at, skip, _ := strings.Cut(cursor, ".")
	micro, err := strconv.ParseInt(at, 10, 64)
	n, wrong := strconv.Atoi(skip)
	if err != nil || wrong != nil || n < 0 || n > sameMomentMost {
		return mark{}
	}
	return mark{time.UnixMicro(micro).UTC(), n}
}

// markAfter is the place after the lines of the page that began at from.
func markAfter(lines []logs.Line, from mark) mark {
	m := mark{at: lines[len(lines)-1].Time}
	for i := len(lines) - 1; i >= 0 && lines[i].Time.Equal(m.at); i-- {
		m.skip++
	}
	if m.skip == len(lines) && m.at.Equal(from.at) { // all of one moment, as on the page before
		m.skip += from.skip
	}
	return m
}

// String is the mark as a cursor.
func (m mark) String() string {
	return strconv.FormatInt(m.at.UnixMicro(), 10) + "." + strconv.Itoa(m.skip)
}
