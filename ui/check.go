package ui

import (
	"fmt"
	"reflect"
	"regexp"
	"strings"

	"github.com/apposengine/appos/internal/object"
)

// Check returns what is wrong with the pages and sites of the apps that only all
// declarations together show: menus that lead nowhere, icons that do not exist,
// extended
// records that are not declared, wildcards of routes that are no field, routes that overlap.
func Check(reg *object.Registry) []object.Fault {
	var faults []object.Fault
	for _, o := range reg.Of("", object.KindPage) {
		checkRoute(o.Message, o.Page.Route, func(text string) {
			faults = append(faults, object.Fault{Source: o.Source, Object: o.Ref, Text: text})
		})
	}
	for _, app := range reg.Apps {
		checkOverlaps(reg, app, func(o *object.Object, text string) {
			faults = append(faults, object.Fault{Source: o.Source, Object: o.Ref, Text: text})
		})
	}
	for _, o := range reg.Of("", object.KindSite) {
		note := func(text string) { faults = append(faults, object.Fault{Source: o.Source, Object: o.Ref, Text: text}) }
		if o.Site.Home != nil {
			checkPage(reg, o.Site.Home, "the home of the site", note)
		}
		checkNav(reg, o.Site.Nav, note)
	}
	for _, app := range reg.Apps {
		for t := range app.Extensions {
			if o := reg.ByType(t); o == nil || o.Record == nil {
				faults = append(faults, object.Fault{Source: app.Source, Object: app.Name, Text: "ui.Extend changes the list of " + t.String() + ", which is not declared as a record"})
			}
		}
	}
	return faults
}

func checkNav(reg *object.Registry, nav []object.Nav, note func(string)) {
	for _, n := range nav {
		if n.Icon != "" && !IconExists(n.Icon) {
			note("the menu has the icon \"" + n.Icon + "\", which Lucide does not know")
		}
		switch {
		case n.To != nil:
			checkPage(reg, n.To, "an entry of the menu", note)
		case n.List != nil:
			if o := reg.ByType(n.List); o == nil || o.Record == nil {
				note("an entry of the menu lists " + n.List.String() + ", which is not declared as a record")
			}
		case len(n.Items) == 0:
			note("the entry \"" + n.Label.In("en") + "\" of the menu leads nowhere; give it To, List or Items")
		}
		checkNav(reg, n.Items, note)
	}
}

func checkPage(reg *object.Registry, to any, what string, note func(string)) {
	if o := reg.ByType(reflect.TypeOf(to)); o == nil || o.Page == nil {
		note(what + " is " + reflect.TypeOf(to).String() + ", which is not the message of a page")
	}
}

// checkOverlaps finds routes that one address fits and of which neither is the
// more specific one.
func checkOverlaps(reg *object.Registry, app *object.App, note func(*object.Object, string)) {
	routes := Routes(reg, app)
	for _, o := range reg.Of(app.Name, object.KindPage) {
		for _, r := range routes {
			if r.Object != o && overlap(o.Page.Route, r.Path) && (r.Derived == "" || anonymous(r.Path) != anonymous(o.Page.Route)) {
				with := "a derived screen"
				if r.Object != nil {
					with = r.Object.Ref
				}
				note(o, fmt.Sprintf("the route %q answers addresses that %q of %s also answers; make one more specific", o.Page.Route, r.Path, with))
			}
		}
	}
}

func overlap(a, b string) bool {
	as, bs := strings.Split(a, "/"), strings.Split(b, "/")
	if len(as) != len(bs) {
		return false
	}
	aMore, bMore := false, false
	for i := range as {
		aWild, bWild := strings.HasPrefix(as[i], "{"), strings.HasPrefix(bs[i], "{")
		switch {
		case !aWild && !bWild && as[i] != bs[i]:
			return false
		case aWild && !bWild:
			bMore = true
		case bWild && !aWild:
			aMore = true
		}
	}
	return aMore == bMore
}

var (
	segment  = regexp.MustCompile(`^[a-z0-9][a-z0-9._-]*$`)
	wildcard = regexp.MustCompile(`^\{([a-z][a-z0-9_]*)\}$`)
)

func checkRoute(m *object.Message, route string, note func(string)) {
	fault := func(format string, args ...any) { note(fmt.Sprintf(format, args...)) }
	if !strings.HasPrefix(route, "/") {
		fault("the route %q does not begin with a slash", route)
		return
	}
	if route == "/" {
		return
	}
	for part := range strings.SplitSeq(route[1:], "/") {
		w := wildcard.FindStringSubmatch(part)
		switch {
		case w == nil && !segment.MatchString(part):
			fault("the route %q has the segment %q; a segment is lower case letters, digits, dots and dashes, or a wildcard such as {customer}", route, part)
		case w != nil && m.Field(w[1]) == nil:
			var keys []string
			for _, f := range m.Fields {
				keys = append(keys, f.Key)
			}
			hint := "; it has no fields"
			if len(keys) > 0 {
				hint = "; it has " + strings.Join(keys, ", ")
			}
			fault("the wildcard %q of the route %q is no field of %s%s", w[1], route, m.Type, hint)
		}
	}
}
