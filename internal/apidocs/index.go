package apidocs

import (
	"cmp"
	"slices"
	"strings"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"

	"github.com/apposengine/appos/internal/openapi"
	"github.com/apposengine/appos/ui"
)

// methods are in the order in which people look for them.
var methods = []string{"GET", "POST", "PUT", "PATCH", "DELETE"}

// An entry is an operation with its place.
type entry struct {
	*openapi.Operation
	method, path string
}

func (e *entry) tag() string {
	if len(e.Tags) == 0 {
		return ""
	}
	return e.Tags[0]
}

// entries are the operations of the document: those of apps first, by group.
func entries(d *openapi.Document) []entry {
	var all []entry
	for path, item := range d.Paths {
		item.Operations(func(method string, o *openapi.Operation) { all = append(all, entry{o, method, path}) })
	}
	slices.SortFunc(all, func(x, y entry) int {
		return cmp.Or(cmp.Compare(platform(x.tag()), platform(y.tag())), strings.Compare(x.tag(), y.tag()), strings.Compare(x.path, y.path),
			cmp.Compare(slices.Index(methods, x.method), slices.Index(methods, y.method)))
	})
	return all
}

// platform is 1 for the groups of AppOS itself, which everybody has.
func platform(tag string) int {
	if strings.HasPrefix(tag, "AppOS: ") {
		return 1
	}
	return 0
}

// Index lists the operations of the document. The page of one is at base/ID. What
// else there is to do stands beside the title.
func Index(c *ui.Ctx, d *openapi.Document, base string, actions ...ui.Node) ui.Node {
	all := entries(d)
	var groups, ways []ui.Option
	for _, method := range methods {
		ways = append(ways, ui.Option{Value: method, Label: method})
	}
	for _, e := range all {
		if n := len(groups); n == 0 || groups[n-1].Value != e.tag() {
			groups = append(groups, ui.Option{Value: e.tag(), Label: e.tag()})
		}
	}
	var nothing ui.Node
	if !slices.ContainsFunc(all, func(e entry) bool { return platform(e.tag()) == 0 }) {
		nothing = ui.Card("", ui.EmptyState("plug", "No app’s API is open to you", "Ask an administrator for a group that may call what you need. What everybody may call is below."))
	}
	return ui.Screen(c, "API",
		ui.Sub("What you may call over HTTP. Programs sign in with an API key or a token."),
		ui.Actions(append(actions, ui.Download("/api/openapi.json", "OpenAPI 3.1"))...),
		ui.Stack(nothing, ui.DataTable(c, ui.Table[entry]{
			ID: "operations", Name: "operations", One: "operation", Rows: all, Search: true, Size: 50,
			Filters: []ui.Filter{{Key: "group", Title: "Group", Options: groups}, {Key: "method", Title: "Method", Options: ways}},
			Key:     func(e *entry) string { return e.ID },
			URL:     func(e *entry) string { return base + "/" + e.ID },
			Columns: []ui.Column[entry]{
				{Key: "what", Title: "What", Main: true, Text: func(e *entry) string { return e.Summary }},
				{Key: "path", Title: "Request", Text: func(e *entry) string { return e.method + " " + e.path }, Cell: func(e *entry) ui.Node { return request(e.method, e.path) }},
				{Key: "group", Title: "Group", Sort: true, Text: func(e *entry) string { return e.tag() }},
				{Key: "method", Title: "Method", Hidden: true, Text: func(e *entry) string { return e.method }},
				{Key: "id", Title: "Operation id", Hidden: true, Text: func(e *entry) string { return e.ID }},
			},
		})))
}

// tones are the colours of methods.
var tones = map[string]ui.Variant{"GET": ui.Info, "POST": ui.OK, "PUT": ui.Warn, "PATCH": ui.Warn, "DELETE": ui.Err}

func request(method, path string) ui.Node {
	return h.Span(h.Class("row"), h.Span(h.Class("method"), ui.Badge(method, tones[method])), code(path))
}

func code(text string) ui.Node { return h.Code(ui.Text(text)) }

// prose draws text in which `this` is code.
func prose(text string) ui.Node {
	var parts []ui.Node
	for i, part := range strings.Split(text, "`") {
		if i%2 == 1 {
			parts = append(parts, code(part))
		} else {
			parts = append(parts, ui.Text(part))
		}
	}
	return g.Group(parts)
}
