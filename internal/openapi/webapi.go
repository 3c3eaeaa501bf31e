package openapi

import (
	"fmt"
	"net/http"
	"regexp"
	"strconv"
	"strings"

	"github.com/apposengine/appos/internal/object"
	"github.com/apposengine/appos/internal/wire"
)

// webAPI describes a declared web API.
func (b *builder) webAPI(api *wire.API) *Operation {
	o := api.Object
	w := o.WebAPI
	tag := b.about.title(o.App.Name) + ": Web APIs"
	b.tags[tag] = "What the app " + o.App.Name + " answers."
	op := &Operation{ID: b.apiID(o), Tags: []string{tag}, Summary: object.Humanize(o.Name), Description: limits(w), Responses: map[string]*Response{}}
	for i := range api.Inputs {
		if in := &api.Inputs[i]; in.In != object.InBody {
			op.Parameters = append(op.Parameters, b.input(in))
		}
	}
	if w.Method == http.MethodPost || w.Method == http.MethodPatch {
		op.Parameters = append(op.Parameters, b.idempotencyKey())
	}
	op.Body = b.apiBody(api)
	b.apiAnswer(op, &api.Answer)
	statuses := []int{http.StatusNotFound, http.StatusConflict, http.StatusUnprocessableEntity, http.StatusBadGateway, http.StatusInsufficientStorage}
	if w.HasBody() {
		statuses = append(statuses, http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType)
	}
	b.fails(op, statuses...)
	return op
}

// apiID is the id of a web API's operation. That of a record goes first.
func (b *builder) apiID(o *object.Object) string {
	id := lower(camel(o.App.Name, o.Name))
	for _, rec := range b.reg.Of("", object.KindRecord) {
		if strings.HasPrefix(id, lower(camel(rec.App.Name, object.Plural(rec.Name)))) {
			return id + "API"
		}
	}
	return id
}

// limits are what a web API says about its requests, in words.
func limits(w *object.WebAPI) string {
	var says []string
	if w.Limit.Requests > 0 {
		says = append(says, fmt.Sprintf("At most %d requests in %s of each account.", w.Limit.Requests, object.FormatDuration(w.Limit.Per)))
	}
	if w.MaxBody > 0 {
		says = append(says, fmt.Sprintf("A body has at most %d bytes.", w.MaxBody))
	}
	if w.Timeout > 0 {
		says = append(says, fmt.Sprintf("It is answered within %s.", object.FormatDuration(w.Timeout)))
	}
	if says == nil {
		return "A web API of the app."
	}
	return strings.Join(says, " ")
}

// idNames are the names that ids have in addresses.
var idNames = regexp.MustCompile(`^id$|(_id|Id|-id)$`)

func (b *builder) input(in *wire.Input) *Parameter {
	f := in.Field()
	s := b.wired(in.Type, f, true, true)
	one := s
	if s.Items != nil {
		one = s.Items
	}
	switch {
	case f.Kind == object.FieldRef:
		*one = *key()
	case idNames.MatchString(in.Input.Name) && one.Type == "integer":
		*one = *matching("^-?[0-9]{1,19}$", 20)
	case one.Type == "string" && one.MaxLength != nil && *one.MaxLength > maxText:
		one.MaxLength = ptr(maxText)
	}
	restrict(s, f)
	if s.MaxItems != nil && *s.MaxItems > maxText {
		s.MaxItems = ptr(maxText)
	}
	s.WriteOnly = in.Hidden
	example := b.sampleWired(in.Type, f, true)
	if s.Items != nil {
		example = []any{b.sampleWired(in.Type.Elem, entry(f, in.Type.Elem.Go), true)}
	}
	if one.Type == "string" {
		example = asText(example)
	}
	return &Parameter{Name: in.Input.Name, In: in.In.String(), Required: in.In == object.InPath || needed(f), Schema: s, Example: example}
}

// asText writes the number of an id as addresses have it.
func asText(v any) any {
	switch v := v.(type) {
	case int:
		return strconv.Itoa(v)
	case int64:
		return strconv.FormatInt(v, 10)
	case []any:
		for i := range v {
			v[i] = asText(v[i])
		}
	}
	return v
}

// apiBody is what a web API reads from the body; nil is nothing.
func (b *builder) apiBody(api *wire.API) *RequestBody {
	var properties []property
	example := members{}
	for i := range api.Inputs {
		in := &api.Inputs[i]
		if in.In != object.InBody {
			continue
		}
		m := in.Member
		m.Field = in.Field()
		s := b.member(&m, true)
		v := b.sampleWired(in.Type, m.Field, true)
		if in.Input.Name == "" { // the whole body
			return body(s, v)
		}
		properties = append(properties, property{in.Input.Name, s, needed(m.Field)})
		example = append(example, member{in.Input.Name, v})
	}
	if properties == nil {
		return nil
	}
	s := b.schema(b.unique(camel(api.Object.App.Name, api.Object.Name)+"Request", api.Object), func() *Schema { return closed(objectOf(properties...)) })
	return body(s, example)
}

// apiAnswer describes what a web API answers when nothing went wrong.
func (b *builder) apiAnswer(op *Operation, a *wire.Answer) {
	r := answer("The answer.", nil, nil, "Idempotent-Replayed")
	for i := range a.Headers {
		m := &a.Headers[i]
		if m.Header != "Content-Type" {
			f := *m.Field
			f.Kind = m.Type.Kind
			s := single(&f, false, true)
			if f.Kind == object.FieldTime { // as HTTP writes them
				s = text(40)
			}
			r.Headers[m.Header] = &Header{Schema: s, Description: object.Humanize(m.Field.Key) + "."}
		}
	}
	if a.Body != nil && a.Status != http.StatusNoContent && a.Status != http.StatusNotModified {
		f := &object.Field{Key: "answer", Kind: object.FieldJSON, Type: a.Body.Go}
		s := b.wired(a.Body, f, false, true)
		if a.Null {
			s = nullable(s)
		}
		r.Content = map[string]*MediaType{"application/json": {Schema: s, Example: b.sampleWired(a.Body, f, false)}}
		if a.Raw { // unless it says what else it is
			r.Content["*/*"] = &MediaType{Schema: text(maxFile)}
		}
	} else {
		r.Description = "It is done."
	}
	op.Responses[strconv.Itoa(a.Status)] = r
	if a.Varies {
		other := *r
		other.Description = "The answer, with the status that it says."
		op.Responses["default"] = &other
	}
}
