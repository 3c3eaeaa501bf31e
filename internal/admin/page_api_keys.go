package admin

import (
	"fmt"
	"slices"
	"strconv"
	"time"

	h "maragu.dev/gomponents/html"

	"github.com/apposengine/appos"
	"github.com/apposengine/appos/internal/object"
	"github.com/apposengine/appos/internal/security"
	"github.com/apposengine/appos/platform"
	"github.com/apposengine/appos/ui"
)

// APIKeys is /admin/api-keys: the keys of all accounts.
type APIKeys struct {
	appos.Returns[ui.Node]

	State string
}

func (k console) apiKeys(c *ui.Ctx, in APIKeys) (ui.Node, error) {
	d := k.deps()
	switch c.Posting(do) {
	case "":
	case "revoke_key":
		return revokeKey(c)
	case "rotate_key":
		return d.rotateKey(c)
	default:
		return nil, unknown(c)
	}
	soon, err := d.Security.Keys(c, security.KeyQuery{State: security.KeyExpiring, Limit: 1, Count: true})
	if err != nil {
		return nil, err
	}
	var note ui.Node
	if soon.Total > 0 && in.State != string(security.KeyExpiring) {
		note = ui.Alert(ui.Warn, expiring(soon.Total), "Rotate them before those who use them are refused.",
			anchor(c.URL(APIKeys{State: string(security.KeyExpiring)}), ui.Text("Show them")))
	}
	create := ui.LinkButton(c.URL(NewAPIKey{}), titles.NewAPIKey.In(c), ui.Primary, ui.Icon("plus"))
	return ui.Screen(c, titles.APIKeys.In(c),
		ui.Sub("With a key, a program asks the API as an account. The key itself is shown once, when it is made."),
		ui.Actions(create), note, d.keyTable(c, 0, create)), nil
}

func expiring(n int) string {
	if n == 1 {
		return "One key expires within two weeks"
	}
	return strconv.Itoa(n) + " keys expire within two weeks"
}

// userKeys lists the keys of an account.
func (d Deps) userKeys(c *ui.Ctx, a security.Account) (ui.Node, error) {
	if a.Builtin {
		return nil, appos.Errorf(appos.NotFound, "the account %q is built in and has no API keys", a.Name)
	}
	var create ui.Node
	if a.Active {
		create = ui.LinkButton(c.URL(NewAPIKey{Account: a.Name}), titles.NewAPIKey.In(c), ui.Primary, ui.Icon("plus"))
	}
	return ui.Stack(ui.Row(create), d.keyTable(c, a.ID)), nil
}

// NewAPIKey is /admin/api-keys/new: a form for a key, and the key once it is made.
type NewAPIKey struct {
	appos.Returns[ui.Node]

	Account string // "" is asked for
}

const never = "never"

func (k console) newAPIKey(c *ui.Ctx, in NewAPIKey) (ui.Node, error) {
	d := k.deps()
	f := ui.NewForm(c, "key", map[string]string{"account": in.Account, "name": "", "expires": ""})
	var owner *security.Account
	if name := f.Value("account"); name != "" {
		if a, err := d.Security.AccountNamed(c, name); err == nil && !a.Builtin {
			owner = &a
		}
	}
	f.Check("account", owner != nil, "Enter the name of an account")
	f.Check("account", owner == nil || owner.Active, "This account is not active")
	f.Check("name", f.Value("name") != "", "Say what the key is for")
	days, err := strconv.Atoi(f.Value("expires"))
	f.Check("expires", err == nil && days > 0 || f.Value("expires") == "" || f.Value("expires") == never, "Choose how long it is good")
	var groups []security.Group
	if owner != nil {
		for _, name := range owner.Groups {
			groups = append(groups, security.Group{Name: name})
		}
	}
	if f.Submitted() && f.Valid() {
		issued, err := appos.Call(c, platform.CreateAPIKey{
			Account: owner.Name, Name: f.Value("name"), Groups: chosen(f, groups),
			Lifetime: time.Duration(days) * 24 * time.Hour, Forever: f.Value("expires") == never,
		})
		if err == nil {
			return d.keyMade(c, issued), nil
		}
		if !f.Fail(err) {
			return nil, err
		}
	}
	services, err := d.Security.Accounts(c, security.AccountQuery{Type: object.ServiceAccount, Limit: 200})
	if err != nil {
		return nil, err
	}
	var suggestions []ui.Node
	for _, a := range services.Items {
		suggestions = append(suggestions, h.Option(h.Value(a.Name)))
	}
	c.Crumbs(ui.Crumb{Label: titles.APIKeys.In(c), URL: c.URL(APIKeys{})})
	return ui.Screen(c, titles.NewAPIKey.In(c), f.Node(
		ui.Fields("Key", "Whoever sends the key is the account. Make one for each program, so that each can be revoked alone.",
			f.Input("account", "Account", ui.Field{Required: true, MaxLen: 63, Autocomplete: "off", Hint: "A service account, or a user"}, h.List("services"), h.SpellCheck("false")),
			h.DataList(append(suggestions, h.ID("services"))...),
			f.Input("name", "What it is for", ui.Field{Required: true, MaxLen: 100, Autocomplete: "off", Placeholder: "Nightly export"}),
			f.Select("expires", "Good for", ui.Field{Required: true}, d.lifetimes()...)),
		foreverNote(f),
		ui.Fields("Groups", "A key that is narrowed may do only what these groups may, and never more than the account may at the time. None is all of the account's.",
			keyGroups(f, owner, groups)...),
		ui.Footer(ui.LinkButton(c.URL(APIKeys{}), "Cancel", ui.Outline), ui.Save(c, "Make the key")))), nil
}

// lifetimes are the choices of how long a key is good; "" is the platform's.
func (d Deps) lifetimes() []ui.Option {
	days := int(d.Security.KeyLifetime().Hours() / 24)
	all := []ui.Option{{Value: "", Label: fmt.Sprintf("%d days", days)}}
	for _, n := range []int{7, 30, 90, 180, 365} {
		if n != days {
			all = append(all, ui.Option{Value: strconv.Itoa(n), Label: fmt.Sprintf("%d days", n)})
		}
	}
	return append(all, ui.Option{Value: never, Label: "Until it is revoked"})
}

func foreverNote(f *ui.Form) ui.Node {
	if f.Value("expires") != never {
		return nil
	}
	return ui.Alert(ui.Warn, "This key does not expire", "If it leaks and nobody notices, it is good for ever. Prefer a key that is rotated now and then.")
}

// keyGroups are the switches of the owner's groups, or why there are none.
func keyGroups(f *ui.Form, owner *security.Account, groups []security.Group) []ui.Node {
	switch {
	case owner == nil:
		return []ui.Node{muted("Choose the account first.")}
	case owner.Type == object.SystemAdmin:
		return append([]ui.Node{h.Div(h.Class("wide"), ui.Alert(ui.Warn, owner.Name+" is an administrator",
			"Without groups the key passes every check, as the administrator does. A service account in a few groups is safer."))},
			groupSwitches(f, groups)...)
	case len(groups) == 0:
		return []ui.Node{muted(owner.Name + " is in no group yet, and so the key may do nothing.")}
	}
	return groupSwitches(f, groups)
}

// samplePath is the address of rows that the key may view, or one that answers
// anybody.
func (d Deps) samplePath(c *ui.Ctx, k platform.IssuedAPIKey) string {
	u, err := d.Security.UserNamed(c, k.Account)
	if err != nil {
		return "/health"
	}
	u = security.Narrow(u, k.Groups)
	all := d.registry().Of("", object.KindRecord)
	i := slices.IndexFunc(all, func(o *object.Object) bool { return d.Security.Permissions().Check(u, o, object.View) })
	if i < 0 {
		return "/health"
	}
	return "/api/" + all[i].App.Name + "/" + all[i].Record.Path + "?limit=5"
}

// readGrace reads one of the graces.
func readGrace(text string) (time.Duration, error) {
	for _, g := range graces {
		if g.Value == text {
			return time.ParseDuration(text)
		}
	}
	return 0, fmt.Errorf("no grace %q", text)
}
