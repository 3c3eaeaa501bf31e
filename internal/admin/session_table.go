package admin

import (
	"strconv"

	"github.com/apposengine/appos/internal/security"
	"github.com/apposengine/appos/platform"
	"github.com/apposengine/appos/ui"
)

// sessionTable lists the sessions of a user, or of all for 0. Tokens are not
// known to it, nor to the database.
func (d Deps) sessionTable(c *ui.Ctx, user int64) ui.Node {
	now := d.Now()
	columns := []ui.Column[security.Session]{
		{Key: "user", Title: "User", Main: true, Cell: func(s *security.Session) ui.Node {
			return anchor(c.URL(User{Name: s.User}), ui.Text(s.User))
		}},
		{Key: "kind", Title: "Kind", Cell: func(s *security.Session) ui.Node { return sessionBadge(s.Kind) }},
		{Key: "created", Title: "Signed in", Text: func(s *security.Session) string { return c.Time(s.CreatedAt) }},
		{Key: "seen", Title: "Last seen", Text: func(s *security.Session) string { return ago(c, now, s.SeenAt) }},
		{Key: "address", Title: "Address", Text: func(s *security.Session) string { return s.Address }},
		{Key: "agent", Title: "With", Text: func(s *security.Session) string { return agentName(s.UserAgent) }},
		{Key: "expires", Title: "Ends by", Text: func(s *security.Session) string { return c.Time(s.ExpiresAt) }},
		{Key: "end", Title: "", Number: true, Cell: func(s *security.Session) ui.Node {
			return confirm(c, "End", "End this session?", s.User+" has to sign in again on "+agentName(s.UserAgent)+".",
				"End the session of "+s.User, do, "revoke", "session", strconv.FormatInt(s.ID, 10))
		}},
	}
	if user != 0 {
		columns = columns[1:]
	}
	return ui.DataTable(c, ui.Table[security.Session]{
		ID: "sessions", Name: "sessions", Columns: columns,
		Key: func(s *security.Session) string { return strconv.FormatInt(s.ID, 10) },
		Source: func(c *ui.Ctx, s ui.State) (ui.Slice[security.Session], error) {
			t := trailOf(s)
			rows, err := d.Security.Sessions(c, security.SessionQuery{UserID: user, Before: position(t), Limit: s.Size + 1})
			next := ""
			if len(rows) > s.Size {
				rows = rows[:s.Size]
				next = strconv.FormatInt(rows[s.Size-1].ID, 10)
			}
			return slice(t, rows, next, -1), err
		},
	})
}

// position is the cursor of a list that is paged by numbers; 0 is its beginning.
func position(t trail) int64 {
	id, err := strconv.ParseInt(t.cursor(), 10, 64)
	if err != nil {
		return 0
	}
	return id
}

func sessionBadge(k security.SessionKind) ui.Node {
	if k == security.Token {
		return ui.Badge("API token", ui.Info)
	}
	return ui.Badge("Browser", ui.Muted)
}

// revokeSession ends the session that was posted.
func revokeSession(c *ui.Ctx) (ui.Node, error) {
	id, err := strconv.ParseInt(c.Posting("session"), 10, 64)
	if err != nil {
		return nil, unknown(c)
	}
	return change(c, platform.RevokeSession{Session: id}, "Session ended")
}
