package config

import (
	"fmt"
	"reflect"
	"slices"

	"github.com/apposengine/appos/internal/object"
)

// AppFile is the name of an app's manifest.
const AppFile = "app.yaml"

// builtin are the groups that exist without being declared.
var builtin = []string{"system_admin", "public_access"}

// ParseApp reads the app.yaml of the app with the name. An empty manifest is all
// defaults. Lines of the problems count from the manifest's first; where there
// are problems, the App holds what could be read, and must not be run.
func ParseApp(name string, manifest []byte) (App, []Problem) {
	var file struct {
		App App `yaml:"app"`
	}
	setDefaults(reflect.ValueOf(&file).Elem())
	d := newDecoder(nil) // the manifest is in the binary: it is the same in every environment
	d.decode(AppFile, manifest, &file)
	a := file.App
	if a.Name == "" {
		a.Name = object.Humanize(name)
	}
	if a.ShortName == "" {
		a.ShortName = name
	}
	d.checkApp(a)
	return a, d.sorted()
}

func (d *decoder) checkApp(a App) {
	d.once("app.groups", a.Groups)
	d.once("app.languages", a.Languages)
	for i, g := range a.Groups {
		if slices.Contains(builtin, g) {
			d.problem(fmt.Sprintf("app.groups[%d]", i), fmt.Sprintf("%q is built in; remove it", g))
		}
	}
	d.checkOrigins("app.cors.origins", a.CORS.Origins)
	d.once("app.cors.methods", a.CORS.Methods)
	d.once("app.cors.headers", a.CORS.Headers)
	d.knownGroups("app.security.defaults.logic.groups", a.Security.Defaults.Logic.Groups, a.Groups)
	d.knownGroups("app.security.defaults.ui.groups", a.Security.Defaults.UI.Groups, a.Groups)
	if a.Language != "" && len(a.Languages) > 0 && !slices.Contains(a.Languages, a.Language) {
		d.problem("app.language", fmt.Sprintf("%q is not in app.languages; add it there", a.Language))
	}
}

// once notes texts that a list has twice.
func (d *decoder) once(key string, texts []string) {
	for i, t := range texts {
		if t != "" && slices.Contains(texts[:i], t) {
			d.problem(fmt.Sprintf("%s[%d]", key, i), fmt.Sprintf("%q is already in the list; remove one", t))
		}
	}
}

// knownGroups notes groups that the app does not have.
func (d *decoder) knownGroups(key string, groups, known []string) {
	known = slices.Concat(known, builtin)
	for i, g := range groups {
		if g == "" || slices.Contains(known, g) { // "" was refused when it was read
			continue
		}
		text := fmt.Sprintf("%q is not a group of the app", g)
		if near := object.Nearest(g, known); near != "" {
			text += fmt.Sprintf("; did you mean %q?", near)
		} else {
			text += "; add it to app.groups"
		}
		d.problem(fmt.Sprintf("%s[%d]", key, i), text)
	}
	d.once(key, groups)
}
