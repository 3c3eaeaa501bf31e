package wire

import (
	"bytes"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strings"

	"github.com/apposengine/appos/internal/object"
)

// Request is what a message is read from.
type Request struct {
	Path   func(name string) string
	Query  url.Values
	Header http.Header
	Body   []byte
}

// HasBody says whether something of the message stands in the body.
func (a *API) HasBody() bool { return a.body }

// Bind makes the message of a request. A path that is of no message is NotFound; a
// body that is no JSON is Invalid without fields; all else that is wrong is Invalid
// with an entry for every field. Validate tags are checked later, by the gate.
func (a *API) Bind(req Request) (any, error) {
	msg := reflect.New(a.Object.WebAPI.Message).Elem()
	for i := range a.Inputs {
		in := &a.Inputs[i]
		if in.In != object.InPath {
			continue
		}
		if err := setText(in.Type, msg.FieldByIndex(in.index), req.Path(in.Input.Name)); err != nil {
			return nil, object.Errorf(object.NotFound, "there is nothing at this address: %s %v", in.Input.Name, err)
		}
	}
	var r reader
	a.query(&r, msg, req.Query)
	for i := range a.Inputs {
		if in := &a.Inputs[i]; in.In == object.InHeader {
			if sent := req.Header[in.Input.Name]; len(sent) > 0 {
				r.texts(in, msg.FieldByIndex(in.index), sent)
			}
		}
	}
	if a.Object.WebAPI.HasBody() {
		if err := a.readBody(&r, msg, req.Body); err != nil {
			return nil, err
		}
	}
	if r.faults != nil {
		return nil, &object.Error{Code: object.Invalid, Text: "some inputs are not valid", Fields: r.faults}
	}
	return msg.Interface(), nil
}

func (a *API) query(r *reader, msg reflect.Value, sent url.Values) {
	if len(sent) == 0 {
		return
	}
	known := a.names[object.InQuery]
	for i := range a.Inputs {
		in := &a.Inputs[i]
		if values := sent[in.Input.Name]; in.In == object.InQuery && len(values) > 0 {
			r.texts(in, msg.FieldByIndex(in.index), values)
		}
	}
	var unknown []string
	for name := range sent {
		if known[name] == nil {
			unknown = append(unknown, name)
		}
	}
	slices.Sort(unknown)
	for _, name := range unknown[:min(len(unknown), MaxFaults)] {
		r.fault(&place{name: name}, "unknown", "is not a parameter here%s", a.elsewhere(object.InQuery, name))
	}
}

// elsewhere ends a sentence about a name that is not known in a part of a request.
func (a *API) elsewhere(in object.Place, name string) string {
	for _, other := range []object.Place{object.InPath, object.InQuery, object.InBody} {
		if other != in && a.names[other][name] != nil {
			return "; it stands in the " + other.String()
		}
	}
	known := make([]string, 0, len(a.names[in]))
	for _, i := range a.Inputs {
		if i.In == in {
			known = append(known, i.Input.Name)
		}
	}
	return Suggest(name, known)
}

// texts reads an input from what a query string or headers say.
func (r *reader) texts(in *Input, v reflect.Value, sent []string) {
	at := &place{name: in.Input.Name}
	if in.Type.Form != List {
		if len(sent) > 1 {
			r.fault(at, "duplicate", "is given twice")
			return
		}
		if sent[0] == "" && in.Optional {
			return
		}
		if in.Optional {
			v.Set(reflect.New(in.Type.Go))
			v = v.Elem()
		}
		if err := setText(in.Type, v, sent[0]); err != nil {
			r.fault(at, "type", "%v", err)
		}
		return
	}
	if in.Optional {
		v.Set(reflect.New(in.Type.Go))
		v = v.Elem()
	}
	list, n := reflect.MakeSlice(in.Type.Go, 0, len(sent)), 0
	for _, part := range sent {
		if part == "" {
			continue
		}
		for s := range strings.SplitSeq(part, ",") {
			if in.In == object.InHeader {
				s = strings.TrimSpace(s)
			}
			entry := reflect.New(in.Type.Elem.Go).Elem()
			if err := setText(in.Type.Elem, entry, s); err != nil {
				r.fault(&place{outer: at, index: n}, "type", "%v", err)
			}
			list, n = reflect.Append(list, entry), n+1
		}
	}
	v.Set(list)
}

func (a *API) readBody(r *reader, msg reflect.Value, body []byte) error {
	if !a.body && len(bytes.TrimSpace(body)) == 0 {
		return nil
	}
	if err := Check(body); err != nil {
		return err
	}
	r.scanner = scanner{data: body}
	if a.whole != nil {
		r.member(&a.whole.Member, msg.FieldByIndex(a.whole.index), nil)
		for i := range r.faults { // the body itself has no name
			if r.faults[i].Field == "" {
				r.faults[i].Field = "body"
			}
		}
		return nil
	}
	if r.peek() != '{' {
		return object.Errorf(object.Invalid, "the body must be a JSON object")
	}
	known := a.names[object.InBody]
	r.each(nil, false, func(name string, at *place) {
		in := known[name]
		if in == nil {
			r.fault(at, "unknown", "is not an input%s", a.elsewhere(object.InBody, name))
			r.skip()
			return
		}
		r.member(&in.Member, msg.FieldByIndex(in.index), at)
	})
	return nil
}

// AppendMessage appends a message as JSON, for logs: without what is hidden or
// sensitive.
func (a *API) AppendMessage(dst []byte, msg any, u *object.User) ([]byte, error) {
	v := reflect.New(a.Object.WebAPI.Message).Elem()
	v.Set(reflect.ValueOf(msg))
	w := writer{dst: append(dst, '{'), book: a.book, user: u}
	start := len(w.dst)
	for i := range a.Inputs {
		m := a.Inputs[i].Member
		m.Name = a.Inputs[i].Input.Field.JSON
		w.member(&m, v, start, 0)
	}
	w.text("}")
	return w.dst, w.err
}
