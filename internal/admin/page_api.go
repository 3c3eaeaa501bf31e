package admin

import (
	"github.com/apposengine/appos"
	"github.com/apposengine/appos/internal/apidocs"
	"github.com/apposengine/appos/ui"
)

// API is /admin/api: everything that can be called over HTTP.
type API struct {
	appos.Returns[ui.Node]
}

func (k console) api(c *ui.Ctx, _ API) (ui.Node, error) {
	return apidocs.Index(c, k.deps().Describe(c), c.URL(API{})), nil
}

// Operation is /admin/api/{operation}: one thing that can be called.
type Operation struct {
	appos.Returns[ui.Node]

	Operation string
}

func (k console) operation(c *ui.Ctx, in Operation) (ui.Node, error) {
	d := k.deps()
	return apidocs.Operation(c, d.Describe(c), c.URL(API{}), d.URL, in.Operation)
}
