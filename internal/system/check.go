package system

import (
	"fmt"
	"maps"
	"net/url"
	"slices"

	"github.com/apposengine/appos/internal/object"
)

// Check says what is wrong with the settings of systems in the code, in every
// environment that they name, and in the variables of the process.
func Check(reg *object.Registry, env string, environ []string) []object.Fault {
	var faults []object.Fault
	for _, o := range reg.Of("", object.KindConnectedSystem) {
		fault := func(format string, args ...any) {
			faults = append(faults, object.Fault{Source: o.Source, Object: o.Ref, Text: fmt.Sprintf(format, args...)})
		}
		t := types[o.System.Type]
		if t == nil {
			fault("is of the type %q, which this build cannot connect to", o.System.Type)
			continue
		}
		set, more := variables(o, t, environ)
		for _, text := range more {
			fault("%s", text)
		}
		envs := append(slices.Sorted(maps.Keys(o.System.ByEnv)), env)
		seen := map[string]bool{}
		for _, e := range slices.Compact(envs) {
			layers := declared(o, e)
			if e == env {
				layers = append(layers, layer{FromVariable, set})
			}
			for _, text := range wrongIn(t, layers) {
				if !seen[text] {
					seen[text] = true
					fault("%s", text)
				}
			}
		}
	}
	for _, o := range reg.Of("", object.KindRecord) {
		if in := o.Record.StoredIn; in != nil && in.System.Type != (database{}).Name() {
			faults = append(faults, object.Fault{Source: o.Source, Object: o.Ref, Text: fmt.Sprintf("is stored in %s, which is a %s; only a database stores records", in.Ref, in.System.Type)})
		}
	}
	return faults
}

// wrongIn lists what is wrong with settings that are laid over each other. A URL
// that only the console will set is none of it.
func wrongIn(t Type, layers []layer) []string {
	var wrong []string
	for _, l := range layers {
		for _, key := range slices.Sorted(maps.Keys(l.text)) {
			s, ok := settingOf(t, key)
			switch {
			case !ok:
				wrong = append(wrong, key+" "+unknownSetting(t, key))
			case s.Form == Credential && l.from != FromVariable:
				wrong = append(wrong, key+" is a credential, which must not stand in code")
			default:
				if text := s.wrong(l.text[key]); text != "" {
					wrong = append(wrong, key+" "+text)
				}
			}
		}
	}
	v, _ := merge(layers)
	if len(wrong) > 0 || v.Get("url") == "" {
		return wrong
	}
	together := t.Check(v)
	for _, key := range slices.Sorted(maps.Keys(together)) {
		wrong = append(wrong, key+" "+together[key])
	}
	return wrong
}

// splitURL takes out of a URL what are settings of their own, credentials above
// all, so that a whole URL can be pasted; false says that there is nothing.
func splitURL(text string) (bare string, more map[string]string, ok bool) {
	u, err := url.Parse(text)
	if err != nil || u.Host == "" {
		return text, nil, false
	}
	more = map[string]string{}
	if u.User != nil {
		more["user"] = u.User.Username()
		more["password"], _ = u.User.Password()
		u.User = nil
	}
	q := u.Query()
	for _, key := range []string{"user", "password", "sslmode", "sslrootcert", "sslcert", "sslkey", "application_name"} {
		if q.Has(key) {
			more[key] = q.Get(key)
			q.Del(key)
		}
	}
	maps.DeleteFunc(more, func(_, text string) bool { return text == "" })
	u.RawQuery = q.Encode()
	return u.String(), more, u.String() != text
}
