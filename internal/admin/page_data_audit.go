package admin

import (
	"strconv"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"

	"github.com/apposengine/appos"
	"github.com/apposengine/appos/internal/object"
	"github.com/apposengine/appos/internal/record"
	"github.com/apposengine/appos/ui"
)

// DataAudit is /admin/data-audit: who changed what in the rows of an audited
// record.
type DataAudit struct {
	appos.Returns[ui.Node]

	Record    string // a reference; "" is the first that is audited
	Operation string
	Field     string // a column
	User      string
}

func (k console) dataAudit(c *ui.Ctx, in DataAudit) (ui.Node, error) {
	d := k.deps()
	var audited []ui.Option
	for _, o := range d.registry().Of("", object.KindRecord) {
		if o.Record.Audited {
			audited = append(audited, ui.Option{Value: o.Ref, Label: o.Ref})
		}
	}
	sub := ui.Sub("Every change of the rows of audited records, newest first.")
	if len(audited) == 0 {
		return ui.Screen(c, titles.DataAudit.In(c), sub, ui.EmptyState("history", "No record is audited", "Declare one with appos.Audited, and its changes are kept.")), nil
	}
	if in.Record == "" {
		in.Record = audited[0].Value
	}
	o := d.registry().ByRef(in.Record)
	if o == nil || o.Record == nil || !o.Record.Audited {
		return nil, appos.Errorf(appos.NotFound, "no audited record has the reference %q", in.Record)
	}
	q := object.HistoryQuery{By: in.User}
	if in.Operation != "" {
		q.Operations = []string{in.Operation}
	}
	filters := []ui.Filter{
		{Key: "record", Title: "Record", Options: audited},
		{Key: "operation", Title: "What", Options: []ui.Option{{Value: "create", Label: "Created"}, {Value: "update", Label: "Changed"}, {Value: "delete", Label: "Deleted"}, {Value: "restore", Label: "Restored"}}},
		{Key: "field", Title: "Field"},
		{Key: "user", Title: "User", Options: d.userOptions(c)},
	}
	for i := range o.Record.Fields {
		f := &o.Record.Fields[i]
		if f.System || f.Hidden || f.Secret {
			continue
		}
		filters[2].Options = append(filters[2].Options, ui.Option{Value: f.Column, Label: f.Column})
		if f.Column == in.Field {
			q.Fields = []*object.Field{f}
		}
	}
	if in.Field != "" && q.Fields == nil {
		return nil, appos.Errorf(appos.Invalid, "%s has no field %q to filter by", o.Ref, in.Field)
	}
	return ui.Screen(c, titles.DataAudit.In(c), sub, d.rowChanges(c, o, q, filters)), nil
}

func (d Deps) rowChanges(c *ui.Ctx, o *object.Object, q object.HistoryQuery, filters []ui.Filter) ui.Node {
	return ui.DataTable(c, ui.Table[object.HistoryEntry]{
		ID: "changes", Name: "changes of " + o.Ref, Filters: filters,
		Key: func(x *object.HistoryEntry) string { return strconv.FormatInt(x.ID, 10) },
		Source: func(c *ui.Ctx, s ui.State) (ui.Slice[object.HistoryEntry], error) {
			t := trailOf(s)
			q.Before, q.Limit = position(t), s.Size
			entries, before, err := d.Engine.History(c, o.Record.Type, &q)
			next := ""
			if before != 0 {
				next = strconv.FormatInt(before, 10)
			}
			return slice(t, entries, next, -1), err
		},
		Columns: []ui.Column[object.HistoryEntry]{
			{Key: "at", Title: "When", Text: func(x *object.HistoryEntry) string { return c.Time(x.At) }},
			{Key: "row", Title: "Row", Main: true, Cell: func(x *object.HistoryEntry) ui.Node {
				id := strconv.FormatInt(x.Row, 10)
				return anchor("/"+o.App.Name+"/"+o.Record.Path+"/"+id+"/history", ui.Text("#"+id))
			}},
			{Key: "what", Title: "What", Text: func(x *object.HistoryEntry) string { return rowOperation(x) }},
			{Key: "user", Title: "By", Cell: func(x *object.HistoryEntry) ui.Node { return userLink(c, x.By) }},
			{Key: "changed", Title: "Change", Cell: func(x *object.HistoryEntry) ui.Node { return rowDifferences(x) }},
			{Key: "execution", Title: "Execution", Cell: func(x *object.HistoryEntry) ui.Node {
				if x.ExecutionID == "" {
					return muted("–")
				}
				return anchor(c.URL(Logs{ExecutionID: x.ExecutionID}), ui.Text("Logs"))
			}},
		},
	})
}

// rowOperation is what an entry did, in words.
func rowOperation(x *object.HistoryEntry) string {
	switch x.Operation {
	case "create":
		return "Created"
	case "delete":
		return "Deleted"
	case "restore":
		return "Restored version " + strconv.FormatInt(x.Restored, 10)
	}
	return "Changed to version " + strconv.FormatInt(x.Version, 10)
}

// rowDifferences lists what an entry did to each field.
func rowDifferences(x *object.HistoryEntry) ui.Node {
	if len(x.Fields) == 0 {
		return muted("–")
	}
	var lines []ui.Node
	for i := range x.Fields {
		f := &x.Fields[i]
		old, fresh := loggedText(f, f.Old), loggedText(f, f.New)
		lines = append(lines, h.Div(muted(f.Column+": "),
			g.If(old != "", h.Del(ui.Text(old))), g.If(old != "" && fresh != "", ui.Text(" → ")), ui.Text(fresh),
			g.If(old == "" && fresh == "", ui.Text("empty"))))
	}
	return h.Div(lines...)
}

func loggedText(change *object.FieldChange, v any) string {
	if v == nil {
		return ""
	}
	if s, ok := v.(string); ok || change.Field == nil {
		return shortened(s, 48)
	}
	return shortened(record.FormatValue(change.Field, v), 48)
}
