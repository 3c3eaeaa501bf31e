package system

import (
	"strings"
	"time"

	"github.com/apposengine/appos/internal/object"
)

// Origin is where the value of a setting comes from.
type Origin string

// The origins, the least particular first.
const (
	FromDefault     Origin = "default"
	FromCode        Origin = "code"
	FromCodeEnv     Origin = "code of the environment"
	FromVariable    Origin = "variable"
	FromConsole     Origin = "console"
	FromConsoleEnv  Origin = "console of the environment"
	everyEnv               = ""
	variablesPrefix        = "APPOS_"
)

// A layer is settings of one origin.
type layer struct {
	from Origin
	text map[string]string
}

// entry is a setting that was made in the console.
type entry struct {
	system, env, key string
	text             string // of what is no credential
	sealed           []byte // of a credential
	by               string
	at               time.Time
}

// console is what was set in the console about one system, by environment and key.
type console map[string]map[string]entry

// VariableOf is the environment variable that sets a setting of a system.
func VariableOf(o *object.Object, key string) string {
	return strings.ToUpper(variablesPrefix + o.App.Name + "_" + o.Name + "_" + key)
}

// variables are the settings of a system in the process's environment, which is
// given as os.Environ gives it. A URL may hold credentials there.
func variables(o *object.Object, t Type, environ []string) (set map[string]string, faults []string) {
	set = map[string]string{}
	prefix := VariableOf(o, "")
	for _, pair := range environ {
		name, text, _ := strings.Cut(pair, "=")
		if !strings.HasPrefix(name, prefix) || text == "" {
			continue
		}
		key := strings.ToLower(strings.TrimPrefix(name, prefix))
		s, ok := settingOf(t, key)
		if !ok {
			faults = append(faults, "the variable "+name+" "+unknownSetting(t, key))
			continue
		}
		if fault := s.wrong(text); fault != "" {
			faults = append(faults, "the variable "+name+" "+fault)
			continue
		}
		set[key] = text
	}
	if bare, more, ok := splitURL(set["url"]); ok {
		set["url"] = bare
		for key, text := range more {
			if set[key] == "" {
				set[key] = text
			}
		}
	}
	return set, faults
}

// merge lays settings over each other, the later ones on top.
func merge(layers []layer) (Values, map[string]Origin) {
	v := Values{text: map[string]string{}, rank: map[string]int{}}
	from := map[string]Origin{}
	for i, l := range layers {
		for key, text := range l.text {
			v.text[key], v.rank[key], from[key] = text, i, l.from
		}
	}
	return v, from
}

// declared are the layers of the code.
func declared(o *object.Object, env string) []layer {
	return []layer{{FromCode, o.System.Values}, {FromCodeEnv, o.System.ByEnv[env]}}
}
