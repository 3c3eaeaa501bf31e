package admin

import (
	"strings"

	h "maragu.dev/gomponents/html"

	"github.com/apposengine/appos"
	"github.com/apposengine/appos/internal/security"
	"github.com/apposengine/appos/platform"
	"github.com/apposengine/appos/ui"
)

// keyStates are the states of keys, for the filter and the badges.
var keyStates = []struct {
	state security.KeyState
	label string
	tone  ui.Variant
}{
	{security.KeyActive, "Active", ui.OK},
	{security.KeyExpiring, "Expires soon", ui.Warn},
	{security.KeyDisabled, "Account inactive", ui.Muted},
	{security.KeyExpired, "Expired", ui.Muted},
	{security.KeyRevoked, "Revoked", ui.Err},
}

var keyFilter = func() ui.Filter {
	f := ui.Filter{Key: "state", Title: "State"}
	for _, s := range keyStates {
		f.Options = append(f.Options, ui.Option{Value: string(s.state), Label: s.label})
	}
	return f
}()

func keyBadge(state security.KeyState) ui.Node {
	for _, s := range keyStates {
		if s.state == state {
			return ui.Badge(s.label, s.tone)
		}
	}
	return ui.Badge(string(state), ui.Muted)
}

// keyTable lists the keys of a user, or of all for 0.
func (d Deps) keyTable(c *ui.Ctx, user int64, empty ...ui.Node) ui.Node {
	now := d.Now()
	columns := []ui.Column[security.APIKey]{
		{Key: "name", Title: "Name", Main: true, Cell: func(k *security.APIKey) ui.Node {
			return h.Span(h.Class("two"), h.Span(h.Title(k.Name), ui.Text(shortened(k.Name, 28))), h.Small(code(k.ID)))
		}},
		{Key: "account", Title: "Account", Cell: func(k *security.APIKey) ui.Node {
			return anchor(c.URL(User{Name: k.User, View: viewKeys}), ui.Text(k.User))
		}},
		{Key: "groups", Title: "Groups", Cell: func(k *security.APIKey) ui.Node {
			if k.Groups == nil {
				return muted("all")
			}
			return ui.Text(shortened(some(k.Groups, 2), 28))
		}},
		{Key: "state", Title: "State", Cell: func(k *security.APIKey) ui.Node { return keyBadge(k.State(now)) }},
		{Key: "expires", Title: "Expires", Text: func(k *security.APIKey) string {
			if k.ExpiresAt.IsZero() {
				return "never"
			}
			return c.Date(k.ExpiresAt)
		}},
		{Key: "used", Title: "Last used", Cell: func(k *security.APIKey) ui.Node {
			if k.UsedAt.IsZero() {
				return muted("never")
			}
			return h.Span(h.Class("two"), h.Span(ui.Text(ago(c, now, k.UsedAt))), h.Small(h.Title(k.UsedFrom), ui.Text(shortened(k.UsedFrom, 18))))
		}},
		{Key: "created", Title: "Created", Hidden: true, Text: func(k *security.APIKey) string { return c.Date(k.CreatedAt) + " by " + k.CreatedBy }},
		{Key: "replaces", Title: "Replaces", Hidden: true, Text: func(k *security.APIKey) string { return k.Replaces }},
		{Key: "change", Title: "", Number: true, Cell: func(k *security.APIKey) ui.Node { return keyButtons(c, k, k.State(now)) }},
	}
	if user != 0 {
		columns = append(columns[:1], columns[2:]...)
	}
	return ui.DataTable(c, ui.Table[security.APIKey]{
		ID: "keys", Name: "API keys", Columns: columns, Search: true, Filters: []ui.Filter{keyFilter}, Empty: empty,
		Key: func(k *security.APIKey) string { return k.ID },
		Source: func(c *ui.Ctx, s ui.State) (ui.Slice[security.APIKey], error) {
			t := trailOf(s)
			page, err := d.Security.Keys(c, security.KeyQuery{
				UserID: user, Search: s.Search, State: security.KeyState(s.Filters["state"]), After: t.cursor(), Limit: s.Size, Count: true,
			})
			return slice(t, page.Items, page.Next, page.Total), err
		},
	})
}

// graces are how long a key may be good yet that is followed by another.
var graces = []ui.Option{{Value: "1h", Label: "1 hour"}, {Value: "24h", Label: "1 day"}, {Value: "168h", Label: "7 days"}, {Value: "720h", Label: "30 days"}, {Value: "0s", Label: "Not at all"}}

// keyButtons are what can be done with a key.
func keyButtons(c *ui.Ctx, k *security.APIKey, state security.KeyState) ui.Node {
	if state == security.KeyRevoked || state == security.KeyExpired {
		return nil
	}
	var rotate ui.Node
	if state != security.KeyDisabled {
		rotate = ui.Dialog(c, "Rotate", ui.Outline, "Rotate “"+k.Name+"” of "+k.User+"?",
			ui.PlainForm(c, c.Request().URL.RequestURI(), h.Div(h.Class("confirm"),
				h.P(ui.Text("A new key is made with the same groups, for the same time. The old one stays good for a while, so that clients can change over.")),
				ui.Chooser(c, "grace", "The old key is good for another", "24h", graces...),
				ui.Hidden("key", k.ID), ui.Named(ui.Primary, do, "rotate_key", "Rotate "+k.ID))))
	}
	return h.Span(h.Class("btns"), rotate,
		confirm(c, "Revoke", "Revoke “"+k.Name+"” of "+k.User+"?",
			"Whoever uses this key is refused at the next request, on every node. A revoked key cannot be brought back.",
			"Revoke "+k.ID, do, "revoke_key", "key", k.ID))
}

// revokeKey ends the key that was posted.
func revokeKey(c *ui.Ctx) (ui.Node, error) {
	return change(c, platform.RevokeAPIKey{Key: c.Posting("key")}, "Key revoked")
}

// rotateKey follows the key that was posted with another, and shows that.
func (d Deps) rotateKey(c *ui.Ctx) (ui.Node, error) {
	grace, err := readGrace(c.Posting("grace"))
	if err != nil {
		return nil, unknown(c)
	}
	issued, err := appos.Call(c, platform.RotateAPIKey{Key: c.Posting("key"), Grace: grace})
	if err == nil {
		return d.keyMade(c, issued), nil
	}
	if told := refused(c, err); told {
		return c.RedirectTo(c.Request().URL.RequestURI())
	}
	return nil, err
}

// keyMade shows a key, for the only time.
func (d Deps) keyMade(c *ui.Ctx, k platform.IssuedAPIKey) ui.Node {
	until := "It does not expire."
	if k.ExpiresAt != nil {
		until = "It expires on " + c.Date(*k.ExpiresAt) + "."
	}
	groups := "all groups of the account"
	if len(k.Groups) > 0 {
		groups = strings.Join(k.Groups, ", ")
	}
	c.Crumbs(ui.Crumb{Label: titles.APIKeys.In(c), URL: c.URL(APIKeys{})})
	return ui.Screen(c, "API key made",
		ui.Sub(k.Name+" · "+k.Account+" · "+groups),
		ui.Alert(ui.Warn, "Copy the key now", "It is not shown again, and nobody can find it out: AppOS keeps its hash only. "+until),
		ui.Card("The key", ui.Stack(
			ui.Copyable(c, "API key", k.Secret),
			muted("Keep it where secrets are kept, not in code. Its id, "+k.Key+", is no secret."))),
		ui.Card("An example", ui.Copyable(c, "Example call", d.curl(c, k))),
		h.Div(h.Class("row"), ui.LinkButton(c.URL(User{Name: k.Account, View: viewKeys}), "Done", ui.Primary)))
}

// curl is a call that the key may make, if there is one.
func (d Deps) curl(c *ui.Ctx, k platform.IssuedAPIKey) string {
	r := c.Request()
	site := strings.TrimSuffix(d.URL, "/")
	if site == "" {
		site = "https://" + r.Host
		if r.TLS == nil && r.Header.Get("X-Forwarded-Proto") != "https" {
			site = "http://" + r.Host
		}
	}
	return `curl "` + site + d.samplePath(c, k) + `" -H "Authorization: Bearer ` + k.Secret + `"`
}
