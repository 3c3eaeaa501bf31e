package web

import (
	"net/http"
	"slices"
	"time"

	"github.com/apposengine/appos/internal/object"
	"github.com/apposengine/appos/internal/security"
	"github.com/apposengine/appos/ui"
)

// The pages on which users keep their own accounts. They need no permission but
// a session, and change nobody else.
const (
	accountPath  = "/account"
	passwordPath = "/account/password"
)

func (s *Site) accountRoutes() []Route {
	var routes []Route
	for _, method := range []string{"GET", "POST"} {
		routes = append(routes,
			Route{Method: method, Path: accountPath, Guard: "session", handle: s.own(s.profile)},
			Route{Method: method, Path: passwordPath, Guard: "session", handle: s.own(s.password)})
	}
	return append(routes, s.ownKeyRoutes()...)
}

// own draws a page of the user's own, in the surroundings of the first app that
// is open to the user.
func (s *Site) own(page func(c *ui.Ctx, w http.ResponseWriter) (ui.Node, error)) handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		who := identityOf(r)
		var app *object.App
		if apps := s.appsFor(r); len(apps) > 0 {
			app = s.engine.Registry().App(apps[0].Name)
		}
		if r.Method == http.MethodPost {
			if err := readForm(r); err != nil {
				return err
			}
		}
		c := ui.NewCtx(r.Context(), s.uiRequest(r, who, app))
		node, err := page(c, w)
		if err != nil {
			return err
		}
		return c.Respond(w, node)
	}
}

// tongues are the languages that the kit speaks, in their own words.
var tongues = []ui.Option{{Value: "en", Label: "English"}, {Value: "fr", Label: "Français"}, {Value: "de", Label: "Deutsch"}}

// languages are those that a user can choose: the app's, the kit's, what apps speak
// beside them, and the one that the user has.
func (s *Site) languages(c *ui.Ctx, current string) []ui.Option {
	all := append([]ui.Option{{Value: "", Label: c.T("account.language.app")}}, tongues...)
	for _, tag := range append(slices.Clone(s.Texts.Speech("").Languages), current) {
		if !slices.ContainsFunc(all, func(o ui.Option) bool { return o.Value == tag }) {
			all = append(all, ui.Option{Value: tag, Label: tag})
		}
	}
	return all
}

func (s *Site) profile(c *ui.Ctx, _ http.ResponseWriter) (ui.Node, error) {
	u := c.User()
	f := ui.NewForm(c, "profile", map[string]string{"full_name": u.FullName, "email": u.Email, "language": u.Language, "time_zone": u.TimeZone})
	_, err := time.LoadLocation(f.Value("time_zone"))
	f.Check("time_zone", err == nil, c.T("account.zone.wrong"))
	if f.Submitted() && f.Valid() {
		value := func(key string) *string { v := f.Value(key); return &v }
		err := s.Security.UpdateUser(c, u, u.ID, security.UserChange{
			FullName: value("full_name"), Email: value("email"), Language: value("language"), TimeZone: value("time_zone"),
		})
		if err == nil {
			c.Toast(ui.OK, c.T("account.saved"), "")
			return c.RedirectTo(accountPath)
		}
		if !f.Fail(err) {
			return nil, err
		}
	}
	return s.accountScreen(c, f.Node(
		ui.Fields(c.T("account.profile"), u.Name,
			f.Input("full_name", c.T("account.name"), ui.Field{MaxLen: 120, Autocomplete: "name"}),
			f.Input("email", c.T("account.email"), ui.Field{Type: "email", MaxLen: 200, Autocomplete: "email"}),
			f.Select("language", c.T("account.language"), ui.Field{}, s.languages(c, u.Language)...),
			f.Input("time_zone", c.T("account.zone"), ui.Field{Placeholder: "Europe/Paris", Hint: c.T("account.zone.hint")})),
		ui.Footer(ui.Save(c, "")))), nil
}

func (s *Site) password(c *ui.Ctx, w http.ResponseWriter) (ui.Node, error) {
	u, r := c.User(), c.Request()
	f := ui.NewForm(c, "password", map[string]string{"old": "", "new": "", "again": ""})
	f.Check("old", f.Value("old") != "", c.T("account.password.enter"))
	f.Check("new", f.Value("new") != "", c.T("account.password.enter"))
	f.Check("again", f.Value("again") == f.Value("new"), c.T("account.password.differ"))
	if f.Submitted() && f.Valid() {
		err := s.Security.ChangePassword(c, u, s.clientAddr(r), f.Value("old"), f.Value("new"))
		if err == nil {
			// every session has ended with the old password, this one too
			in, err := s.Security.SignIn(c, security.SignIn{Name: u.Name, Password: f.Value("new"), Kind: security.Browser, Address: s.clientAddr(r), UserAgent: r.UserAgent()})
			if err != nil {
				return nil, err
			}
			http.SetCookie(w, s.cookie(in.Token, in.Session.ExpiresAt))
			c.Toast(ui.OK, c.T("account.password.changed"), c.T("account.password.others"))
			return c.RedirectTo(accountPath)
		}
		fields := object.AsError(err).Fields
		for i := range fields {
			if fields[i].Field == "password" { // as the form calls it
				fields[i].Field = "new"
			}
		}
		switch status, text, _ := refusal(err); {
		case status == http.StatusTooManyRequests:
			f.Fault(text(c))
		case status == http.StatusUnauthorized:
			f.Check("old", false, c.T("account.password.wrong"))
		case !f.Fail(err):
			return nil, err
		}
	}
	f.Set("old", "")
	f.Set("new", "")
	f.Set("again", "")
	field := func(key, label, complete string) ui.Node {
		return f.Input(key, label, ui.Field{Type: "password", Required: true, Wide: true, MaxLen: 200, Autocomplete: complete})
	}
	return s.accountScreen(c, f.Node(
		ui.Fields(c.T("account.password"), c.T("account.password.others"),
			field("old", c.T("account.password.old"), "current-password"),
			field("new", c.T("account.password.new"), "new-password"),
			field("again", c.T("account.password.again"), "new-password")),
		ui.Footer(ui.Save(c, c.T("account.password.change"))))), nil
}

func (s *Site) accountScreen(c *ui.Ctx, content ui.Node) ui.Node {
	tabs := []ui.Tab{{Value: accountPath, Label: c.T("account.profile")}, {Value: passwordPath, Label: c.T("account.password")}}
	if s.OwnKeys {
		tabs = append(tabs, ui.Tab{Value: ownKeysPath, Label: c.T("keys")})
	}
	return ui.Screen(c, c.T("account"), ui.PathTabs(c, tabs...), content)
}
