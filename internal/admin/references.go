package admin

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/apposengine/appos/internal/object"
	"github.com/apposengine/appos/platform"
	"github.com/apposengine/appos/ui"
)

// reference links to an object's page, when there is such an object.
func (d Deps) reference(c *ui.Ctx, ref string) ui.Node {
	if ref == "" {
		return nil
	}
	if o := d.registry().ByRef(ref); o != nil {
		return anchor(c.URL(Object{Ref: o.Ref}), ui.Text(ref))
	}
	return ui.Text(ref)
}

func executionLink(c *ui.Ctx, id string) ui.Node {
	if id == "" {
		return nil
	}
	return anchor(c.URL(Logs{ExecutionID: id}), code(id))
}

func userLink(c *ui.Ctx, name string) ui.Node {
	if name == "" {
		return nil
	}
	return anchor(c.URL(User{Name: name}), ui.Text(name))
}

// objects are all objects by reference, those of the platform's own apps last.
func (d Deps) objects() []*object.Object {
	own := func(o *object.Object) int {
		if o.App.Name == Name || o.App.Name == platform.Name {
			return 1
		}
		return 0
	}
	return slices.SortedFunc(slices.Values(d.registry().Objects), func(a, b *object.Object) int {
		return cmp.Or(own(a)-own(b), strings.Compare(a.Ref, b.Ref))
	})
}

// appOptions are the apps that have objects, for filters.
func (d Deps) appOptions() []ui.Option {
	names := map[string]bool{}
	for _, o := range d.registry().Objects {
		names[o.App.Name] = true
	}
	var all []ui.Option
	for _, name := range slices.Sorted(maps.Keys(names)) {
		all = append(all, ui.Option{Value: name, Label: name})
	}
	return all
}

// kindOptions are the kinds that there are objects of, for filters by title.
func (d Deps) kindOptions() []ui.Option {
	there := map[object.Kind]bool{}
	for _, o := range d.registry().Objects {
		there[o.Kind] = true
	}
	var all []ui.Option
	for _, kind := range object.Kinds() {
		if there[kind] {
			all = append(all, ui.Option{Value: kind.Title(), Label: kind.Title()})
		}
	}
	return all
}
