package config

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
)

// Options say where Load looks.
type Options struct {
	// Dir is the folder of appos.yaml; "" is the working directory.
	Dir string
	// Lookup finds environment variables; nil is os.LookupEnv.
	Lookup func(name string) (string, bool)
}

// File is the name of the platform's configuration file.
const File = "appos.yaml"

// overrides are the variables that win over the files.
var overrides = []struct {
	name string
	at   func(*Config) any
	key  string
}{
	{"APPOS_ADDR", func(c *Config) any { return &c.Platform.Addr }, "platform.addr"},
	{"APPOS_DATA", func(c *Config) any { return &c.Platform.Data }, "platform.data"},
	{"APPOS_DATABASE_URL", func(c *Config) any { return &c.Database.URL }, "database.url"},
	{"APPOS_REDIS_URL", func(c *Config) any { return &c.Redis.URL }, "redis.url"},
	{"APPOS_KEYS", func(c *Config) any { return &c.Security.Keys }, "security.keys"},
	{"APPOS_ADMIN_PASSWORD", func(c *Config) any { return &c.AdminPassword }, ""},
}

// Load reads appos.yaml, then appos.<environment>.yaml, then the environment
// variables; files that do not exist are empty. The environment is APPOS_ENV,
// else platform.environment, else dev. The error is Problems, all of them, or
// that a file could not be read.
func Load(o Options) (*Config, error) {
	if o.Lookup == nil {
		o.Lookup = os.LookupEnv
	}
	base, err := read(o.Dir, File)
	if err != nil {
		return nil, err
	}
	c := Default()
	d := newDecoder(o.Lookup)
	d.decode(File, base, c)

	if env, ok := o.Lookup("APPOS_ENV"); ok && env != "" {
		d.override("APPOS_ENV", env, &c.Platform.Environment, "platform.environment")
	}
	if formats["name"].ok(c.Platform.Environment) {
		env, name := c.Platform.Environment, overlayName(c.Platform.Environment)
		overlay, err := read(o.Dir, name)
		if err != nil {
			return nil, err
		}
		d.decode(name, overlay, c)
		if c.Platform.Environment != env {
			d.problem("platform.environment", "an overlay cannot change the environment that it is for; remove the line")
		}
	}
	for _, v := range overrides {
		if text, ok := o.Lookup(v.name); ok && text != "" {
			d.override(v.name, text, v.at(c), v.key)
		}
	}
	d.check(c)
	if problems := d.sorted(); len(problems) > 0 {
		return nil, problems
	}
	return c, nil
}

// Check says what is wrong with a text that is to become the file, such as one
// typed into an editor. It looks up variables with lookup; nil is os.LookupEnv.
func Check(file string, text []byte, lookup func(string) (string, bool)) Problems {
	if lookup == nil {
		lookup = os.LookupEnv
	}
	c := Default()
	d := newDecoder(lookup)
	d.decode(file, text, c)
	d.check(c)
	return d.sorted()
}

// Default is the configuration of an empty file.
func Default() *Config {
	c := &Config{}
	setDefaults(reflect.ValueOf(c).Elem())
	return c
}

func overlayName(env string) string { return "appos." + env + ".yaml" }

func read(dir, name string) ([]byte, error) {
	text, err := os.ReadFile(filepath.Join(dir, name))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return text, err
}
