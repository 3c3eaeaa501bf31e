package admin

import (
	"github.com/apposengine/appos"
	"github.com/apposengine/appos/ui"
)

// Dashboard is /admin/: how the platform is.
type Dashboard struct{ appos.Returns[ui.Node] }

func (k console) dashboard(c *ui.Ctx, _ Dashboard) (ui.Node, error) {
	d := k.deps()
	now := d.Now()
	return ui.Screen(c, titles.Dashboard.In(c),
		ui.Sub(d.Product+" "+d.Version+" · "+d.Env+" · up "+lasting(now.Sub(d.Started)))), nil
}
