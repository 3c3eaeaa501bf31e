package admin

import (
	"fmt"
	"strings"

	h "maragu.dev/gomponents/html"

	"github.com/apposengine/appos"
	"github.com/apposengine/appos/internal/constant"
	"github.com/apposengine/appos/internal/object"
	"github.com/apposengine/appos/platform"
	"github.com/apposengine/appos/ui"
)

// Constants is /admin/constants: what apps have declared constant, and what
// administrators have set it to.
type Constants struct {
	appos.Returns[ui.Node]

	App string
}

// A constantRow is a constant with what is set.
type constantRow struct {
	*object.Object
	here      *constant.Override // in the server's environment, or nil
	elsewhere []constant.Override
}

func (k console) constants(c *ui.Ctx, _ Constants) (ui.Node, error) {
	d := k.deps()
	if c.Posting(do) == "clear" {
		ref, env := c.Posting("ref"), c.Posting("env")
		return change(c, platform.ResetConstant{Constant: ref, Environment: env}, "What "+ref+" was set to in "+env+" is gone")
	}
	if err := d.Board.Refresh(c); err != nil {
		return nil, err
	}
	var rows []constantRow
	for _, o := range d.objects() {
		if o.Constant != nil {
			rows = append(rows, d.constantRow(o))
		}
	}
	return ui.Screen(c, titles.Constants.In(c),
		ui.Sub("What apps declare with appos.Constant. What is set here holds at once, without a restart, on every node."),
		ui.Stack(d.leftConstants(c), ui.DataTable(c, ui.Table[constantRow]{
			ID: "constants", Name: "constants", Rows: rows, Search: true,
			Filters: []ui.Filter{{Key: "app", Title: "App", Options: d.appOptions()}, {Key: "state", Title: "State", Options: []ui.Option{{Value: stateCode, Label: stateCode}, {Value: stateChanged, Label: stateChanged}, {Value: stateUnused, Label: stateUnused}}}},
			Key:     func(r *constantRow) string { return r.Ref },
			URL:     func(r *constantRow) string { return c.URL(Constant{Ref: r.Ref}) },
			Columns: []ui.Column[constantRow]{
				{Key: "constant", Title: "Constant", Main: true, Sort: true, Text: func(r *constantRow) string { return r.Ref }},
				{Key: "app", Title: "App", Hidden: true, Sort: true, Text: func(r *constantRow) string { return r.App.Name }},
				{Key: "type", Title: "Type", Sort: true, Text: func(r *constantRow) string { return typeText(r.Constant.Type) }},
				{Key: "declared", Title: "Code says", Text: func(r *constantRow) string { return d.declaredText(r.Object, d.Env) },
					Cell: func(r *constantRow) ui.Node { return brief(d.declaredText(r.Object, d.Env)) }},
				{Key: "value", Title: "In " + d.Env, Text: func(r *constantRow) string { return d.valueText(r.Object) },
					Cell: func(r *constantRow) ui.Node { return brief(d.valueText(r.Object)) }},
				{Key: "state", Title: "State", Sort: true, Text: func(r *constantRow) string { return r.state() },
					Cell: func(r *constantRow) ui.Node { return settingBadge(r.state()) }},
				{Key: "elsewhere", Title: "Set elsewhere", Text: func(r *constantRow) string {
					var all []string
					for _, x := range r.elsewhere {
						all = append(all, x.Env+" "+shortened(x.Text, 24))
					}
					return strings.Join(all, ", ")
				}},
			},
		}))), nil
}

func (d Deps) constantRow(o *object.Object) constantRow {
	row := constantRow{Object: o}
	for _, x := range d.Constants.Of(o) {
		if x.Env == d.Env {
			row.here = &x
		} else {
			row.elsewhere = append(row.elsewhere, x)
		}
	}
	return row
}

// The states of what administrators may change.
const (
	stateCode    = "Declared"
	stateChanged = "Changed"
	stateUnused  = "Not used"
	stateMissing = "Missing"
)

func (r constantRow) state() string {
	switch {
	case r.here == nil:
		return stateCode
	case r.here.Stale != "":
		return stateUnused
	}
	return stateChanged
}

func settingBadge(state string) ui.Node {
	tone := map[string]ui.Variant{stateChanged: ui.Primary, stateUnused: ui.Err, stateMissing: ui.Warn}[state]
	if tone == "" {
		tone = ui.Muted
	}
	return ui.Badge(state, tone)
}

// declaredText is what the code says in an environment.
func (d Deps) declaredText(o *object.Object, env string) string {
	if constant.FormOf(o.Constant) == constant.Other {
		return fmt.Sprint(o.Constant.In(env))
	}
	return constant.Format(o.Constant, o.Constant.In(env))
}

// valueText is what the constant is in the server's environment.
func (d Deps) valueText(o *object.Object) string {
	if v, ok := d.Constants.Current().Of(o); ok {
		return constant.Format(o.Constant, v)
	}
	return d.declaredText(o, d.Env)
}

// brief is a value that may be long or empty, for a cell.
func brief(text string) ui.Node {
	if text == "" {
		return muted("empty")
	}
	return code(shortened(text, 40))
}

// leftConstants are what was set of constants that are gone.
func (d Deps) leftConstants(c *ui.Ctx) ui.Node {
	s := sheet{label: "Left over", columns: []string{"Constant", "Environment", "Value", "Set by", ""}}
	for _, x := range d.Constants.All() {
		if d.registry().ByRef(x.Ref) != nil {
			continue
		}
		s.rows = append(s.rows, []ui.Node{code(x.Ref), ui.Text(x.Env), brief(x.Text), h.Span(userLink(c, x.By), ui.Text(" "+ago(c, d.Now(), x.At))),
			rowButton(c, "Clear away", "Clear away what "+x.Ref+" was set to in "+x.Env, ui.Outline, do, "clear", "ref", x.Ref, "env", x.Env)})
	}
	if s.rows == nil {
		return nil
	}
	return ui.FlushCard("Left of constants that are gone", s.node())
}
