package object

import (
	"context"
	"fmt"
	"reflect"
	"time"
)

// Source is where a declaration stands.
type Source struct {
	File string // relative to the module, such as "apps/crm/record_customer.go"
	Line int
}

// String is file:line.
func (s Source) String() string {
	if s.File == "" {
		return ""
	}
	return fmt.Sprintf("%s:%d", s.File, s.Line)
}

// Fault is something wrong with a declaration.
type Fault struct {
	Source Source
	Object string // a reference, where there is one
	Text   string // what is wrong and what to do
}

func (f Fault) String() string {
	s := f.Source.String()
	if f.Object != "" {
		s += ": " + f.Object
	}
	return s + ": " + f.Text
}

// App is one application and what was declared on it.
type App struct {
	Name     string
	Manifest []byte // app.yaml
	Source   Source
	Objects  []*Object
	Setups   []func(context.Context) error // prepare a new database
	Seeds    []func(context.Context) error // fill it for demonstrations
	Faults   []Fault                       // found while declaring
	Rows     []RowSecurity
	Events   []RecordEvent
	Records  RecordDefaults // of all records of the app

	// Extensions are functions that change derived screens, by record type.
	Extensions map[reflect.Type][]any
}

// Fault notes something wrong with a declaration; boot reports all of them.
func (a *App) Fault(src Source, ref, format string, args ...any) {
	a.Faults = append(a.Faults, Fault{src, ref, fmt.Sprintf(format, args...)})
}

// Object describes one declared object.
type Object struct {
	App      *App
	Kind     Kind
	Name     string   // snake case, unique in its app and kind
	Ref      string   // such as "crm.rules.calculate_discount"
	Formerly []string // names it had before
	Source   Source

	// Declared says that the declaration names its permissions, which are Grants;
	// otherwise the object inherits what its tier's default grants.
	Declared bool
	Grants   []Grant

	// Index is the object's position in its registry. Snapshots of permissions
	// and counters are arrays over it.
	Index int

	// Message is what the object is called with; nil when it is not called.
	Message *Message
	// Output is the type of the answer.
	Output reflect.Type
	// Handler answers a message; it gets and returns values of Message.Type and Output.
	Handler Handler
	// CacheFor is how long an answer may be kept; zero is not at all.
	CacheFor time.Duration

	Record       *Record
	Constant     *Constant
	System       *System
	WebAPI       *WebAPI
	Page         *Page
	Site         *Site
	Translations *Translations
}

// Handler answers a message.
type Handler func(ctx context.Context, in any) (any, error)

// Constant describes a named value.
type Constant struct {
	Type     reflect.Type
	Value    any            // the default
	ByEnv    map[string]any // values of single environments
	Validate string         // a rule in the syntax of the validate tag
	Ref      bool           // the value is a reference to another object
}

// In returns the constant's value in an environment.
func (c *Constant) In(env string) any {
	if v, ok := c.ByEnv[env]; ok {
		return v
	}
	return c.Value
}

// Page describes an interface with a route.
type Page struct {
	Route string // below /{app}, such as "/customers/{customer}"
	Title Text
}

// Site describes the navigable face of an app.
type Site struct {
	Title Text
	Home  any // a message of a page
	Nav   []Nav
}

// Nav is an entry of a site's menu: a page, or a titled group of entries.
type Nav struct {
	Label Text
	Icon  string
	To    any          // a message of a page, or nil
	List  reflect.Type // a record, whose derived list it opens, or nil
	Items []Nav
}
