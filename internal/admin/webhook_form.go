package admin

import (
	"slices"
	"strings"

	h "maragu.dev/gomponents/html"

	"github.com/apposengine/appos"
	"github.com/apposengine/appos/internal/object"
	"github.com/apposengine/appos/internal/security"
	"github.com/apposengine/appos/internal/webhook"
	"github.com/apposengine/appos/platform"
	"github.com/apposengine/appos/ui"
)

// NewWebhook is /admin/webhooks/new: a form for a webhook, and its secret once it is
// made.
type NewWebhook struct{ appos.Returns[ui.Node] }

func (k console) newWebhook(c *ui.Ctx, _ NewWebhook) (ui.Node, error) {
	d := k.deps()
	f := d.webhookForm(c, webhook.Settings{Operations: webhookOperations})
	if f.Submitted() && f.Valid() {
		made, err := appos.Call(c, platform.CreateWebhook{Name: f.Value("name"), Settings: d.webhookSettings(f)})
		if err == nil {
			return d.webhookSecret(c, titles.NewWebhook.In(c), f.Value("name"), made), nil
		}
		if !f.Fail(err) {
			return nil, err
		}
	}
	fields, err := d.webhookFields(c, f)
	if err != nil {
		return nil, err
	}
	c.Crumbs(ui.Crumb{Label: titles.Webhooks.In(c), URL: c.URL(Webhooks{})})
	return ui.Screen(c, titles.NewWebhook.In(c), f.Node(append(fields,
		ui.Footer(ui.LinkButton(c.URL(Webhooks{}), "Cancel", ui.Outline), ui.Save(c, "Create webhook")))...)), nil
}

// webhookOperations are the names of changes.
var webhookOperations = []string{"created", "updated", "deleted"}

// webhookForm is the form of a webhook with what it has now. Records and operations
// are switches.
func (d Deps) webhookForm(c *ui.Ctx, w webhook.Settings) *ui.Form {
	defaults := map[string]string{
		"name": w.Name, "target": w.Target, "account": w.Account, "filter": w.Filter,
		"fields": strings.Join(w.Fields, ", "), "environments": strings.Join(w.Environments, ", "),
	}
	on := func(prefix string, all, chosen []string, none bool) {
		for _, name := range all {
			defaults[prefix+name] = ""
			if slices.Contains(chosen, name) || none && len(chosen) == 0 {
				defaults[prefix+name] = "on"
			}
		}
	}
	on("on_", webhookOperations, w.Operations, true)
	on("record_", d.recordRefs(), w.Records, false)
	f := ui.NewForm(c, "webhook", defaults)
	f.Check("name", f.Value("name") != "", "Enter a name")
	f.Check("target", f.Value("target") != "", "Enter the address that is sent to")
	f.Check("account", f.Value("account") != "", "Enter the account whose view is sent")
	return f
}

// recordRefs are the records that can be followed.
func (d Deps) recordRefs() []string {
	var refs []string
	for _, o := range d.registry().Of("", object.KindRecord) {
		refs = append(refs, o.Ref)
	}
	return refs
}

// webhookSettings is what the form asks for.
func (d Deps) webhookSettings(f *ui.Form) platform.WebhookSettings {
	s := platform.WebhookSettings{
		Target: f.Value("target"), Account: f.Value("account"), Filter: f.Value("filter"),
		Fields: listed(f.Value("fields")), Environments: listed(f.Value("environments")),
	}
	for _, name := range webhookOperations {
		if f.On("on_" + name) {
			s.Operations = append(s.Operations, name)
		}
	}
	for _, ref := range d.recordRefs() {
		if f.On("record_" + ref) {
			s.Records = append(s.Records, ref)
		}
	}
	return s
}

// listed are the names of a list that was typed.
func listed(text string) []string {
	return strings.FieldsFunc(text, func(r rune) bool { return r == ',' || r == ' ' || r == '\n' || r == '\t' || r == '\r' })
}

func (d Deps) webhookFields(c *ui.Ctx, f *ui.Form) ([]ui.Node, error) {
	services, err := d.Security.Accounts(c, security.AccountQuery{Type: object.ServiceAccount, Limit: 200})
	if err != nil {
		return nil, err
	}
	var accounts []ui.Node
	for _, a := range services.Items {
		accounts = append(accounts, h.Option(h.Value(a.Name)))
	}
	var records []ui.Node
	for _, ref := range d.recordRefs() {
		records = append(records, f.Switch("record_"+ref, strings.Replace(ref, ".records.", ".", 1), ""))
	}
	if records == nil {
		records = []ui.Node{muted("No app declares a record.")}
	}
	return []ui.Node{
		ui.Fields("Webhook", "A signed request is sent for every change, until the target answers with 2xx.",
			f.Input("name", "Name", ui.Field{Required: true, MaxLen: 60, Autocomplete: "off"}),
			f.Input("target", "Target", ui.Field{Required: true, Wide: true, MaxLen: 2000, Autocomplete: "off", Placeholder: "https://example.com/hooks"}, h.SpellCheck("false")),
			f.Input("account", "As", ui.Field{Required: true, MaxLen: 63, Autocomplete: "off", Hint: "Only what this account may view is sent: a service account in a few groups"}, h.List("webhook-accounts"), h.SpellCheck("false")),
			h.DataList(append(accounts, h.ID("webhook-accounts"))...)),
		ui.Fields("Changes", "What is an event. Without a choice every kind of change is.",
			f.Switch("on_created", "Created", ""), f.Switch("on_updated", "Updated", ""), f.Switch("on_deleted", "Deleted", "")),
		ui.Fields("Records", "Whose rows are followed.", records...),
		ui.Fields("Narrowing", "Empty fields narrow nothing.",
			f.Text("filter", "Filter", ui.Field{MaxLen: 8000, Wide: true, Code: true, Hint: `Conditions as REST takes them for where, such as {"status":"paid","total__gt":100}`}),
			f.Input("fields", "Fields", ui.Field{MaxLen: 2000, Hint: "Those that are sent, such as name, email; an update of none of them is no event"}, h.SpellCheck("false")),
			f.Input("environments", "Environments", ui.Field{MaxLen: 300, Hint: "Those in which it works, such as prod; this is " + d.Env}, h.SpellCheck("false"))),
	}, nil
}

// webhookSecret shows a secret, once.
func (d Deps) webhookSecret(c *ui.Ctx, title, name string, made platform.WebhookSecret) ui.Node {
	c.Crumbs(ui.Crumb{Label: titles.Webhooks.In(c), URL: c.URL(Webhooks{})}, ui.Crumb{Label: name, URL: c.URL(Webhook{ID: made.ID})})
	return ui.Screen(c, title,
		ui.Alert(ui.Warn, "This is the only time that the secret is shown", "Give it to the target now. It is kept encrypted, and nobody can read it again."),
		ui.Card("Secret of "+name,
			h.Input(h.Class("input"), h.Type("text"), h.ReadOnly(), h.Value(made.Secret), h.Aria("label", "Secret"), h.SpellCheck("false"), h.AutoComplete("off"), h.AutoFocus()),
			h.P(h.Class("muted"), ui.Text("The target checks with it that messages come from here: Webhook-Signature is v1 and the HMAC-SHA256 of Webhook-Id, Webhook-Timestamp and the body, as standardwebhooks.com says; libraries for it exist in most languages."))),
		ui.Footer(ui.LinkButton(c.URL(Webhook{ID: made.ID}), "Done", ui.Primary)))
}
