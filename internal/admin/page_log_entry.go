package admin

import (
	"maps"
	"slices"
	"strings"
	"time"

	h "maragu.dev/gomponents/html"

	"github.com/apposengine/appos"
	"github.com/apposengine/appos/internal/logs"
	"github.com/apposengine/appos/internal/object"
	"github.com/apposengine/appos/ui"
)

// LogEntry is /admin/logs/entry: what an entry holds. Entries have no number;
// their folder and their moment name them.
type LogEntry struct {
	appos.Returns[ui.Node]

	Kind     string
	Category string
	At       time.Time
}

// entryOf is the message of the page of an entry.
func entryOf(l *logs.Line) LogEntry {
	return LogEntry{Kind: string(l.Kind), Category: l.Category, At: l.Time}
}

// sameMoment is how many entries of one moment are shown at most.
const sameMoment = 20

func (k console) logEntry(c *ui.Ctx, in LogEntry) (ui.Node, error) {
	d := k.deps()
	category, ok := logs.ParseCategory(in.Category)
	var found []logs.Line
	if ok && in.Kind != "" && !in.At.IsZero() {
		page, err := d.Logs.Query(c, logs.Filter{
			Kinds: []logs.Kind{logs.Kind(in.Kind)}, Categories: []logs.Category{category},
			Since: in.At, Until: in.At.Add(time.Microsecond), Limit: sameMoment,
		})
		if err != nil {
			return nil, err
		}
		found = page.Lines
	}
	if len(found) == 0 {
		return nil, appos.Errorf(appos.NotFound, "there is no such log entry; it may be past its retention")
	}
	c.Crumbs(ui.Crumb{Label: titles.Logs.In(c), URL: c.URL(Logs{})})
	var cards []ui.Node
	for i := range found {
		cards = append(cards, d.entryCard(c, &found[i]))
	}
	first := &found[0]
	actions := ui.Actions(levelBadge(first.Level))
	if first.ExecutionID != "" {
		actions = ui.Actions(levelBadge(first.Level),
			ui.LinkButton(c.URL(Logs{ExecutionID: first.ExecutionID}), "All of this execution", ui.Outline, ui.Icon("list-tree")))
	}
	return ui.Screen(c, titles.LogEntry.In(c), ui.Sub(clock(c, first.Time)+" · "+object.Humanize(string(first.Kind))+" · "+first.Category),
		actions, ui.Stack(cards...)), nil
}

func (d Deps) entryCard(c *ui.Ctx, l *logs.Line) ui.Node {
	var pairs []ui.Pair
	add := func(label string, value ui.Node, there bool) {
		if there {
			pairs = append(pairs, ui.Pair{Label: label, Value: value})
		}
	}
	add("Message", ui.Text(l.Message), l.Message != "")
	add("Object", d.reference(c, l.Object), l.Object != "")
	add("Called by", d.reference(c, l.Caller), l.Caller != "")
	add("User", userLink(c, l.User), l.User != "")
	add("Execution", executionLink(c, l.ExecutionID), l.ExecutionID != "")
	add("Took", ui.Text(took(c, milliseconds(l.DurationMS))), l.DurationMS > 0)
	add("Error", ui.Badge(l.Code, ui.Err), l.Code != "")
	add("HTTP status", ui.Text(c.Int(l.Status)), l.Status != 0)
	for _, key := range slices.Sorted(maps.Keys(l.Fields)) {
		value := plainValue(l.Fields[key])
		if field, sealed := strings.CutSuffix(key, logs.Sealed); sealed {
			add(object.Humanize(field), d.unsealed(value, l.ExecutionID, field), true)
			continue
		}
		add(object.Humanize(key), ui.Text(value), value != "")
	}
	add("Fields left out", ui.Text(c.Int(l.FieldsDropped)), l.FieldsDropped > 0)
	return ui.Card(shortened(headline(l), 120), h.Div(h.Class("kv-wide"), ui.KV(pairs...)))
}

// unsealed is a payload that is encrypted in the log.
func (d Deps) unsealed(sealed, executionID, field string) ui.Node {
	if d.Unseal != nil {
		if plain, err := d.Unseal(sealed, executionID, field); err == nil {
			return ui.Text(plain)
		}
	}
	return muted("It is encrypted, and does not open with the keys of this server.")
}
