package openapi

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/apposengine/appos/internal/object"
)

// common are the headers that every answer may have.
var common = []string{"RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset", "Access-Control-Allow-Origin"}

// headers are all that are spoken of.
func headers() map[string]*Header {
	count := func(about string, example int) *Header {
		return &Header{Description: about, Schema: whole(0, maxWhole), Example: example}
	}
	return map[string]*Header{
		"RateLimit-Limit":             count("How many requests the window allows, where there is a limit.", 600),
		"RateLimit-Remaining":         count("How many of them are left.", 599),
		"RateLimit-Reset":             count("In how many seconds the window ends.", 42),
		"Retry-After":                 count("In how many seconds to try again.", 30),
		"Access-Control-Allow-Origin": {Description: "The origin that asked, where app.yaml lets it read answers.", Schema: text(maxText), Example: "https://shop.example.com"},
		"ETag":                        {Description: "The version of the row. Send it as `If-Match` or `If-None-Match`.", Schema: matching(`^"v[0-9]{1,19}"$`, 24), Example: `"v3"`},
		"Location":                    {Description: "Where the new row is.", Schema: &Schema{Type: "string", Format: "uri-reference", MaxLength: ptr(maxText)}},
		"Content-Disposition":         {Description: "What to call the file.", Schema: text(maxText), Example: "attachment; filename=customers.csv"},
		"WWW-Authenticate":            {Description: "How to say who calls.", Schema: text(maxText), Example: `Bearer realm="appos"`},
		"X-Not-Restored":              {Description: "A field that the version had and that could not be brought back; once for each.", Schema: text(maxText), Example: "region_id"},
		"Idempotent-Replayed":         {Description: "The answer is the stored one of an earlier request with the same Idempotency-Key.", Schema: oneOf("true"), Example: "true"},
	}
}

func headerRefs(more ...string) map[string]*Header {
	refs := map[string]*Header{}
	for _, name := range append(more, common...) {
		refs[name] = &Header{Ref: "#/components/headers/" + name}
	}
	return refs
}

// answer is an answer with a JSON body; a nil schema is no body.
func answer(description string, s *Schema, example any, headers ...string) *Response {
	r := &Response{Description: description, Headers: headerRefs(headers...)}
	if s != nil {
		r.Content = map[string]*MediaType{"application/json": {Schema: s, Example: example}}
	}
	return r
}

// failure is what a status of an error says.
type failure struct {
	code   object.Code
	about  string
	detail string // of the example
	header string
}

var failures = map[int]failure{
	http.StatusBadRequest:            {object.Invalid, "The address, a header or the body cannot be read.", "some parameters are not valid", ""},
	http.StatusUnauthorized:          {object.Denied, "Nobody is signed in, or the session, token or key is over.", "the session or token is unknown or over; sign in again", "WWW-Authenticate"},
	http.StatusForbidden:             {object.Denied, "The user may not.", "you may not do this", ""},
	http.StatusNotFound:              {object.NotFound, "It does not exist, or the user may not know that it does.", "there is nothing with this id", ""},
	http.StatusNotAcceptable:         {object.Invalid, "The answer is a stream of events, which the request does not accept.", "the answer is a stream without end; ask for it with the header Accept: text/event-stream", ""},
	http.StatusConflict:              {object.Conflict, "The state does not allow it: a duplicate, a stale version, a row that others refer to, or an Idempotency-Key that was used for another request.", "a row with this value exists already", ""},
	http.StatusPreconditionFailed:    {object.Conflict, "The row has changed since the version that If-Match names.", "the row has changed: version 2 was expected, it is 3 now; read it again", ""},
	http.StatusRequestEntityTooLarge: {object.Invalid, "The body is too large.", "the body is larger than 10 MB", ""},
	http.StatusUnsupportedMediaType:  {object.Invalid, "The body is not of a type that can be read.", "the body is \"text/plain\"; send application/json", ""},
	http.StatusUnprocessableEntity:   {object.Invalid, "Fields are unknown, of the wrong type, or break a rule; `errors` names each.", "some fields are not valid", ""},
	http.StatusTooManyRequests:       {object.Denied, "Too many requests, or failed sign-ins.", "too many requests; try again in 30 seconds", "Retry-After"},
	http.StatusInternalServerError:   {object.Internal, "The server could not finish the request. The log has more under the execution id.", "the server could not finish the request; the log has more under the execution id", ""},
	http.StatusBadGateway:            {object.Integration, "Another system failed.", "the server could not finish the request; the log has more under the execution id", ""},
	http.StatusServiceUnavailable:    {object.RecordFault, "A database is away.", "the database is away; try again in a moment", "Retry-After"},
	http.StatusGatewayTimeout:        {object.Timeout, "It took too long.", "the server could not finish the request; the log has more under the execution id", ""},
	http.StatusInsufficientStorage:   {object.RecordFault, "There is no room to store it.", "the disk is full; nothing was stored", ""},
}

// always are the errors that everything may answer.
var always = []int{http.StatusBadRequest, http.StatusUnauthorized, http.StatusForbidden, http.StatusTooManyRequests, http.StatusInternalServerError, http.StatusServiceUnavailable, http.StatusGatewayTimeout}

// fails adds the answers of errors to those of an operation.
func (b *builder) fails(op *Operation, statuses ...int) {
	for _, status := range append(statuses, always...) {
		op.Responses[strconv.Itoa(status)] = b.failure(status)
	}
}

func (b *builder) failure(status int) *Response {
	name := strings.ReplaceAll(http.StatusText(status), " ", "")
	if b.doc.Components.Responses[name] == nil {
		f := failures[status]
		var more []string
		if f.header != "" {
			more = []string{f.header}
		}
		example := members{
			{"type", "about:blank"}, {"title", http.StatusText(status)}, {"status", status}, {"detail", f.detail},
			{"instance", "/api"}, {"code", f.code}, {"execution_id", "0199a3c2-7c1e-7f6a-9b55-3f6f0c2d9a10"},
		}
		if status == http.StatusUnprocessableEntity {
			example = append(example, member{"errors", []members{{{"field", "email"}, {"rule", "email"}, {"message", "must be an e-mail address, such as ana@example.com"}}}})
		}
		b.doc.Components.Responses[name] = &Response{
			Description: f.about, Headers: headerRefs(more...),
			Content: map[string]*MediaType{"application/problem+json": {Schema: b.schema("Problem", problemSchema), Example: example}},
		}
	}
	return &Response{Ref: "#/components/responses/" + name}
}

// problemSchema is that of RFC 9457 with what AppOS adds.
func problemSchema() *Schema {
	codes := oneOf(string(object.Denied), string(object.Invalid), string(object.NotFound), string(object.Conflict), string(object.Timeout),
		string(object.Integration), string(object.RecordFault), string(object.Dispatch), string(object.Internal))
	codes.Description = "The class of the error, which never changes its meaning."
	return said(objectOf(
		property{"type", said(oneOf("about:blank"), "Always the same: `code` tells problems apart."), true},
		property{"title", said(text(100), "The status in words."), true},
		property{"status", &Schema{Type: "integer", Format: "int32", Minimum: ptr(400.0), Maximum: ptr(599.0)}, true},
		property{"detail", said(text(maxText), "What was wrong, for people."), false},
		property{"instance", said(&Schema{Type: "string", Format: "uri-reference", MaxLength: ptr(maxText)}, "The path that was asked for."), false},
		property{"code", codes, true},
		property{"object", said(text(200), "The object that failed, such as `crm.records.customer`."), false},
		property{"kind", said(text(40), "What the object is."), false},
		property{"execution_id", said(text(36), "What the log has it under."), true},
		property{"chain", said(list(text(200), 1000), "Who called it; for administrators."), false},
		property{"errors", said(list(objectOf(
			property{"field", said(text(maxText), "Where, such as `lines[2].price`."), true},
			property{"rule", said(text(100), "Such as `required`, `max` or `unique`."), true},
			property{"param", said(text(maxText), "The rule's argument."), false},
			property{"message", said(text(maxText), "For people; continues a sentence that begins with the field."), true},
		), 1000), "What is wrong with the input, field by field."), false},
	), "An error (RFC 9457).")
}
