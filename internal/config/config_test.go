package config_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/apposengine/appos/internal/config"
)

var update = flag.Bool("update", false, "write the golden files anew")

// env is an environment of the given variables only.
func env(vars map[string]string) func(string) (string, bool) {
	return func(name string) (string, bool) { v, ok := vars[name]; return v, ok }
}

var variables = map[string]string{"PORT": "9090", "SECRET": "hunter2", "EMPTY": ""}

// TestBadFiles checks every testdata/bad_*.yaml against its golden messages.
func TestBadFiles(t *testing.T) {
	paths, _ := filepath.Glob("testdata/bad_*.yaml")
	if len(paths) == 0 {
		t.Fatal("no files")
	}
	for _, path := range paths {
		t.Run(filepath.Base(path), func(t *testing.T) {
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			var problems config.Problems
			if strings.HasPrefix(filepath.Base(path), "bad_app") {
				_, problems = config.ParseApp("crm", text)
			} else {
				problems = config.Check(config.File, text, env(variables))
			}
			golden(t, strings.TrimSuffix(path, ".yaml")+".golden", problems.Error()+"\n")
			if strings.Contains(problems.Error(), "hunter2") {
				t.Error("a secret is in the messages")
			}
		})
	}
}

func golden(t *testing.T, path, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func load(t *testing.T, vars map[string]string, files map[string]string) (*config.Config, error) {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return config.Load(config.Options{Dir: dir, Lookup: env(vars)})
}

func TestNoFileIsAllDefaults(t *testing.T) {
	c, err := load(t, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(c, config.Default()) {
		t.Errorf("got %+v", c)
	}
	if c.Platform.Addr != "127.0.0.1:8080" || c.Security.Session.Idle != 30*time.Minute || c.Logging.RotationSize != 100<<20 || c.Platform.Environment != "dev" || !c.Workers.Enabled {
		t.Errorf("got %+v", c)
	}
}

func TestReferenceIsAllDefaults(t *testing.T) {
	c, err := load(t, nil, map[string]string{"appos.yaml": string(config.Reference())})
	if err != nil {
		t.Fatal(err)
	}
	c.Apps, c.Platform.TrustedProxies = nil, nil // written as empty, which is the same
	c.Webhooks.Allow, c.Webhooks.Ports = nil, nil
	if !reflect.DeepEqual(c, config.Default()) {
		t.Errorf("got  %+v\nwant %+v", c, config.Default())
	}
	golden(t, "testdata/reference.golden", string(config.Reference()))
	if _, problems := config.ParseApp("crm", config.AppReference()); len(problems) > 0 {
		t.Error(problems)
	}
}

// TestEveryKeyIsDocumented reads the tags, and with them every default.
func TestEveryKeyIsDocumented(t *testing.T) {
	var walk func(reflect.Type, string)
	walk = func(typ reflect.Type, path string) {
		for i := range typ.NumField() {
			f := typ.Field(i)
			key := path + f.Tag.Get("yaml")
			if f.Tag.Get("yaml") == "-" {
				continue
			}
			if f.Tag.Get("yaml") == "" || !strings.HasSuffix(f.Tag.Get("doc"), ".") {
				t.Errorf("%s (%s) has no key or no sentence", key, f.Name)
			}
			_, low := f.Tag.Lookup("min")
			_, high := f.Tag.Lookup("max")
			if low && !high {
				t.Errorf("%s has a min and no max", key)
			}
			switch {
			case f.Type.Kind() == reflect.Struct && f.Type != reflect.TypeFor[config.Secret]():
				walk(f.Type, key+".")
			case f.Type.Kind() == reflect.Map:
				walk(f.Type.Elem(), key+".*.")
			case f.Type.Kind() == reflect.Pointer:
			default:
				if _, ok := f.Tag.Lookup("default"); !ok {
					t.Errorf("%s has no default", key)
				}
			}
		}
	}
	walk(reflect.TypeFor[config.Config](), "")
	walk(reflect.TypeFor[config.App](), "app.")
}

func TestGoodFile(t *testing.T) {
	c, err := load(t, map[string]string{"HOST": "0.0.0.0", "PORT": "9090", "MAX": "20", "NONE": ""}, map[string]string{"appos.yaml": `
platform:
  name: "$${literal} $x"
  addr: ${HOST}:${PORT}
  data: '${DATA:-/var/lib/appos}'
  public_url: ${NONE}
  trusted_proxies: [10.0.0.0/8, "::1"]
database:
  url: postgres://u:p@h/n
  pool: {max: "${MAX}", idle_timeout: 90s}
workers:
redis: ~
ui: {theme: {hue: 200, chroma: 0.1, dense: true}}
logging: {rotation_size: 2mb, level: debug}
apps:
  crm: {language: fr, theme: {radius: 4}}
`})
	if err != nil {
		t.Fatal(err)
	}
	if c.Platform.Name != "${literal} $x" || c.Platform.Addr != "0.0.0.0:9090" || c.Platform.Data != "/var/lib/appos" || c.Platform.PublicURL != "" || len(c.Platform.TrustedProxies) != 2 {
		t.Errorf("platform %+v", c.Platform)
	}
	if c.Database.URL.Reveal() != "postgres://u:p@h/n" || c.Database.Pool.Max != 20 || c.Database.Pool.IdleTimeout != 90*time.Second || c.Database.Pool.Min != 2 {
		t.Errorf("database %+v", c.Database)
	}
	if c.UI.Theme != (config.Theme{Hue: 200, Chroma: 0.1, Radius: 8, Dense: true}) || c.Logging.RotationSize != 2<<20 {
		t.Errorf("theme %+v, rotation %v", c.UI.Theme, c.Logging.RotationSize)
	}
	if got := c.Apps["crm"].Theme.On(c.UI.Theme); got.Radius != 4 || got.Hue != 200 || c.Apps["crm"].Language != "fr" {
		t.Errorf("apps %+v", c.Apps)
	}
}

func TestOverlayAndVariables(t *testing.T) {
	files := map[string]string{
		"appos.yaml":      "platform: {name: Base, addr: \"127.0.0.1:1\"}\napps: {crm: {language: fr}}\n",
		"appos.prod.yaml": "platform: {name: Prod, addr: \"127.0.0.1:2\"}\napps: {crm: {theme: {hue: 10}}}\n",
	}
	c, err := load(t, map[string]string{"APPOS_ENV": "prod", "APPOS_ADDR": ":3", "APPOS_DATA": "/d", "APPOS_DATABASE_URL": "sqlite:x", "APPOS_REDIS_URL": "redis://h", "APPOS_ADMIN_PASSWORD": "hunter2"}, files)
	if err != nil {
		t.Fatal(err)
	}
	if c.Platform.Name != "Prod" || c.Platform.Addr != ":3" || c.Platform.Data != "/d" || c.Platform.Environment != "prod" || c.Database.URL.Reveal() != "sqlite:x" || c.Redis.URL.Reveal() != "redis://h" || c.AdminPassword.Reveal() != "hunter2" {
		t.Errorf("got %+v", c)
	}
	if crm := c.Apps["crm"]; crm.Language != "fr" || crm.Theme.Hue == nil || *crm.Theme.Hue != 10 {
		t.Errorf("apps are not joined: %+v", crm)
	}
	files["appos.yaml"] = "platform: {environment: prod, name: Base}\n"
	if c, err := load(t, nil, files); err != nil || c.Platform.Name != "Prod" {
		t.Errorf("platform.environment does not choose the overlay: %v", err)
	}
	if c, err := load(t, map[string]string{"APPOS_ENV": "test"}, files); err != nil || c.Platform.Name != "Base" {
		t.Errorf("APPOS_ENV does not override platform.environment: %v", err)
	}
}

func TestProblemsOfAllFilesTogether(t *testing.T) {
	_, err := load(t, map[string]string{"APPOS_ENV": "prod", "APPOS_ADDR": "nowhere", "APPOS_REDIS_URL": "http://user:hunter2@h"}, map[string]string{
		"appos.yaml":      "platform: {nme: x}\nsecurity: {session: {idle: 2h}}\n",
		"appos.prod.yaml": "platform:\n  environment: dev\n  addr: 1\n",
	})
	want := `appos.yaml:1: platform.nme: is not a key; did you mean "name"?
appos.yaml:2: security.session.idle: security.session.idle (2h) is longer than security.session.absolute (1h); shorten one or lengthen the other
appos.prod.yaml:2: platform.environment: an overlay cannot change the environment that it is for; remove the line
appos.prod.yaml:3: platform.addr: wants a host and a port such as "127.0.0.1:8080", not "1"
environment: APPOS_ADDR: wants a host and a port such as "127.0.0.1:8080", not what it is
environment: APPOS_REDIS_URL: wants an address such as "redis://host:6379/0", not what it is`
	if err == nil || err.Error() != want {
		t.Errorf("got\n%v\nwant\n%s", err, want)
	}
	_, err = load(t, map[string]string{"APPOS_ENV": "../../etc"}, nil)
	if err == nil || !strings.HasPrefix(err.Error(), "environment: APPOS_ENV: wants a name") {
		t.Errorf("got %v", err)
	}
}

func TestFileThatCannotBeRead(t *testing.T) {
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "appos.yaml"), 0o700); err != nil {
		t.Fatal(err)
	}
	if _, err := config.Load(config.Options{Dir: dir, Lookup: env(nil)}); err == nil {
		t.Error("a folder was read as a file")
	}
}

func TestSecretsAreMasked(t *testing.T) {
	c := config.Default()
	c.AdminPassword, c.Database.URL = config.NewSecret("hunter2"), config.NewSecret("postgres://u:hunter2@h")
	type around struct{ hidden config.Secret }
	var shown strings.Builder
	for _, v := range []any{c, *c, c.AdminPassword, &c.AdminPassword, around{c.AdminPassword}, []config.Secret{c.AdminPassword}, map[string]config.Secret{"a": c.AdminPassword}} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
			fmt.Fprintf(&shown, verb+"\n", v)
		}
		text, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		shown.Write(text)
		slog.New(slog.NewTextHandler(&shown, nil)).Info("x", "v", v)
		slog.New(slog.NewJSONHandler(&shown, nil)).Info("x", "v", v)
	}
	for _, leak := range []string{"hunter2", fmt.Sprintf("%x", "hunter2")} {
		if strings.Contains(shown.String(), leak) {
			t.Errorf("%q is shown", leak)
		}
	}
	if !strings.Contains(shown.String(), "[secret]") {
		t.Error("the mask is not shown")
	}
	if s := config.NewSecret(""); s.Set() || s.String() != "" || s.Reveal() != "" {
		t.Error("an empty secret is set")
	}
}

func TestSizes(t *testing.T) {
	for text, want := range map[string]config.Size{"0B": 0, "1B": 1, "10MB": 10 << 20, "1 kb": 1 << 10, "2GB": 2 << 30} {
		got, err := config.ParseSize(text)
		if err != nil || got != want {
			t.Errorf("%q: got %d, %v", text, got, err)
		}
		if again, err := config.ParseSize(got.String()); err != nil || again != got {
			t.Errorf("%q is written %q", text, got)
		}
	}
	for _, text := range []string{"", "MB", "-1MB", "1.5MB", "10", "1TB", "99999999999GB", "1e3KB"} {
		if n, err := config.ParseSize(text); err == nil {
			t.Errorf("%q is %d", text, n)
		}
	}
}

func ExampleLoad() {
	_, err := config.Load(config.Options{Dir: "testdata/example", Lookup: env(nil)})
	fmt.Println(err)
	// Output:
	// appos.yaml:2: platform.adr: is not a key; did you mean "addr"?
	// appos.yaml:4: security.session.idle: wants a duration such as "30m", not "soon"
}
