// Package declare reads what apps declare, in code and in app.yaml, before
// anything is opened: the server, its commands and the users' tests begin with it,
// so that an app which passes its tests also boots.
//
// It opens nothing and decides nothing; what is wrong is handed back as faults.
package declare

import (
	"path"
	"path/filepath"
	"slices"

	"github.com/apposengine/appos"
	"github.com/apposengine/appos/internal/config"
	"github.com/apposengine/appos/internal/object"
	"github.com/apposengine/appos/internal/security"
	"github.com/apposengine/appos/ui"
)

// Declarations are apps with all that they and their manifests say.
type Declarations struct {
	Registry  *object.Registry
	Manifests map[string]config.App // by app
	Groups    []string              // all that manifests and the platform name, sorted
	Faults    []object.Fault
}

// Read indexes what the apps declare, with the platform's own apps. Faults are
// not an error here: the engine finds more, and reports all of them together.
func Read(apps []*appos.App, own ...*appos.App) Declarations {
	d := Declarations{Manifests: map[string]config.App{}, Groups: []string{security.AdminGroup, security.PublicGroup}}
	var all []*object.App
	for _, a := range slices.Concat(apps, own) {
		desc := a.Descriptor()
		all = append(all, desc)
		manifest, problems := config.ParseApp(desc.Name, desc.Manifest)
		for _, p := range problems {
			src := object.Source{File: path.Join(path.Dir(filepath.ToSlash(desc.Source.File)), config.AppFile), Line: p.Line}
			text := p.Text
			if p.Key != "" {
				text = p.Key + ": " + text
			}
			d.Faults = append(d.Faults, object.Fault{Source: src, Text: text})
		}
		d.Manifests[desc.Name] = manifest
		d.Groups = append(d.Groups, manifest.Groups...)
	}
	for _, a := range apps {
		if slices.Contains(reserved, a.Name()) {
			d.Faults = append(d.Faults, object.Fault{Source: a.Descriptor().Source, Object: a.Name(), Text: "the name is AppOS' own; choose another"})
		}
	}
	registry, faults := object.NewRegistry(all...)
	d.Registry = registry
	d.Faults = append(d.Faults, faults...)
	d.Faults = append(d.Faults, ui.Check(registry)...)
	slices.Sort(d.Groups)
	d.Groups = slices.Compact(d.Groups)
	return d
}

// reserved are the names that apps cannot have: they begin addresses or tables of
// the server.
var reserved = []string{"admin", "api", "appos", "auth", "health", "metrics", "platform", "ready"}

// Defaults are the groups of security.defaults, by app.
func (d Declarations) Defaults() map[string]security.Defaults {
	all := map[string]security.Defaults{}
	for name, manifest := range d.Manifests {
		m := manifest.Security.Defaults
		all[name] = security.Defaults{Logic: m.Logic.Groups, UI: m.UI.Groups}
	}
	return all
}
