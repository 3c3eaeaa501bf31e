package ui

import (
	"context"
	"reflect"

	"github.com/apposengine/appos"
	"github.com/apposengine/appos/internal/object"
)

// View is a message that is answered with a screen: that of an interface or a page.
type View = appos.Callable[Node]

// Interface declares the handler of an interface: a part of screens, which
// [Show] places. Without [appos.Allow] it inherits security.defaults.ui of app.yaml.
func Interface[In View](app *appos.App, handler func(*Ctx, In) (Node, error), opts ...appos.RuleOption) appos.Declared {
	name := object.Snake(reflect.TypeFor[In]().Name())
	return appos.Declare(app, describe(app, object.KindInterface, name, handler), name, opts...)
}

// Page declares an interface with an address: route below /{app}, in which
// wildcards name fields of In, such as "/customers/{customer}". Other fields of
// In travel in the query string. A route that a record's derived screen has
// replaces that screen.
func Page[In View](app *appos.App, route string, title appos.Text, handler func(*Ctx, In) (Node, error), opts ...appos.RuleOption) appos.Declared {
	name := object.Snake(reflect.TypeFor[In]().Name())
	o := describe(app, object.KindPage, name, handler)
	o.Page = &object.Page{Route: route, Title: object.Text(title)}
	return appos.Declare(app, o, name, opts...)
}

func describe[In View](app *appos.App, kind object.Kind, name string, handler func(*Ctx, In) (Node, error)) object.Object {
	ref := object.RefOf(app.Name(), kind, name)
	return object.Object{
		Kind:    kind,
		Message: appos.DescribeMessage(app, ref, reflect.TypeFor[In]()),
		Output:  reflect.TypeFor[Node](),
		Handler: func(ctx context.Context, in any) (any, error) {
			c := From(ctx)
			if c == nil {
				return nil, object.Errorf(object.Dispatch, "%s is drawn on screens only; it cannot be called from a rule, a process or an API", ref)
			}
			n, err := handler(c, in.(In))
			if n == nil {
				n = Text("") // an interface may have nothing to show, and a call has an answer
			}
			return n, err
		},
	}
}

// Nav is an entry of a site's menu: a page, the list of a record, or a titled
// group of entries.
type Nav struct {
	Label appos.Text // the page's title or the record's plural when it is nil
	Icon  string     // a Lucide name
	To    View       // the message of a page
	List  RecordList // a record, by [ListOf]
	Items []Nav
}

// RecordList names the list of a record's rows.
type RecordList struct{ record reflect.Type }

// ListOf is the list of the record T.
func ListOf[T any]() RecordList { return RecordList{reflect.TypeFor[T]()} }

// Site declares the navigable face of an app: its title, its home page and its
// menu. Entries that the user may not open are left out of it. An app without a
// site has a menu of its records.
func Site(app *appos.App, title appos.Text, home View, nav ...Nav) appos.Declared {
	site := &object.Site{Title: object.Text(title), Nav: entries(nav)}
	if home != nil {
		site.Home = home
	}
	return appos.Declare(app, object.Object{Kind: object.KindSite, Site: site}, app.Name())
}

func entries(nav []Nav) []object.Nav {
	var out []object.Nav
	for _, n := range nav {
		e := object.Nav{Label: object.Text(n.Label), Icon: n.Icon, List: n.List.record, Items: entries(n.Items)}
		if n.To != nil {
			e.To = n.To
		}
		out = append(out, e)
	}
	return out
}

// Show places the interface that the message addresses. It is called through the
// gate, as every object is; an error of it, such as that the user may not use
// it, ends the page.
func Show(c *Ctx, in View) Node {
	n, err := appos.Call(c, in)
	if err != nil {
		return failed{err}
	}
	if s, ok := n.(screen); ok {
		return s.inner() // a page within a page keeps its content, not its frame
	}
	return n
}
