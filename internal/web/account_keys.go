package web

import (
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/apposengine/appos/internal/object"
	"github.com/apposengine/appos/internal/security"
	"github.com/apposengine/appos/ui"
)

// The pages on which users keep their own API keys.
const (
	ownKeysPath = "/account/keys"
	newKeyPath  = "/account/keys/new"
)

// ownLifetimes are the days that users may have a key of their own for; longer ones
// are for administrators to make.
var ownLifetimes = []int{7, 30, 90, 180, 365}

func (s *Site) ownKeyRoutes() []Route {
	if !s.OwnKeys {
		return nil
	}
	var routes []Route
	for _, method := range []string{"GET", "POST"} {
		routes = append(routes,
			Route{Method: method, Path: ownKeysPath, Guard: "session", handle: s.own(s.ownKeys)},
			Route{Method: method, Path: newKeyPath, Guard: "session", handle: s.own(s.newOwnKey)})
	}
	return routes
}

// ownKeys lists the user's keys, and ends one.
func (s *Site) ownKeys(c *ui.Ctx, _ http.ResponseWriter) (ui.Node, error) {
	u := c.User()
	if c.Posted() {
		k, err := s.Security.Key(c, c.Posting("key"))
		if err == nil && k.UserID != u.ID {
			err = object.Errorf(object.NotFound, "you have no such API key")
		}
		if err == nil {
			err = s.Security.RevokeKey(c, u, k.ID)
		}
		if err != nil {
			return nil, err
		}
		c.Toast(ui.OK, c.T("keys.revoked"), "")
		return c.RedirectTo(ownKeysPath)
	}
	now := s.clock()
	create := ui.LinkButton(newKeyPath, c.T("keys.new"), ui.Primary, ui.Icon("plus"))
	return s.accountScreen(c, ui.Stack(ui.Row(create, ui.LinkButton(docsPath, c.T("keys.docs"), ui.Outline, ui.Icon("braces"))), ui.DataTable(c, ui.Table[security.APIKey]{
		ID: "keys", Name: c.T("keys.some"), Size: 100,
		Key: func(k *security.APIKey) string { return k.ID },
		Source: func(c *ui.Ctx, st ui.State) (ui.Slice[security.APIKey], error) {
			page, err := s.Security.Keys(c, security.KeyQuery{UserID: u.ID, After: st.After, Limit: st.Size, Count: true})
			return ui.Slice[security.APIKey]{Items: page.Items, Next: page.Next, Total: page.Total}, err
		},
		Columns: []ui.Column[security.APIKey]{
			{Key: "name", Title: c.T("keys.name"), Main: true, Text: func(k *security.APIKey) string { return k.Name + " · " + k.ID }},
			{Key: "groups", Title: c.T("keys.groups"), Text: func(k *security.APIKey) string {
				if k.Groups == nil {
					return c.T("keys.all")
				}
				return strings.Join(k.Groups, ", ")
			}},
			{Key: "state", Title: c.T("keys.state"), Cell: func(k *security.APIKey) ui.Node {
				state := k.State(now)
				return ui.Badge(c.T("keys.state."+string(state)), keyTones[state])
			}},
			{Key: "expires", Title: c.T("keys.expires"), Text: func(k *security.APIKey) string {
				if k.ExpiresAt.IsZero() {
					return c.T("keys.never")
				}
				return c.Date(k.ExpiresAt)
			}},
			{Key: "used", Title: c.T("keys.used"), Text: func(k *security.APIKey) string {
				if k.UsedAt.IsZero() {
					return c.T("keys.unused")
				}
				return c.Time(k.UsedAt) + " · " + k.UsedFrom
			}},
			{Key: "revoke", Title: "", Number: true, Cell: func(k *security.APIKey) ui.Node {
				if state := k.State(now); state == security.KeyRevoked || state == security.KeyExpired {
					return nil
				}
				return ui.Dialog(c, c.T("keys.revoke"), ui.Outline, c.T("keys.revoke.ask", "name", k.Name),
					ui.Stack(ui.Text(c.T("keys.revoke.text")), ui.PostButton(c, ownKeysPath, c.T("keys.revoke"), ui.Danger, "key", k.ID)))
			}},
		},
	}))), nil
}

var keyTones = map[security.KeyState]ui.Variant{
	security.KeyActive: ui.OK, security.KeyExpiring: ui.Warn, security.KeyDisabled: ui.Muted, security.KeyExpired: ui.Muted, security.KeyRevoked: ui.Err,
}

// newOwnKey makes a key for the user, who proves with the password to be there: a
// session that was left open, or stolen, does not become a key that outlives it.
func (s *Site) newOwnKey(c *ui.Ctx, _ http.ResponseWriter) (ui.Node, error) {
	u := c.User()
	f := ui.NewForm(c, "key", map[string]string{"name": "", "days": "90", "password": ""})
	days, _ := strconv.Atoi(f.Value("days"))
	f.Check("name", f.Value("name") != "", c.T("keys.name.enter"))
	f.Check("days", slices.Contains(ownLifetimes, days), c.T("keys.days.choose"))
	password := c.Posting("password") // as it was typed, spaces and all
	f.Check("password", password != "", c.T("account.password.enter"))
	var groups []string
	for _, g := range u.Groups {
		if f.On("group:" + g) {
			groups = append(groups, g)
		}
	}
	if f.Submitted() && f.Valid() {
		issued, err := s.makeOwnKey(c, password, security.NewKey{UserID: u.ID, Name: f.Value("name"), Groups: groups, Lifetime: time.Duration(days) * 24 * time.Hour})
		var locked *security.Locked
		switch {
		case err == nil:
			return s.ownKeyMade(c, issued), nil
		case errors.As(err, &locked):
			_, text, _ := refusal(err)
			f.Fault(text(c))
		case errors.Is(err, object.Denied):
			f.Check("password", false, c.T("account.password.wrong"))
		case !f.Fail(err):
			return nil, err
		}
	}
	f.Set("password", "")
	var options, switches []ui.Node
	var choices []ui.Option
	for _, n := range ownLifetimes {
		choices = append(choices, ui.Option{Value: strconv.Itoa(n), Label: c.T("keys.days", "n", strconv.Itoa(n))})
	}
	for _, g := range u.Groups {
		switches = append(switches, f.Switch("group:"+g, g, ""))
	}
	options = append(options, ui.Fields(c.T("keys.new"), c.T("keys.new.text"),
		f.Input("name", c.T("keys.name"), ui.Field{Required: true, MaxLen: 100, Autocomplete: "off"}),
		f.Select("days", c.T("keys.good"), ui.Field{Required: true}, choices...)))
	if len(switches) > 0 {
		options = append(options, ui.Fields(c.T("keys.groups"), c.T("keys.groups.text"), switches...))
	}
	options = append(options, ui.Fields(c.T("account.password"), c.T("keys.password.text"),
		f.Input("password", c.T("account.password.old"), ui.Field{Type: "password", Required: true, MaxLen: 200, Autocomplete: "current-password"})),
		ui.Footer(ui.LinkButton(ownKeysPath, c.T("cancel"), ui.Outline), ui.Save(c, c.T("keys.make"))))
	return s.accountScreen(c, f.Node(options...)), nil
}

func (s *Site) makeOwnKey(c *ui.Ctx, password string, n security.NewKey) (security.IssuedKey, error) {
	if err := s.Security.Confirm(c, c.User(), s.clientAddr(c.Request()), password); err != nil {
		return security.IssuedKey{}, err
	}
	return s.Security.CreateKey(c, c.User(), n)
}

// ownKeyMade shows the key, for the only time.
func (s *Site) ownKeyMade(c *ui.Ctx, k security.IssuedKey) ui.Node {
	return s.accountScreen(c, ui.Stack(
		ui.Alert(ui.Warn, c.T("keys.made"), c.T("keys.made.text")),
		ui.Card(k.Name, ui.Copyable(c, c.T("keys.key"), k.Secret)),
		ui.Card(c.T("keys.example"), ui.Copyable(c, c.T("keys.example"), `Authorization: Bearer `+k.Secret)),
		ui.Row(ui.LinkButton(ownKeysPath, c.T("keys.done"), ui.Primary))))
}
