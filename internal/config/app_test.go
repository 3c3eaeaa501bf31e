package config_test

import (
	"fmt"
	"reflect"
	"testing"
	"time"

	"github.com/apposengine/appos/internal/config"
)

func TestParseApp(t *testing.T) {
	a, problems := config.ParseApp("crm", []byte(`
app:
  name: Customer Relationship Manager
  short_name: crm
  version: 1.0
  description: Who buys from us.
  icon: users
  language: en
  languages: [en, fr]
  groups: [sales, crm_admins]
  theme: {hue: 277, dense: true}
  security:
    defaults:
      logic: {groups: [sales, system_admin]}
      ui:
        groups:
          - crm_admins
  cors: {origins: ["https://shop.example.com"], methods: [GET], max_age: 1h}
`))
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	hue, dense := 277.0, true
	want := config.App{
		Name: "Customer Relationship Manager", ShortName: "crm", Version: "1.0", Description: "Who buys from us.", Icon: "users",
		Language: "en", Languages: []string{"en", "fr"}, Groups: []string{"sales", "crm_admins"},
		Theme:    config.ThemeOverride{Hue: &hue, Dense: &dense},
		Security: config.AppSecurity{Defaults: config.AppDefaults{Logic: config.Tier{Groups: []string{"sales", "system_admin"}}, UI: config.Tier{Groups: []string{"crm_admins"}}}},
		CORS:     config.CORS{Origins: []string{"https://shop.example.com"}, Methods: []string{"GET"}, MaxAge: time.Hour},
	}
	if !reflect.DeepEqual(a, want) {
		t.Errorf("got  %+v\nwant %+v", a, want)
	}
}

func TestEmptyManifestIsAllDefaults(t *testing.T) {
	for _, manifest := range []string{"", "\n# nothing\n", "app:\n", "---\n", "app: {}"} {
		a, problems := config.ParseApp("order_desk", []byte(manifest))
		if len(problems) > 0 || a.Name != "Order desk" || a.ShortName != "order_desk" || a.Version != "0.0.0" || a.Security.Defaults.Logic.Groups != nil {
			t.Errorf("%q: got %+v, %v", manifest, a, problems)
		}
	}
}

func TestManifestKnowsNoVariables(t *testing.T) {
	t.Setenv("X", "set")
	if a, problems := config.ParseApp("crm", []byte("app: {name: \"${X}\"}")); len(problems) > 0 || a.Name != "${X}" {
		t.Errorf("got %q, %v", a.Name, problems)
	}
}

func ExampleParseApp() {
	_, problems := config.ParseApp("crm", []byte("app:\n  groups: [sales]\n  security: {defaults: {logic: {groups: [sale]}}}\n"))
	for _, p := range problems {
		fmt.Println(p)
	}
	// Output: app.yaml:3: app.security.defaults.logic.groups[0]: "sale" is not a group of the app; did you mean "sales"?
}
