package admin

import "github.com/apposengine/appos"

// titles are the names of the pages and of the groups of the menu.
var titles = struct {
	Console, Overview, Access, Build, Operate appos.Text

	Dashboard                       appos.Text
	Users, NewUser, User            appos.Text
	Groups, NewGroup, Group         appos.Text
	Permissions, Sessions, Audit    appos.Text
	DataAudit, Events               appos.Text
	ServiceAccounts, NewService     appos.Text
	APIKeys, NewAPIKey, Public      appos.Text
	Objects, Object, Logs, LogEntry appos.Text
	Systems, System, Jobs, Job      appos.Text
	Constants, Constant             appos.Text
	Translations, TranslationSet    appos.Text
	Translation                     appos.Text
	Webhooks, NewWebhook, Webhook   appos.Text
	Delivery                        appos.Text
	Records, Rows, Row, Imports     appos.Text
	API, Operation                  appos.Text
}{
	Console: en("Console"), Overview: en("Overview"), Access: en("Access"), Build: en("Build"), Operate: en("Operate"),

	Dashboard: en("Dashboard"),
	Users:     en("Users"), NewUser: en("New user"), User: en("User"),
	Groups: en("Groups"), NewGroup: en("New group"), Group: en("Group"),
	Permissions: en("Permissions"), Sessions: en("Sessions"), Audit: en("Audit"),
	ServiceAccounts: en("Service accounts"), NewService: en("New service account"),
	APIKeys: en("API keys"), NewAPIKey: en("New API key"), Public: en("Public access"),
	DataAudit: en("Data changes"), Events: en("Events"),
	Objects: en("Objects"), Object: en("Object"), Logs: en("Logs"), LogEntry: en("Log entry"),
	Systems: en("Connected systems"), System: en("Connected system"), Jobs: en("Jobs"), Job: en("Job"),
	Constants: en("Constants"), Constant: en("Constant"),
	Translations: en("Translations"), TranslationSet: en("Translation set"), Translation: en("Text"),
	Webhooks: en("Webhooks"), NewWebhook: en("New webhook"), Webhook: en("Webhook"), Delivery: en("Delivery"),
	API: en("API"), Operation: en("Operation"),
	Records: en("Records"), Rows: en("Rows"), Row: en("Row"), Imports: en("Imports"),
}

func en(text string) appos.Text { return appos.Text{"en": text} }
