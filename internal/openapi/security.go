package openapi

// The names of the security schemes.
const (
	bearer  = "bearer"
	apiKey  = "apiKey"
	session = "session"
	csrf    = "csrf"
)

func (b *builder) schemes() map[string]*SecurityScheme {
	return map[string]*SecurityScheme{
		bearer:  {Type: "http", Scheme: "bearer", Description: "The token that `POST /api/auth/token` answers with. It is no JWT and says nothing by itself."},
		apiKey:  {Type: "apiKey", In: "header", Name: "X-API-Key", Description: "A key of a service account or of a user, made in the console or by the account's owner."},
		session: {Type: "apiKey", In: "cookie", Name: "appos_session", Description: "The session of a browser that has signed in."},
		csrf:    {Type: "apiKey", In: "header", Name: "X-CSRF-Token", Description: "The token of the browser's session, which requests that change something carry beside its cookie."},
	}
}

// security is how a request of the method says who sends it.
func (b *builder) security(method string) []SecurityRequirement {
	var all []SecurityRequirement
	if b.v.Public {
		all = append(all, SecurityRequirement{})
	}
	all = append(all, SecurityRequirement{bearer}, SecurityRequirement{apiKey})
	if method == "GET" {
		return append(all, SecurityRequirement{session})
	}
	return append(all, SecurityRequirement{session, csrf})
}

// open is the security of what is the same for everybody.
func open() []SecurityRequirement { return []SecurityRequirement{{}} }
