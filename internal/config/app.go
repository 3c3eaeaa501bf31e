package config

// App is an app.yaml.
type App struct {
	Name        string        `yaml:"name" default:"" max:"100" doc:"The name for people; empty is made of the app's name."`
	ShortName   string        `yaml:"short_name" default:"" max:"30" doc:"The name where there is little room; empty is the app's name in code."`
	Version     string        `yaml:"version" default:"0.0.0" format:"version" doc:"The version of the app."`
	Description string        `yaml:"description" default:"" max:"1000" doc:"A sentence about the app."`
	Icon        string        `yaml:"icon" default:"layout-grid" format:"icon" doc:"The name of a Lucide icon."`
	Language    string        `yaml:"language" default:"" format:"language" doc:"The language of users who name none; empty is the platform's."`
	Languages   []string      `yaml:"languages" default:"" format:"language" doc:"The languages the app is translated to; empty is those of its translation sets."`
	Groups      []string      `yaml:"groups" default:"" format:"group" doc:"The groups that the app's permissions name."`
	Theme       ThemeOverride `yaml:"theme" doc:"What differs from the platform's theme."`
	Security    AppSecurity   `yaml:"security" doc:"Permissions."`
	CORS        CORS          `yaml:"cors" doc:"Which pages of other sites may call the app's APIs; none, unless it is said here. They send a token or an API key, for cookies do not count."`
}

// AppSecurity is the permissions of objects that declare none.
type AppSecurity struct {
	Defaults AppDefaults `yaml:"defaults" doc:"Who may use objects that declare no permissions; nobody, unless it is said here."`
}

// AppDefaults is the groups that inheriting objects are open to.
type AppDefaults struct {
	Logic Tier `yaml:"logic" doc:"Rules and constants."`
	UI    Tier `yaml:"ui" doc:"Interfaces, pages, sites and translation sets."`
}

// Tier is the groups of one default.
type Tier struct {
	Groups []string `yaml:"groups" default:"" format:"group" doc:"The groups; each must be in app.groups or built in."`
}
