package object

import (
	"fmt"
	"net/http"
	"reflect"
	"regexp"
	"strings"
	"time"
)

// WebAPI describes an address at which outside systems send a message over HTTP.
type WebAPI struct {
	Method  string       // "GET", "POST", "PUT", "PATCH" or "DELETE"
	Path    string       // from the root, such as "/api/crm/v1/customers/{customer}"
	Message reflect.Type // what is sent

	// To is the object that answers the message; the registry finds it.
	To *Object
	// Inputs says where in a request each field of the message stands.
	Inputs []Input

	Status      int           // of a success; 0 is 200, or 204 where there is no answer
	Limit       Rate          // of every account; zero is that of the configuration
	MaxBody     int64         // bytes; 0 is the server's limit
	Timeout     time.Duration // 0 is that of the server
	LogPayloads bool          // requests and answers are kept, without what is hidden
	Encrypt     bool          // what is kept of them is encrypted
}

// Rate is how many requests are answered in a time.
type Rate struct {
	Requests int
	Per      time.Duration
}

// Place is a part of an HTTP request.
type Place uint8

// The places of a field.
const (
	InBody Place = iota + 1
	InQuery
	InPath
	InHeader
)

// String is the place as OpenAPI names it.
func (p Place) String() string { return [...]string{"", "body", "query", "path", "header"}[p] }

// Input is a field of a message in a request.
type Input struct {
	Field *Field
	In    Place
	Name  string // there: a header's such as "X-Source", else the field's name in JSON; "" is the whole body
}

// HasBody says whether requests of the web API carry a body.
func (w *WebAPI) HasBody() bool {
	return w.Method != http.MethodGet && w.Method != http.MethodDelete
}

// addressMessages finds what answers the message of every web API, and where in a
// request the message's fields stand.
func (r *Registry) addressMessages() []Fault {
	var faults []Fault
	taken := map[string]*Object{}
	for _, o := range r.Objects {
		if o.WebAPI == nil {
			continue
		}
		fault := func(format string, args ...any) {
			faults = append(faults, Fault{o.Source, o.Ref, fmt.Sprintf(format, args...)})
		}
		w := *o.WebAPI
		o.WebAPI = &w
		address := w.Method + " " + pathField.ReplaceAllString(w.Path, "{}")
		if twin, ok := taken[address]; ok {
			fault("answers %s %s as %s does, declared at %s; change one of the paths", w.Method, w.Path, twin.Ref, twin.Source)
		}
		taken[address] = o
		w.To = r.byType[w.Message]
		switch {
		case w.To == nil || w.To.Message == nil:
			fault("its message is %s, which no object answers; declare it with appos.Rule, or list its app", w.Message)
			continue
		case w.To.Kind != KindRule:
			fault("its message is answered by %s, a %s; web APIs send to rules", w.To.Ref, w.To.Kind)
			continue
		}
		faults = append(faults, w.place(o)...)
	}
	return faults
}

var pathField = regexp.MustCompile(`\{[^}]*\}`)

// place finds where in a request each field of the message stands.
func (w *WebAPI) place(o *Object) []Fault {
	var faults []Fault
	fault := func(format string, args ...any) {
		faults = append(faults, Fault{o.Source, o.Ref, fmt.Sprintf(format, args...)})
	}
	m := w.To.Message
	inPath := map[string]bool{}
	for _, name := range pathField.FindAllString(w.Path, -1) {
		name = strings.Trim(name, "{}")
		switch {
		case inPath[name]:
			fault("its path has {%s} twice", name)
		case m.Field(name) == nil:
			fault("its path has {%s}, which is no field of %s", name, w.Message)
		}
		inPath[name] = true
	}
	whole := "" // the field that is the whole body
	for i := range m.Fields {
		f := &m.Fields[i]
		in := Input{Field: f, In: f.In, Name: f.JSON}
		switch {
		case inPath[f.Key]:
			in.In, in.Name = InPath, f.Key
		case f.In == InHeader:
			in.Name = f.Header
		case f.In == InBody:
			if !w.HasBody() {
				fault("field %s is the body of its message, but a %s has none", f.Name, w.Method)
			}
			whole, in.Name = f.Name, ""
		case f.In == 0 && w.HasBody():
			in.In = InBody
		case f.In == 0:
			in.In = InQuery
		}
		w.Inputs = append(w.Inputs, in)
	}
	for _, in := range w.Inputs {
		if in.In == InBody && whole != "" && in.Name != "" {
			fault("field %s is the whole body, which leaves no place for %s; tag that as query or header", whole, in.Field.Name)
		}
		if in.In == InPath && (in.Field.Optional || in.Field.Kind == FieldJSON || in.Field.Kind == FieldFile) {
			fault("field %s stands in the path, so that it is always there and a single value; it is %s", in.Field.Name, in.Field.Type)
		}
	}
	return faults
}
