package openapi

import (
	"encoding/json"

	"github.com/google/jsonschema-go/jsonschema"
)

// Version is the version of OpenAPI that documents are in.
const Version = "3.1.0"

// Schema is a JSON Schema of the dialect that OpenAPI 3.1 has.
type Schema = jsonschema.Schema

// Document is an OpenAPI document, as far as AppOS says something in one.
type Document struct {
	OpenAPI    string                `json:"openapi"`
	Info       Info                  `json:"info"`
	Servers    []Server              `json:"servers"`
	Tags       []Tag                 `json:"tags"`
	Paths      map[string]*PathItem  `json:"paths"`
	Components Components            `json:"components"`
	Security   []SecurityRequirement `json:"security"`
}

// Info says what is described.
type Info struct {
	Title       string  `json:"title"`
	Summary     string  `json:"summary,omitempty"`
	Description string  `json:"description,omitempty"`
	Contact     Contact `json:"contact"`
	Version     string  `json:"version"`
}

// Contact says whom to ask.
type Contact struct {
	Name string `json:"name"`
}

// Server is where the API is.
type Server struct {
	URL         string `json:"url"`
	Description string `json:"description"`
	Internal    bool   `json:"x-internal"` // not for the public
}

// Tag is a group of operations.
type Tag struct {
	Name        string `json:"name"`
	Description string `json:"description,omitempty"`
}

// PathItem is what an address answers, by method.
type PathItem struct {
	Get    *Operation `json:"get,omitempty"`
	Put    *Operation `json:"put,omitempty"`
	Post   *Operation `json:"post,omitempty"`
	Patch  *Operation `json:"patch,omitempty"`
	Delete *Operation `json:"delete,omitempty"`
}

// Operation is one thing that can be called.
type Operation struct {
	ID          string                `json:"operationId"`
	Tags        []string              `json:"tags"`
	Summary     string                `json:"summary"`
	Description string                `json:"description"`
	Deprecated  bool                  `json:"deprecated,omitempty"`
	Parameters  []*Parameter          `json:"parameters,omitempty"`
	Body        *RequestBody          `json:"requestBody,omitempty"`
	Responses   map[string]*Response  `json:"responses"`
	Security    []SecurityRequirement `json:"security,omitempty"`
}

// Parameter is an input outside of the body, or a reference to one.
type Parameter struct {
	Ref         string  `json:"$ref,omitempty"`
	Name        string  `json:"name,omitempty"`
	In          string  `json:"in,omitempty"` // path, query or header
	Description string  `json:"description,omitempty"`
	Required    bool    `json:"required,omitempty"`
	Style       string  `json:"style,omitempty"`
	Explode     *bool   `json:"explode,omitempty"`
	Schema      *Schema `json:"schema,omitempty"`
	Example     any     `json:"example,omitempty"`

	// Content is in place of Schema where the value is itself a document.
	Content map[string]*MediaType `json:"content,omitempty"`
}

// RequestBody is what is sent.
type RequestBody struct {
	Description string                `json:"description,omitempty"`
	Required    bool                  `json:"required,omitempty"`
	Content     map[string]*MediaType `json:"content"`
}

// MediaType is a form of a body.
type MediaType struct {
	Schema  *Schema `json:"schema,omitempty"`
	Example any     `json:"example,omitempty"`
}

// Response is an answer, or a reference to one.
type Response struct {
	Ref         string                `json:"$ref,omitempty"`
	Description string                `json:"description,omitempty"`
	Headers     map[string]*Header    `json:"headers,omitempty"`
	Content     map[string]*MediaType `json:"content,omitempty"`
}

// Header is a header of an answer, or a reference to one.
type Header struct {
	Ref         string  `json:"$ref,omitempty"`
	Description string  `json:"description,omitempty"`
	Schema      *Schema `json:"schema,omitempty"`
	Example     any     `json:"example,omitempty"`
}

// Components are what others refer to.
type Components struct {
	Schemas         map[string]*Schema         `json:"schemas"`
	Parameters      map[string]*Parameter      `json:"parameters,omitempty"`
	Responses       map[string]*Response       `json:"responses"`
	Headers         map[string]*Header         `json:"headers"`
	SecuritySchemes map[string]*SecurityScheme `json:"securitySchemes"`
}

// SecurityScheme is a way to say who calls.
type SecurityScheme struct {
	Type        string `json:"type"`
	Description string `json:"description"`
	Scheme      string `json:"scheme,omitempty"`
	In          string `json:"in,omitempty"`
	Name        string `json:"name,omitempty"`
}

// SecurityRequirement names schemes that together let a call in; none is
// everybody. They have no scopes.
type SecurityRequirement []string

// MarshalJSON writes the schemes with their empty scopes.
func (r SecurityRequirement) MarshalJSON() ([]byte, error) {
	schemes := make(map[string][]string, len(r))
	for _, name := range r {
		schemes[name] = []string{}
	}
	return json.Marshal(schemes)
}

// at returns the place of a method's operation.
func (p *PathItem) at(method string) **Operation {
	switch method {
	case "GET":
		return &p.Get
	case "PUT":
		return &p.Put
	case "POST":
		return &p.Post
	case "PATCH":
		return &p.Patch
	case "DELETE":
		return &p.Delete
	}
	return nil
}

// Operations calls each for every operation, with its method.
func (p *PathItem) Operations(each func(method string, o *Operation)) {
	for _, method := range []string{"GET", "POST", "PUT", "PATCH", "DELETE"} {
		if o := *p.at(method); o != nil {
			each(method, o)
		}
	}
}
