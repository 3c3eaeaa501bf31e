package admin

import (
	"net/mail"

	h "maragu.dev/gomponents/html"

	"github.com/apposengine/appos"
	"github.com/apposengine/appos/internal/object"
	"github.com/apposengine/appos/platform"
	"github.com/apposengine/appos/ui"
)

// NewUser is /admin/users/new: a form for an account.
type NewUser struct{ appos.Returns[ui.Node] }

func (k console) newUser(c *ui.Ctx, _ NewUser) (ui.Node, error) {
	f := ui.NewForm(c, "user", map[string]string{"type": string(object.Basic)})
	f.Check("name", f.Value("name") != "", "Enter a sign-in name")
	checkProfile(f)
	password := c.Posting("password") // as it was typed, spaces and all
	f.Check("repeat", c.Posting("repeat") == password, "Type the same password again")
	if f.Submitted() && f.Valid() {
		name := f.Value("name")
		_, err := appos.Call(c, platform.CreateUser{
			Name: name, FullName: f.Value("full_name"), Email: f.Value("email"),
			Language: f.Value("language"), TimeZone: f.Value("time_zone"), Type: f.Value("type"), Password: password,
		})
		if err == nil {
			c.Toast(ui.OK, "User created", "Now choose the groups.")
			return c.Redirect(User{Name: folded(name), View: viewGroups})
		}
		if !f.Fail(err) {
			return nil, err
		}
	}
	c.Crumbs(ui.Crumb{Label: titles.Users.In(c), URL: c.URL(Users{})})
	return ui.Screen(c, titles.NewUser.In(c), f.Node(
		ui.Fields("Account", "The name is what the user signs in with. It never changes.",
			f.Input("name", "Sign-in name", ui.Field{Required: true, MaxLen: 63, Autocomplete: "off", Hint: "Letters, digits and . _ -, beginning with a letter"}, h.AutoFocus(), h.SpellCheck("false")),
			f.Input("full_name", "Full name", ui.Field{MaxLen: 120, Autocomplete: "off"}),
			f.Input("email", "E-mail", ui.Field{Type: "email", MaxLen: 200, Autocomplete: "off"}),
			f.Choice("type", "Type", accountTypes[:2]...)), // service accounts have a form of their own
		ui.Fields("Preferences", "What the user sees. Empty is the platform's.",
			f.Select("language", "Language", ui.Field{}, k.deps().languageOptions("")...),
			timeZoneField(f)),
		ui.Fields("Password", "Without one the user cannot sign in until you set it.",
			f.Input("password", "Password", ui.Field{Type: "password", Autocomplete: "new-password", MaxLen: 200}),
			f.Input("repeat", "Password again", ui.Field{Type: "password", Autocomplete: "new-password", MaxLen: 200})),
		ui.Footer(ui.LinkButton(c.URL(Users{}), "Cancel", ui.Outline), ui.Save(c, "Create user")))), nil
}

// checkProfile checks what the forms of a new and of a known account share.
func checkProfile(f *ui.Form) {
	if email := f.Value("email"); email != "" {
		parsed, err := mail.ParseAddress(email)
		f.Check("email", err == nil && parsed.Address == email, "Enter an address such as ana@example.com")
	}
	f.Check("time_zone", knownZone(f.Value("time_zone")), "Enter a time zone such as Europe/Paris")
}
