package admin

import (
	"github.com/apposengine/appos"
	"github.com/apposengine/appos/ui"
)

// Sessions is /admin/sessions: who is signed in.
type Sessions struct{ appos.Returns[ui.Node] }

func (k console) sessions(c *ui.Ctx, _ Sessions) (ui.Node, error) {
	switch c.Posting(do) {
	case "":
	case "revoke":
		return revokeSession(c)
	default:
		return nil, unknown(c)
	}
	return ui.Screen(c, titles.Sessions.In(c),
		ui.Sub("Who is signed in, newest first: browsers, and tokens of POST /api/auth/token. Ending a session counts at its next request."),
		k.deps().sessionTable(c, 0)), nil
}
