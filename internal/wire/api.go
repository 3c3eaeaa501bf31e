package wire

import (
	"fmt"
	"net/http"
	"reflect"
	"slices"
	"strings"

	"github.com/apposengine/appos/internal/object"
)

// API is a web API whose requests can be read and whose answers can be written. It
// does not change once it is made.
type API struct {
	Object *object.Object
	Inputs []Input // in the order of the message's fields
	Answer Answer

	book  *Book
	whole *Input // the one that is the whole body, or nil
	body  bool   // some input stands in the body
	names map[object.Place]map[string]*Input
}

// Input is a field of the message, and how its values are sent. In a path, a query
// string or a header they are single values; in the last two also lists of those,
// repeated or separated by commas.
type Input struct {
	object.Input
	Member
}

// Answer is what a web API answers with when nothing went wrong.
type Answer struct {
	Status  int      // when the answer does not say another
	Body    *Type    // nil is none
	Null    bool     // the body may be null
	Headers []Member // those of the answer's fields that are headers; To names them
	Varies  bool     // the answer says its status
	Raw     bool     // the body is sent as it is where the answer says what it is

	root   *Type // of the whole answer; nil when it has no fields of its own
	status *Member
	body   *Member
}

// Compile makes an API of a web API that the registry has resolved. What it returns
// beside are faults of the declaration, as the ends of sentences about the object.
func Compile(b *Book, o *object.Object) (*API, []string) {
	a := &API{Object: o, book: b, names: map[object.Place]map[string]*Input{}}
	var faults []string
	fault := func(format string, args ...any) { faults = append(faults, fmt.Sprintf(format, args...)) }
	if o.WebAPI.To == nil {
		return a, nil // which is a fault of the registry's
	}
	a.Inputs = make([]Input, len(o.WebAPI.Inputs))
	for i, in := range o.WebAPI.Inputs {
		a.Inputs[i] = a.input(in, fault)
	}
	for i := range a.Inputs {
		in := &a.Inputs[i]
		if in.In == object.InBody {
			a.body = true
			if in.Input.Name == "" {
				a.whole = in
			}
		}
		of := a.names[in.In]
		if of == nil {
			of = map[string]*Input{}
			a.names[in.In] = of
		}
		if twin := of[in.Input.Name]; twin != nil {
			fault("fields %s and %s are both %q in the %s", twin.Field().Name, in.Field().Name, in.Input.Name, in.In)
		}
		of[in.Input.Name] = in
	}
	a.answer(fault)
	return a, faults
}

// Field is the field of the message.
func (in *Input) Field() *object.Field { return in.Input.Field }

// credentials are the headers that AppOS itself reads, and keeps from apps.
var credentials = []string{"Authorization", "Cookie", "Proxy-Authorization", "X-Api-Key", "X-Csrf-Token"}

func (a *API) input(declared object.Input, fault func(string, ...any)) Input {
	f := declared.Field
	in := Input{declared, Member{Name: declared.Name, Field: f, Optional: f.Optional, Hidden: f.Hidden || f.Secret, Exact: true, index: f.Index}}
	t, err := a.book.Type(f.Type)
	if err != nil {
		fault("field %s %v", f.Name, err)
		in.Type = &Type{Go: f.Type, Form: Any}
		return in
	}
	in.Type = t
	single := t.Form == Single || t.Form == List && t.Elem.Form == Single && declared.In != object.InPath
	switch {
	case t.noInput != "":
		fault("field %s %s", f.Name, t.noInput)
	case declared.In == object.InBody:
	case !single:
		fault("field %s stands in the %s, which has single values and lists of them; it is %s", f.Name, declared.In, f.Type)
	case f.Secret && declared.In != object.InHeader:
		fault("field %s is sensitive and stands in the %s, which logs and proxies keep; send it in a header or a body", f.Name, declared.In)
	case declared.In == object.InHeader && slices.Contains(credentials, declared.Name):
		fault("field %s is the header %s, which AppOS reads itself and shows to nobody", f.Name, declared.Name)
	}
	return in
}

// To is where in an answer a field goes.
type To uint8

// The places of an answer's fields. Those of the zero place are members of the body.
const (
	ToMember To = iota
	ToStatus
	ToHeader
	ToBody
)

// ours says whether a header is one that the server writes itself.
func ours(header string) bool {
	switch header {
	case "Connection", "Content-Length", "Content-Encoding", "Date", "Keep-Alive", "Set-Cookie", "Trailer", "Transfer-Encoding", "Upgrade",
		"Content-Security-Policy", "X-Content-Type-Options", "X-Frame-Options", "Strict-Transport-Security":
		return true
	}
	return strings.HasPrefix(header, "Access-Control-") || strings.HasPrefix(header, "Cross-Origin-")
}

// answer reads from the type of the answer what is sent.
func (a *API) answer(fault func(string, ...any)) {
	o, out := a.Object.WebAPI, &a.Answer
	t := o.To.Output
	if t.Kind() == reflect.Pointer {
		t, out.Null = t.Elem(), true
	}
	if out.Status = o.Status; out.Status == 0 {
		out.Status = http.StatusOK
	}
	if t.Kind() == reflect.Struct && t.NumField() == 0 {
		if o.Status == 0 {
			out.Status = http.StatusNoContent
		}
		return
	}
	typ, err := a.book.Type(t)
	if err != nil {
		fault("its answer %v", err)
		return
	}
	if out.root, out.Body = typ, typ; typ.Form != Struct {
		return
	}
	content := false
	for i := range typ.Members {
		m := &typ.Members[i]
		if m.Hidden && m.To != ToMember {
			fault("field %s of its answer is hidden or sensitive, which is never sent; it has a place of its own in the answer all the same", m.Field.Name)
		}
		switch m.To {
		case ToStatus:
			if out.status != nil || m.Optional || m.Type.Form != Single || m.Type.Kind != object.FieldInt {
				fault("field %s of its answer is tagged status; one field may be, an int", m.Field.Name)
			}
			out.status, out.Varies = m, true
		case ToHeader:
			if m.Type.Form != Single || m.Header == "" || ours(m.Header) {
				fault("field %s of its answer is tagged header=%s; it takes a single value, and the name of a header that the server does not write itself", m.Field.Name, m.Header)
			}
			content = content || m.Header == "Content-Type"
			out.Headers = append(out.Headers, *m)
		case ToBody:
			if out.body != nil {
				fault("fields %s and %s of its answer are both tagged body", out.body.Field.Name, m.Field.Name)
			}
			out.body, out.Body, out.Null = m, m.Type, m.Optional
		}
	}
	out.Raw = content && out.body != nil && (out.Body.Form == Bytes || out.Body.Form == Single && out.Body.Kind == object.FieldText)
	if content && !out.Raw {
		fault("its answer has a Content-Type of its own, but no body of bytes or text; tag one with body")
	}
	if m := misplaced(typ, true, map[*Type]bool{}); m != "" {
		fault("field %s is tagged for a web API within its answer; only the answer's own fields are status, headers and body", m)
	}
}

// misplaced is a field below the answer's own that is tagged as one of them; "" is none.
func misplaced(t *Type, root bool, seen map[*Type]bool) string {
	if t == nil || seen[t] {
		return ""
	}
	seen[t] = true
	for i := range t.Members {
		m := &t.Members[i]
		if m.To != ToMember && !root {
			return m.Field.Name
		}
		if found := misplaced(m.Type, false, seen); found != "" {
			return found
		}
	}
	return misplaced(t.Elem, false, seen)
}
