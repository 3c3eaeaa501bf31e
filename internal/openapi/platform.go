package openapi

import "net/http"

// The tags of what is no app's.
const (
	signingIn  = "AppOS: Signing in"
	operations = "AppOS: Operations"
)

// platform describes the routes that are not derived from declarations, by method
// and path.
var platform = map[string]func(*builder) *Operation{
	"GET /api/openapi.json":  (*builder).description,
	"POST /api/auth/token":   (*builder).token,
	"DELETE /api/auth/token": (*builder).revokeToken,
	"GET /api/changes":       (*builder).changesOfSeveral,
	"GET /health":            (*builder).health,
	"GET /ready":             (*builder).ready,
	"GET /metrics":           (*builder).metrics,
}

// own begins the description of an operation of the platform.
func (b *builder) own(tag, id, summary, description string) *Operation {
	b.tags[tag] = map[string]string{
		signingIn: "Tokens for programs.", operations: "What runs the server, and about this document.",
	}[tag]
	return &Operation{ID: id, Tags: []string{tag}, Summary: summary, Description: description, Responses: map[string]*Response{}}
}

func (b *builder) description() *Operation {
	op := b.own(operations, "getOpenAPI", "Get this document", "What the user may call, in OpenAPI 3.1. It changes with the permissions and with the program; its `ETag` says when.")
	op.Parameters = []*Parameter{b.ifNoneMatch()}
	op.Responses["200"] = answer("The document.", &Schema{Type: "object"}, members{{"openapi", Version}})
	op.Responses["200"].Headers["ETag"] = &Header{Description: "Of the document.", Schema: text(maxText)}
	op.Responses["304"] = answer("It has not changed since.", nil, nil)
	b.fails(op)
	return op
}

func (b *builder) token() *Operation {
	op := b.own(signingIn, "createToken", "Sign in", "Answers a user name and a password with a token, to be sent as `Authorization: Bearer …`. Keep it as a secret.")
	op.Security = open()
	credentials := b.schema("Credentials", func() *Schema {
		secret := text(1000)
		secret.Format, secret.WriteOnly = "password", true
		return closed(objectOf(property{"username", text(200), true}, property{"password", secret, true}))
	})
	op.Body = body(credentials, members{{"username", sampleUser}, {"password", "correct horse battery"}})
	token := b.schema("Token", func() *Schema {
		return objectOf(property{"token", text(200), true}, property{"expires_at", said(instant(), "When it ends, unless it is not used for a while before."), true})
	})
	op.Responses["200"] = answer("A token.", token, members{{"token", "kM3v9…"}, {"expires_at", sampleTime}})
	b.fails(op, http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType)
	return op
}

func (b *builder) revokeToken() *Operation {
	op := b.own(signingIn, "deleteToken", "Sign out", "Ends the token that the request carries.")
	op.Responses["204"] = answer("It is over.", nil, nil)
	b.fails(op)
	return op
}

func (b *builder) health() *Operation {
	op := b.own(operations, "getHealth", "Whether the server is alive", "Says that the process answers; it asks nobody.")
	op.Security = open()
	s := b.schema("Health", func() *Schema { return objectOf(property{"status", oneOf("ok"), true}) })
	op.Responses["200"] = answer("It is.", s, members{{"status", "ok"}})
	b.fails(op)
	return op
}

func (b *builder) ready() *Operation {
	op := b.own(operations, "getReadiness", "Whether the server is ready", "Says whether requests can be served, and what the server depends on.")
	op.Security = open()
	s := b.schema("Readiness", func() *Schema {
		checks := &Schema{Type: "object", AdditionalProperties: oneOf("ok", "degraded", "down"), MaxProperties: ptr(1000)}
		return objectOf(property{"status", oneOf("ready", "degraded", "not ready"), true}, property{"checks", checks, true})
	})
	example := members{{"status", "ready"}, {"checks", members{{"database", "ok"}}}}
	op.Responses["200"] = answer("It is, or it is degraded.", s, example)
	b.fails(op)
	op.Responses["503"] = answer("Something that is needed does not work.", s, members{{"status", "not ready"}, {"checks", members{{"database", "down"}}}})
	return op
}

func (b *builder) metrics() *Operation {
	op := b.own(operations, "getMetrics", "Figures for monitoring", "In the text format of Prometheus.")
	op.Responses["200"] = &Response{Description: "The figures.", Headers: headerRefs(), Content: map[string]*MediaType{"text/plain": {Schema: text(maxFile)}}}
	b.fails(op)
	return op
}
