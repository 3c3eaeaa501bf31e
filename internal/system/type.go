package system

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/apposengine/appos/internal/object"
)

// A Type is a kind of system, such as a database.
type Type interface {
	// Name is what object.System.Type says, such as "database".
	Name() string
	// Settings are what can be set, in the order of forms.
	Settings() []Setting
	// Check says what is wrong with values taken together, by key. Each has the
	// form that its setting asks for.
	Check(v Values) map[string]string
	// Open connects. It returns when the system has answered, or does not.
	Open(ctx context.Context, v Values) (Client, error)
}

// Client is a connection, or a pool of them.
type Client interface {
	// Check asks the system whether it lives.
	Check(ctx context.Context) error
	// Close ends the connections once nobody uses them.
	Close() error
}

// types are the kinds of systems that there are, by name.
var types = map[string]Type{database{}.Name(): database{}}

// Form is what the text of a setting is.
type Form uint8

// The forms of settings.
const (
	Text       Form = iota + 1
	Number          // a whole number of 0 or more
	Duration        // such as "30s"
	Choice          // one of Setting.Choices
	Credential      // a secret: set in the console or by a variable, and never shown
)

// Setting is something that can be set about a system.
type Setting struct {
	Key     string // such as "pool_size"
	Label   string // for people
	Form    Form
	Choices []string
	Default string // what an unset one means, for people
	Hint    string
}

// wrong says what is wrong with the form of a text, or "".
func (s Setting) wrong(text string) string {
	switch s.Form {
	case Number:
		if n, err := strconv.Atoi(text); err != nil || n < 0 || n > 100_000 {
			return "must be a whole number from 0 to 100000"
		}
	case Duration:
		if d, err := time.ParseDuration(text); err != nil || d <= 0 || d > 7*24*time.Hour {
			return "must be a duration such as 30s, 5m or 1h30m"
		}
	case Choice:
		if !slices.Contains(s.Choices, text) {
			return fmt.Sprintf("must be one of %v", s.Choices)
		}
	}
	if len(text) > 2000 {
		return "must be at most 2000 characters long"
	}
	return ""
}

func settingOf(t Type, key string) (Setting, bool) {
	for _, s := range t.Settings() {
		if s.Key == key {
			return s, true
		}
	}
	return Setting{}, false
}

// unknownSetting says that there is no setting with the key.
func unknownSetting(t Type, key string) string {
	var known []string
	for _, s := range t.Settings() {
		known = append(known, s.Key)
	}
	if near := object.Nearest(key, known); near != "" {
		return fmt.Sprintf("is no setting of a %s; did you mean %q?", t.Name(), near)
	}
	return "is no setting of a " + t.Name()
}

// Values are the settings of a system that are in force, by key.
type Values struct {
	text map[string]string
	rank map[string]int // the higher, the more particular its source is
}

// Get returns a setting, or "" when nothing sets it.
func (v Values) Get(key string) string { return v.text[key] }

// Number returns a setting of form Number, or otherwise.
func (v Values) Number(key string, otherwise int) int {
	if n, err := strconv.Atoi(v.text[key]); err == nil {
		return n
	}
	return otherwise
}

// Duration returns a setting of form Duration, or otherwise.
func (v Values) Duration(key string, otherwise time.Duration) time.Duration {
	if d, err := time.ParseDuration(v.text[key]); err == nil {
		return d
	}
	return otherwise
}

// Overtakes says whether key is set, and by no less particular a source than
// than: what was meant for another value of than is passed over silently.
func (v Values) Overtakes(key, than string) bool {
	_, set := v.text[key]
	return set && v.rank[key] >= v.rank[than]
}
